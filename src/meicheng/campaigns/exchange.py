"""Orders of campaigns in files: one row is one campaign."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.lists.reading import read_day
from meicheng.organisation.models import Unit
from meicheng.organisation.permissions import NotAllowed
from meicheng.places.finding import DivisionFinder
from meicheng.standards.models import CaseKind
from meicheng.tables import values
from meicheng.tables.kinds import Column, Filters, Kind, Outcome, Rejection, Row, Taking
from meicheng.tables.upserts import unknown

from .actions import BadCampaign, Goal, order_campaign
from .models import Campaign, Phase, Target

ONE = timedelta(days=1)
Thing = TypeVar("Thing")


def _day(cell: str) -> date:
    found = read_day(cell.strip())
    if found is None:
        raise ValueError(
            _("“%(value)s” is no day; write it as 2027-02-11") % {"value": values.shown(cell)}
        )
    return found


def _measure(cell: str) -> str:
    known = {str(code): str(code) for code in Target.Measure.values}
    known |= {str(label): str(code) for code, label in Target.Measure.choices}
    return values.choice(known)(cell)


COLUMNS = [
    Column("title", gettext_lazy("Title"), values.text(120), required=True,
           example="电动三轮车专项治理", aliases=("名称", "专项整治名称")),
    Column("purpose", gettext_lazy("Purpose"), values.text(1000), aliases=("目的",)),
    Column("division", gettext_lazy("Ordered for"), values.text(60), required=True, example="LC",
           aliases=("适用范围",)),
    Column("lead", gettext_lazy("Lead unit"), values.text(120), required=True,
           example="traffic-police-LC", aliases=("牵头单位",)),
    Column("areas", gettext_lazy("Areas"), values.words(60), required=True, example="LC01、LC02",
           aliases=("整治区域",)),
    Column("kinds", gettext_lazy("Kinds of problems"), values.words(60), required=True,
           example="illegal-parking", aliases=("问题类别", "案件类别")),
    Column("publicity", gettext_lazy("Publicity from"), _day, default=None,
           aliases=("宣传发动开始",)),
    Column("rectification", gettext_lazy("Rectification from"), _day, required=True,
           example="2027-03-01", aliases=("集中整治开始",)),
    Column("consolidation", gettext_lazy("Consolidation from"), _day, default=None,
           aliases=("巩固提升开始",)),
    Column("ends", gettext_lazy("Last day"), _day, required=True, example="2027-06-30",
           aliases=("结束日期",)),
    Column("counted", gettext_lazy("Counted by hand"), values.words(40), example="查扣车辆",
           aliases=("人工统计项",)),
    Column("target", gettext_lazy("Target"), _measure, example="open", aliases=("目标",)),
    Column("figure", gettext_lazy("Target figure"), values.number(), example="15", default=None,
           aliases=("目标值",)),
    Column("by", gettext_lazy("To be reached by"), _day, default=None, example="2027-06-30",
           aliases=("目标期限",)),
]  # fmt: skip


def take_campaigns(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Order a campaign for each row; one with the same title and days is here already."""
    divisions = DivisionFinder()
    units: dict[str, Unit] = {}
    for unit in Unit.objects.filter(active=True):
        units[unit.code] = units[unit.name_zh] = unit
    kinds: dict[str, CaseKind] = {}
    for kind in CaseKind.objects.filter(active=True):
        kinds[kind.code] = kinds[kind.name_zh] = kind
    results: list[Outcome | Rejection] = []
    for row in rows:
        found = row.values
        key = (found["title"], found["rectification"], found["ends"])
        same = Campaign.objects.filter(title=key[0], acts=key[1], ends=key[2])
        if same.exists() or not taking.first(key):
            results.append(Outcome.DUPLICATE)
            continue
        if taking.by is None:
            said = _("a campaign is ordered by somebody: sign in and import it on the page")
            results.append(Rejection("", said))
            continue
        division, lead = divisions.find(found["division"]), units.get(found["lead"])
        areas = [divisions.find(one) for one in found["areas"]]
        named = [kinds.get(one) for one in found["kinds"]]
        if division is None:
            results.append(_nowhere("division", found["division"]))
        elif lead is None:
            results.append(unknown("lead", found["lead"], {one.code for one in units.values()}))
        elif None in areas:
            results.append(_nowhere("areas", found["areas"][areas.index(None)]))
        elif None in named:
            missing = found["kinds"][named.index(None)]
            results.append(unknown("kinds", missing, {one.pk for one in kinds.values()}))
        elif found["target"] and (found["figure"] is None or found["by"] is None):
            results.append(Rejection("target", _("A target needs a figure and a day")))
        else:
            try:
                order_campaign(
                    taking.by,
                    title=found["title"],
                    purpose=found["purpose"],
                    lead=lead,
                    division=division,
                    areas=_all(areas),
                    kinds=_all(named),
                    phases=_phases(found),
                    goals=[Goal(found["target"], found["figure"], found["by"])]
                    if found["target"]
                    else [],
                    counted=found["counted"],
                    key="file-" + hashlib.sha256(repr(key).encode()).hexdigest()[:40],
                )
            except (BadCampaign, NotAllowed) as problem:
                results.append(Rejection("", str(problem)))
            else:
                results.append(Outcome.IMPORTED)
    return results


def _all(found: list[Thing | None]) -> list[Thing]:
    return [one for one in found if one is not None]


def _nowhere(column: str, words: str) -> Rejection:
    said = _("there is no division with the code or (only one) name “%(words)s”")
    return Rejection(column, said % {"words": words[:60]})


def _phases(found: dict[str, Any]) -> dict[str, tuple[date, date]]:
    """First and last day by phase: each lasts until the next begins."""
    begun = [(str(name), found[name]) for name in Phase.Name.values if found[name] is not None]
    ends = [first - ONE for _name, first in begun[1:]] + [found["ends"]]
    return {name: (first, last) for (name, first), last in zip(begun, ends, strict=True)}


def campaign_rows(filters: Filters) -> Iterator[dict[str, Any]]:
    """Every campaign with its first target, the latest first."""
    rows = Campaign.objects.filter(filters.within("division__path")).select_related(
        "division", "lead"
    )
    for one in rows.prefetch_related("areas", "kinds", "phases", "targets"):
        begins = {phase.name: phase.begins.isoformat() for phase in one.phases.all()}
        target = next(iter(one.targets.all()), None)
        yield {
            "title": one.title,
            "purpose": one.purpose,
            "division": one.division.code,
            "lead": one.lead.code,
            "areas": "、".join(area.code for area in one.areas.all()),
            "kinds": "、".join(kind.pk for kind in one.kinds.all()),
            **{str(name): begins.get(str(name), "") for name in Phase.Name.values},
            "ends": one.ends.isoformat(),
            "counted": "、".join(one.counted),
            "target": target.measure if target else "",
            "figure": target.figure if target else "",
            "by": target.by.isoformat() if target else "",
        }


KINDS = [
    Kind("campaigns", gettext_lazy("Campaigns"), COLUMNS, take_campaigns, campaign_rows, whole=True)
]
