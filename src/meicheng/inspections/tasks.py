"""What the worker does with the photographs of a visit: notes them, and asks about them."""

from __future__ import annotations

from django.urls import reverse
from django_tasks import task

from meicheng.ledger.models import Observation
from meicheng.proofs.actions import note_use
from meicheng.proofs.models import Use

from .models import Visit


@task()
def look_at_photographs(visit_pk: int) -> None:
    """Note the photographs of a visit's answers, each once, and ask what should be asked."""
    visit = Visit.objects.select_related("site__division").get(pk=visit_pk)
    site = visit.site
    answers = Observation.objects.filter(origin=visit.origin, photo__isnull=False)
    for answer in answers.select_related("photo", "item", "unit").order_by("pk"):
        note_use(
            Use(
                file=answer.photo,
                about=visit.origin,
                moment=Use.Moment.VISIT,
                label=f"{site.name_zh} · {answer.item.name_zh}"[:120],
                href=reverse("inspections:visit", args=[visit.pk]),
                at=answer.recorded_at,
                longitude=site.longitude,
                latitude=site.latitude,
                division=site.division,
                unit=answer.unit,
            )
        )
