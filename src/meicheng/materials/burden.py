"""What filing documents takes of units, for the burden meter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Count, Value
from django.db.models.functions import TruncMonth

from meicheng.places.time import midnight
from meicheng.routines.burden import Acts, acts

from .models import Filing


def acts_of_filings(first: date, last: date) -> Iterable[Acts]:
    """Each document that was filed took a form (1 SQL statement)."""
    found = Filing.objects.filter(
        filed_at__gte=midnight(first), filed_at__lt=midnight(last + timedelta(days=1))
    ).order_by()
    months = found.values_list("unit", TruncMonth("filed_at"))
    return acts(months.annotate(forms=Count("pk"), photos=Value(0)))
