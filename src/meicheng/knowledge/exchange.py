"""Articles in files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.organisation.models import Unit
from meicheng.standards.models import CaseKind
from meicheng.tables import values
from meicheng.tables.kinds import Column, Filters, Kind, Outcome, Rejection, Row, Taking
from meicheng.tables.upserts import Upsert, unknown

from .actions import LONGEST, grams_of
from .models import Article


def _day(cell: str) -> date:
    try:
        return date.fromisoformat(cell.strip()[:10].replace("/", "-"))
    except ValueError:
        raise ValueError(_("is no day as 2026-11-25")) from None


COLUMNS = [
    Column("code", gettext_lazy("Code"), values.code(40), required=True, example="K-0001"),
    Column(
        "question",
        gettext_lazy("What people ask"),
        values.text(200),
        required=True,
        example="路灯坏了归谁管？",
    ),
    Column(
        "answer",
        gettext_lazy("What is answered"),
        values.text(LONGEST),
        required=True,
        example="路灯由照明管理所维护，接报后 2 个工作日内修复。",
    ),
    Column("kind", gettext_lazy("Kind of case"), values.text(60), example="lamp-out"),
    Column("unit", gettext_lazy("Unit"), values.text(60), required=True, example=""),
    Column(
        "review_by",
        gettext_lazy("To be reviewed by"),
        _day,
        required=True,
        example="2027-06-30",
    ),
    Column("active", gettext_lazy("In use"), values.flag, example="1", default=True),
]


def take_articles(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write articles; units by code or name, kinds by code."""
    if "units" not in taking.cache:
        units = list(Unit.objects.all())
        taking.cache["units"] = {u.name_zh: u for u in units} | {u.code: u for u in units}
        taking.cache["kinds"] = {kind.code: kind for kind in CaseKind.objects.all()}
    codes = [row.values["code"] for row in rows]
    upsert = Upsert(Article, taking, Article.objects.filter(code__in=codes))
    results: list[Outcome | Rejection] = []
    for row in rows:
        found = row.values
        unit = taking.cache["units"].get(found["unit"])
        if unit is None:
            known = {one.code for one in taking.cache["units"].values()}
            results.append(unknown("unit", found["unit"], known))
            continue
        if found["kind"] and found["kind"] not in taking.cache["kinds"]:
            results.append(unknown("kind", found["kind"], taking.cache["kinds"]))
            continue
        fields = {
            "question": found["question"],
            "answer": found["answer"],
            "kind_id": found["kind"] or None,
            "unit_id": unit.pk,
            "review_by": found["review_by"],
            "active": found["active"],
            "grams": grams_of(found["question"], found["answer"]),
        }
        there = upsert.there.get(found["code"])
        fields["written_at"] = there.written_at if there is not None else timezone.now()
        columns = {"kind_id": "kind", "active": "active"}
        results.append(upsert.put(found["code"], fields, columns))
    upsert.write()
    return results


def article_rows(filters: Filters) -> Iterator[dict[str, Any]]:
    """Articles by code."""
    found = Article.objects.filter(filters.within("unit__division__path")).select_related("unit")
    for one in found.order_by("code").iterator(chunk_size=500):
        yield {
            "code": one.code,
            "question": one.question,
            "answer": one.answer,
            "kind": one.kind_id or "",
            "unit": one.unit.code,
            "review_by": one.review_by,
            "active": one.active,
        }


KINDS = [Kind("articles", gettext_lazy("Knowledge base"), COLUMNS, take_articles, article_rows)]
