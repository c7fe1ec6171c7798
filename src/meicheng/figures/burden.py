"""What figures ask of the units that enter them, for the burden meter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Count, Value
from django.db.models.functions import TruncMonth

from meicheng.ledger.models import Observation
from meicheng.places.time import midnight
from meicheng.routines.burden import Acts, acts
from meicheng.standards.models import Item


def acts_of_figures(first: date, last: date) -> Iterable[Acts]:
    """Each figure that was entered took a form (1 SQL statement)."""
    found = Observation.objects.filter(
        item__source=Item.Source.CRITERION,
        site=None,
        origin__startswith="figures:",
        recorded_at__gte=midnight(first),
        recorded_at__lt=midnight(last + timedelta(days=1)),
    ).order_by()
    months = found.values_list("unit", TruncMonth("recorded_at"))
    return acts(months.annotate(forms=Count("pk"), photos=Value(0)))
