"""The bank of items (checklists) in files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.organisation.models import UnitRole
from meicheng.places.models import SiteKind
from meicheng.tables import values
from meicheng.tables.kinds import Column, Filters, Kind, Outcome, Rejection, Row, Taking
from meicheng.tables.upserts import Upsert, unknown

from ..models import CaseKind, Item

PHOTO_WORDS = {
    **{photo.value: photo.value for photo in Item.Photo},
    "不合格时": "on_fail", "每次": "always", "不需要": "no",
}  # fmt: skip

ITEM_COLUMNS = [
    Column("code", gettext_lazy("Code"), values.code(120), required=True, example="lamps-lit"),
    Column(
        "name_zh",
        gettext_lazy("Name in Chinese"),
        values.text(),
        required=True,
        example="路灯完好、夜间点亮",
        aliases=("name", "名称"),
    ),
    Column(
        "name_en",
        gettext_lazy("Name in English"),
        values.text(),
        example="Street lamps sound and lit at night",
    ),
    Column(
        "site_kinds", gettext_lazy("Kinds of sites"), values.words(), example="main-road back-lane",
        default=[],
    ),
    Column(
        "criteria",
        gettext_lazy("Criteria it serves"),
        values.words(100),
        example="sanitary-city/3.1.2",
        default=[],
    ),
    Column(
        "severity",
        gettext_lazy("Severity, 1 to 3"),
        values.whole_number(1, 3),
        example="2",
        default=1,
    ),
    Column(
        "photo",
        gettext_lazy("Photograph needed"),
        values.choice(PHOTO_WORDS),
        example="on_fail",
        default="on_fail",
    ),
    Column("opens", gettext_lazy("Kind of case that a “no” opens"), values.text(60), example="lamp-out"),
    Column(
        "role", gettext_lazy("Role that answers for it"), values.text(60),
        example="housing-construction",
    ),
    Column("active", gettext_lazy("In use"), values.flag, example="1", default=True),
]  # fmt: skip


def take_items(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write items of the bank; kinds of sites, case kinds and roles must be known here."""
    cache = taking.cache
    if "site_kinds" not in cache:
        cache["site_kinds"] = set(SiteKind.objects.values_list("code", flat=True))
        cache["case_kinds"] = set(CaseKind.objects.values_list("code", flat=True))
        cache["roles"] = set(UnitRole.objects.values_list("code", flat=True))
        cache["position"] = Item.objects.filter(source=Item.Source.LOOK).count()
    codes = [row.values["code"] for row in rows]
    there = list(Item.objects.filter(code__in=codes).prefetch_related("site_kinds"))
    kinds_there = {item.code: {kind.code for kind in item.site_kinds.all()} for item in there}
    upsert = Upsert(Item, taking, there)
    wanted: dict[str, set[str]] = {}
    results: list[Outcome | Rejection] = []
    for row in rows:
        fault = _fault(row.values, cache)
        results.append(fault or _put(row.values, upsert, kinds_there, wanted, taking))
    upsert.write()
    _write_site_kinds(wanted, upsert)
    return results


def _fault(found: dict[str, Any], cache: dict[str, Any]) -> Rejection | None:
    for kind in found["site_kinds"]:
        if kind not in cache["site_kinds"]:
            return unknown("site_kinds", kind, cache["site_kinds"])
    if found["opens"] and found["opens"] not in cache["case_kinds"]:
        return unknown("opens", found["opens"], cache["case_kinds"])
    if found["role"] and found["role"] not in cache["roles"]:
        return unknown("role", found["role"], cache["roles"])
    for criterion in found["criteria"]:
        if criterion.count("/") != 1:
            return Rejection(
                "criteria",
                _("“%(value)s” is not written as FRAMEWORK/CRITERION")
                % {"value": values.shown(criterion)},
            )
    return None


def _put(
    found: dict[str, Any],
    upsert: Upsert,
    kinds_there: dict[str, set[str]],
    wanted: dict[str, set[str]],
    taking: Taking,
) -> Outcome | Rejection:
    code = found["code"]
    there = upsert.there.get(code)
    if there is not None and there.source != Item.Source.LOOK:
        return Rejection("code", _("belongs to a standard; change it in the standard"))
    fields = {
        "name_zh": found["name_zh"],
        "name_en": found["name_en"],
        "severity": found["severity"],
        "photo": found["photo"],
        "opens_id": found["opens"] or None,
        "role_id": found["role"] or None,
        "criteria": found["criteria"],
        "active": found["active"],
    }
    columns = {name: name for name in ("name_en", "severity", "photo", "criteria", "active")}
    if there is None:
        fields["position"] = taking.cache["position"]
        taking.cache["position"] += 1
    outcome = upsert.put(code, fields, {**columns, "opens_id": "opens", "role_id": "role"})
    kinds = set(found["site_kinds"])
    given = "site_kinds" in taking.given or there is None
    if given and kinds != wanted.get(code, kinds_there.get(code, set())):
        wanted[code] = kinds
        outcome = Outcome.IMPORTED
    return outcome


def _write_site_kinds(wanted: dict[str, set[str]], upsert: Upsert) -> None:
    through = Item.site_kinds.through
    ids = {code: upsert.there[code].pk for code in wanted}
    through.objects.filter(item_id__in=ids.values()).delete()
    through.objects.bulk_create(
        [
            through(item_id=ids[code], sitekind_id=kind)
            for code, kinds in wanted.items()
            for kind in sorted(kinds)
        ],
        batch_size=500,
    )


def item_rows(_filters: Filters) -> Iterator[dict[str, Any]]:
    """The bank's items in their order; those of standards are in the standards."""
    found = Item.objects.filter(source=Item.Source.LOOK).prefetch_related("site_kinds")
    for item in found.order_by("position", "code").iterator(chunk_size=500):
        yield {
            "code": item.code,
            "name_zh": item.name_zh,
            "name_en": item.name_en,
            "site_kinds": sorted(kind.code for kind in item.site_kinds.all()),
            "criteria": item.criteria,
            "severity": item.severity,
            "photo": item.photo,
            "opens": item.opens_id or "",
            "role": item.role_id or "",
            "active": item.active,
        }


CHECKLISTS = Kind(
    "checklists",
    gettext_lazy("Checklists"),
    ITEM_COLUMNS,
    take_items,
    item_rows,
    permission="standards.write",
)
