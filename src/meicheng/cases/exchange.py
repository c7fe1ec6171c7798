"""Limits of case kinds, and working and free days, in files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.places.finding import DivisionFinder
from meicheng.places.models import SiteKind
from meicheng.standards.models import CaseKind, CityDay, LimitRule
from meicheng.tables import values
from meicheng.tables.kinds import Column, Filters, Kind, Outcome, Rejection, Row, Taking
from meicheng.tables.upserts import unknown

from .limits.actions import BadTime, Condition, set_days, set_limits

LONGEST = 60  # days of one row


def _limits(cell: str) -> list[str]:
    return [
        part.strip()
        for part in cell.replace("，", "/").replace(",", "/").split("/")
        if part.strip()
    ]


def _day(cell: str) -> date:
    words = cell.strip().replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-")
    try:
        year, month, day = (int(part) for part in words[:10].strip().split("-"))
        return date(year, month, day)
    except ValueError:
        raise ValueError(
            _("“%(value)s” is no day; write it as 2027-02-11") % {"value": values.shown(cell)}
        ) from None


LIMIT_COLUMNS = [
    Column("kind", gettext_lazy("Kind"), values.code(40), required=True, example="exposed-litter"),
    Column(
        "severity", gettext_lazy("Severity"), values.whole_number(1, 3), example="", default=None
    ),
    Column("road", gettext_lazy("Class of road or site"), values.text(40), example="back-lane"),
    Column("division", gettext_lazy("Division"), values.text(), example=""),
    Column(
        "limits", gettext_lazy("Limits of the stages, by /"), _limits, required=True, example="1wd"
    ),
]


def take_limits(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Set limits row by row; a row without a condition is the kind's own."""
    kinds = CaseKind.objects.in_bulk()
    roads = SiteKind.objects.in_bulk()
    divisions = DivisionFinder()
    results: list[Outcome | Rejection] = []
    for row in rows:
        found = row.values
        kind, road = kinds.get(found["kind"]), roads.get(found["road"])
        division = divisions.find(found["division"]) if found["division"] else None
        if kind is None:
            results.append(unknown("kind", found["kind"], kinds))
        elif found["road"] and road is None:
            results.append(unknown("road", found["road"], roads))
        elif found["division"] and division is None:
            results.append(
                Rejection(
                    "division",
                    _("there is no division with the code or (only one) name “%(words)s”")
                    % {"words": found["division"][:60]},
                )
            )
        elif not taking.first((kind.pk, found["severity"], found["road"], found["division"])):
            results.append(Rejection("", _("an earlier row names the same kind and condition")))
        else:
            condition = Condition(found["severity"], road, division)
            try:
                changed = set_limits(kind, found["limits"], condition, by=taking.by)
            except BadTime as problem:
                results.append(Rejection("limits", str(problem)))
            else:
                results.append(Outcome.IMPORTED if changed else Outcome.DUPLICATE)
    return results


def limit_rows(_filters: Filters) -> Iterator[dict[str, Any]]:
    """Every kind's own limits, then those under conditions."""
    for kind in CaseKind.objects.all():
        limits = "/".join(str(stage["limit"]) for stage in kind.stages)
        yield {"kind": kind.pk, "severity": "", "road": "", "division": "", "limits": limits}
    for rule in LimitRule.objects.select_related("division").defer("division__outline"):
        yield {
            "kind": rule.kind_id,
            "severity": rule.severity or "",
            "road": rule.road_id or "",
            "division": rule.division.code if rule.division else "",
            "limits": "/".join(rule.limits),
        }


WORKED = {
    **dict.fromkeys(["worked", "work", "上班", "调休上班", "工作日", "1"], "worked"),
    **dict.fromkeys(["free", "holiday", "放假", "休息", "休", "0"], "free"),
}
DAY_COLUMNS = [
    Column("from", gettext_lazy("First day"), _day, required=True, example="2027-02-06",
           aliases=("day", "date", "日期", "开始日期")),
    Column("to", gettext_lazy("Last day"), _day, example="2027-02-12", default=None,
           aliases=("结束日期",)),
    Column("works", gettext_lazy("Worked or free"), values.choice(WORKED), required=True,
           example="放假", aliases=("安排",)),
    Column("name", gettext_lazy("Name"), values.text(60), example="春节", aliases=("节日", "名称")),
]  # fmt: skip


def take_days(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Take in an official notice: spans of worked and free days, none of them twice.

    The years of the days are known from then on, if no row was refused. Rows that overlap are refused, each with the row
    that it overlaps.
    """
    taken: dict[date, int] = {}
    there = {one.day: (one.works, one.name) for one in CityDay.objects.all()}
    new: dict[date, tuple[bool, str] | None] = {}
    results: list[Outcome | Rejection] = []
    years: set[int] = set()
    for row in rows:
        first, last = row.values["from"], row.values["to"] or row.values["from"]
        length = (last - first).days + 1
        if length < 1:
            results.append(Rejection("to", _("the last day comes before the first")))
            continue
        if length > LONGEST:
            results.append(
                Rejection("to", _("a row covers at most %(most)d days") % {"most": LONGEST})
            )
            continue
        days = [first + timedelta(days=step) for step in range(length)]
        double = next((day for day in days if day in taken), None)
        if double is not None:
            results.append(
                Rejection(
                    "from",
                    _("overlaps row %(row)d: %(day)s stands in both")
                    % {"row": taken[double], "day": double.isoformat()},
                )
            )
            continue
        said = (row.values["works"] == "worked", row.values["name"])
        taken.update(dict.fromkeys(days, row.number))
        years.update(day.year for day in days)
        changed = [day for day in days if there.get(day) != said]
        new.update(dict.fromkeys(changed, said))
        results.append(Outcome.IMPORTED if changed else Outcome.DUPLICATE)
    # A notice that was refused in part is not the whole year's.
    whole = not any(isinstance(one, Rejection) for one in results)
    set_days(new, by=taking.by, years=years if whole else ())
    return results


def day_rows(_filters: Filters) -> Iterator[dict[str, Any]]:
    """The city's own days, one a row."""
    for one in CityDay.objects.all():
        yield {
            "from": one.day.isoformat(),
            "to": one.day.isoformat(),
            "works": "上班" if one.works else "放假",
            "name": one.name,
        }


KINDS = [
    Kind("limits", gettext_lazy("Time limits"), LIMIT_COLUMNS, take_limits, limit_rows, whole=True,
         permission="limits.write"),
    Kind("days", gettext_lazy("Working and free days"), DAY_COLUMNS, take_days, day_rows, whole=True,
         permission="limits.write"),
]  # fmt: skip
