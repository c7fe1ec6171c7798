"""The city's plans in files: what of the standards stands behind each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.engine.frameworks import framework_from, shipped
from meicheng.tables import values
from meicheng.tables.kinds import Column, Filters, Kind, Outcome, Rejection, Row, Taking
from meicheng.tables.upserts import Upsert, unknown

from ..models import CityPlan, Framework

GROUP_WORDS = {
    **{group.value: group.value for group in CityPlan.Group},
    "对标规划": "plan", "四化": "look", "四宜": "good", "问题领域": "field",
}  # fmt: skip
VERIFIED = {word: word for word in ("source", "recalled", "proposed")}

PLAN_COLUMNS = [
    Column(
        "code", gettext_lazy("Code"), values.code(40), required=True, example="rural-revival"
    ),
    Column("group", gettext_lazy("Group"), values.choice(GROUP_WORDS), example="plan",
           default="plan"),
    Column(
        "name_zh",
        gettext_lazy("Name in Chinese"),
        values.text(),
        required=True,
        example="乡村振兴",
        aliases=("name", "名称"),
    ),
    Column(
        "name_en", gettext_lazy("Name in English"), values.text(), example="Rural revitalisation"
    ),
    Column(
        "themes", gettext_lazy("Themes"), values.words(), example="urban-rural-gap rural-customs",
        default=[],
    ),
    Column(
        "criteria",
        gettext_lazy("Criteria and nodes behind it"),
        values.words(100),
        example="civilised-city/6.2.6 sanitary-city/3.5",
        default=[],
    ),
    Column("verified", gettext_lazy("Confirmed"), values.choice(VERIFIED), example="proposed",
           default="proposed"),
    Column("active", gettext_lazy("In use"), values.flag, example="1", default=True),
]  # fmt: skip


def take_plans(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write the city's plans; their themes and criteria must be known here (4 SQL statements)."""
    parts = _parts_of_standards()
    themes = shipped().themes
    codes = [row.values["code"] for row in rows]
    position = CityPlan.objects.count()
    upsert = Upsert(CityPlan, taking, CityPlan.objects.filter(code__in=codes))
    results: list[Outcome | Rejection] = []
    for row in rows:
        found = row.values
        wrong = next((theme for theme in found["themes"] if theme not in themes), None)
        if wrong is not None:
            results.append(unknown("themes", wrong, themes))
            continue
        wrong = next((code for code in found["criteria"] if code not in parts), None)
        if wrong is not None:
            reason = _("“%(value)s” is no criterion and no node of a standard here")
            results.append(Rejection("criteria", reason % {"value": values.shown(wrong)}))
            continue
        fields = {column.name: found[column.name] for column in PLAN_COLUMNS[1:]}
        if found["code"] not in upsert.there:
            fields["position"] = position
            position += 1
        results.append(upsert.put(found["code"], fields, {name: name for name in fields}))
    upsert.write()
    return results


def _parts_of_standards() -> frozenset[str]:
    """FRAMEWORK/CODE of every node and criterion of every edition (1 SQL statement)."""
    found = set()
    for row in Framework.objects.all():
        standard = framework_from(row.document)
        found |= {f"{row.code}/{node.code}" for node in standard.all_nodes()}
        found |= {f"{row.code}/{leaf.code}" for _node, leaf in standard.all_criteria()}
    return frozenset(found)


def plan_rows(_filters: Filters) -> Iterator[dict[str, Any]]:
    """The plans in their order."""
    for plan in CityPlan.objects.all():
        yield {column.name: getattr(plan, column.name) for column in PLAN_COLUMNS}


PLANS = Kind(
    "plans",
    gettext_lazy("The city's plans"),
    PLAN_COLUMNS,
    take_plans,
    plan_rows,
    permission="standards.write",
    whole=True,
)
