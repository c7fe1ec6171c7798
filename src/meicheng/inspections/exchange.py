"""Visits in files: one in each row, its answers in columns headed by items or in one cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.ledger.models import Observation
from meicheng.tables import values
from meicheng.tables.identity import own_number
from meicheng.tables.kinds import Column, Filters, Kind, Rejection

from .models import Visit
from .taking import check_headings, identify_visit, read_answers, take_visits

REASON_WORDS = {
    **{reason.value: reason.value for reason in Visit.Reason},
    "抽样": "sample", "日常": "routine", "投诉": "complaint", "模拟": "dry_run",
}  # fmt: skip

VISIT_COLUMNS = [
    Column("number", gettext_lazy("Its own number"), values.text(80), example="2026-09-0001"),
    Column("site", gettext_lazy("Site"), values.text(60), required=True, example="LC0101-001"),
    Column(
        "visited_at",
        gettext_lazy("Visited at"),
        values.moment(),
        required=True,
        example="2026-09-01 09:30:00",
        default=None,
    ),
    Column("inspector", gettext_lazy("Inspector"), values.text(120), example="督查一组"),
    Column(
        "reason",
        gettext_lazy("Why visited"),
        values.choice(REASON_WORDS),
        example="sample",
        default="sample",
    ),
    Column(
        "weight", gettext_lazy("Weight"), values.number(above=0), example="1", default=1.0
    ),
    Column("remark", gettext_lazy("Remark"), values.text(500), example="雨后"),
    Column(
        "open_cases",
        gettext_lazy("Open cases for what failed"),
        values.flag,
        example="1",
        default=True,
    ),
    Column(
        "answers",
        gettext_lazy("Answers"),
        read_answers,
        example="lamps-lit=yes; swept=no",
        default={},
    ),
]  # fmt: skip


def check_visit(found: dict[str, Any]) -> Rejection | None:
    """What is wrong with a row by itself."""
    if found["visited_at"] > timezone.now():
        return Rejection("visited_at", _("lies in the future"))
    return None


def visit_rows(filters: Filters) -> Iterator[dict[str, Any]]:
    """Visits in the order in which they were written, each with its answers in one cell.

    `open_cases` is no: whoever imports a city's past visits elsewhere has its cases already.
    """
    found = Visit.objects.filter(filters.within("site__division__path")).select_related("site")
    batch: list[Visit] = []
    for visit in found.order_by("pk").iterator(chunk_size=500):
        batch.append(visit)
        if len(batch) == 500:
            yield from _written(batch)
            batch = []
    yield from _written(batch)


def _written(visits: list[Visit]) -> Iterator[dict[str, Any]]:
    answers: dict[str, list[str]] = {visit.origin: [] for visit in visits}
    seen = Observation.objects.standing().filter(origin__in=list(answers))
    for origin, item, value in seen.order_by("pk").values_list("origin", "item__code", "value"):
        answers[origin].append(f"{item}={value}")
    for visit in visits:
        yield {
            "number": visit.external_number or own_number(visit.pk),
            "site": visit.site.code,
            "visited_at": visit.visited_at,
            "inspector": visit.by_name,
            "reason": visit.reason,
            "weight": visit.weight,
            "remark": visit.remark,
            "open_cases": False,
            "answers": "; ".join(answers[visit.origin]),
        }


KINDS = [
    Kind(
        "visits",
        gettext_lazy("Visits"),
        VISIT_COLUMNS,
        take_visits,
        visit_rows,
        append_only=True,
        keeps_extra=True,
        batch=500,
        identify=identify_visit,
        check=check_visit,
        check_headings=check_headings,
    ),
]
