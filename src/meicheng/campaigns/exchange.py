"""Orders of campaigns in files: a row is a campaign with a target; further rows are its further targets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.lists.reading import read_day
from meicheng.organisation.models import Unit
from meicheng.organisation.permissions import NotAllowed
from meicheng.places.finding import DivisionFinder
from meicheng.standards.models import CaseKind, Item
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


def _or_why_not(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """What a cell says, or the error of it, which is told beside the campaign's other rows."""

    def read(cell: str) -> Any:
        try:
            return parse(cell)
        except ValueError as problem:
            return problem

    return read


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
    Column("kinds", gettext_lazy("Kinds of problems"), values.words(60), default=[],
           example="illegal-parking", aliases=("问题类别", "案件类别")),
    Column("items", gettext_lazy("What is looked at on visits"), values.words(120), default=[],
           aliases=("检查内容", "测评内容")),
    Column("publicity", gettext_lazy("Publicity from"), _or_why_not(_day), default=None,
           aliases=("宣传发动开始",)),
    Column("rectification", gettext_lazy("Rectification from"), _day, required=True,
           example="2027-03-01", aliases=("集中整治开始",)),
    Column("consolidation", gettext_lazy("Consolidation from"), _or_why_not(_day), default=None,
           aliases=("巩固提升开始",)),
    Column("ends", gettext_lazy("Last day"), _day, required=True, example="2027-06-30",
           aliases=("结束日期",)),
    Column("counted", gettext_lazy("Counted by hand"), values.words(40), example="查扣车辆",
           aliases=("人工统计项",)),
    Column("target", gettext_lazy("Target"), _or_why_not(_measure), example="open", aliases=("目标",)),
    Column("figure", gettext_lazy("Target figure"), _or_why_not(values.number()), example="15",
           default=None, aliases=("目标值",)),
    Column("by", gettext_lazy("To be reached by"), _or_why_not(_day), default=None, example="2027-06-30",
           aliases=("目标期限",)),
]  # fmt: skip
KEY = ("title", "rectification", "ends")  # what two rows of one campaign have in common
REPEATED = [one.name for one in COLUMNS if one.name not in {"target", "figure", "by"}]


class _Known:
    """What the cells of a file may name."""

    def __init__(self) -> None:
        self.divisions = DivisionFinder()
        self.units: dict[str, Unit] = {}
        for unit in Unit.objects.filter(active=True):
            self.units[unit.code] = self.units[unit.name_zh] = unit
        self.kinds: dict[str, CaseKind] = {}
        for kind in CaseKind.objects.filter(active=True):
            self.kinds[kind.code] = self.kinds[kind.name_zh] = kind
        looks = Item.objects.filter(source=Item.Source.LOOK, active=True)
        self.items = {one.code: one for one in looks}


def take_campaigns(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Order each campaign of a file once; it is known by its title and days, its targets by row.

    A row that repeats a campaign adds a target to it. What is wrong in one of a campaign's rows
    leaves the campaign out whole.
    """
    known = _Known()
    of_campaign: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        of_campaign.setdefault(_key(row), []).append(row)
    results: dict[int, Outcome | Rejection] = {}
    for key, own in of_campaign.items():
        faults = _faults(own)
        here = Campaign.objects.filter(title=key[0], acts=key[1], ends=key[2]).first()
        if here is not None:
            results |= {row.number: _again(row, here) for row in own}
        elif faults:
            wrong = ", ".join(map(str, faults))
            said = _("not ordered: row %(rows)s of this campaign is wrong") % {"rows": wrong}
            results |= {row.number: Rejection("", said) for row in own} | faults
        else:
            became = _order(own, taking, known)
            for place, row in enumerate(own):
                again = place > 0 and _target(row) in [None, *map(_target, own[:place])]
                good = became is Outcome.IMPORTED
                results[row.number] = Outcome.DUPLICATE if good and again else became
    return [results[row.number] for row in rows]


def _again(row: Row, here: Campaign) -> Outcome | Rejection:
    """What a row says of a campaign that was ordered before: nothing new, or another target."""
    targets = [Goal(one.measure, one.figure, one.by) for one in here.targets.all()]
    if _target(row) in [None, *targets]:
        return Outcome.DUPLICATE
    return Rejection("target", _("this campaign is ordered already, without this target"))


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row.values[name] for name in KEY)


def _faults(own: list[Row]) -> dict[int, Rejection]:
    """What is wrong in the rows of one campaign, seen beside each other."""
    found: dict[int, Rejection] = {}
    first = own[0]
    for row in own:
        values = row.values
        if values["target"] and (values["figure"] is None or values["by"] is None):
            found[row.number] = Rejection("target", _("A target needs a figure and a day"))
        for name in REPEATED:
            if values[name] != first.values[name]:
                said = _(
                    "differs from row %(row)d, which is the same campaign; only the target may"
                )
                found[row.number] = Rejection(name, said % {"row": first.number})
        for name, value in values.items():
            if isinstance(value, ValueError):
                found[row.number] = Rejection(name, str(value))
    return found


def _target(row: Row) -> Goal | None:
    values = row.values
    return Goal(values["target"], values["figure"], values["by"]) if values["target"] else None


def _order(own: list[Row], taking: Taking, known: _Known) -> Outcome | Rejection:
    """Order one campaign with the targets of all its rows."""
    found = own[0].values
    if taking.by is None:
        said = _("a campaign is ordered by somebody: sign in and import it on the page")
        return Rejection("", said)
    division, lead = known.divisions.find(found["division"]), known.units.get(found["lead"])
    areas = [known.divisions.find(one) for one in found["areas"]]
    kinds = [known.kinds.get(one) for one in found["kinds"]]
    if division is None:
        return _nowhere("division", found["division"])
    if lead is None:
        return unknown("lead", found["lead"], {one.code for one in known.units.values()})
    if None in areas:
        return _nowhere("areas", found["areas"][areas.index(None)])
    if None in kinds:
        missing = found["kinds"][kinds.index(None)]
        return unknown("kinds", missing, {one.pk for one in known.kinds.values()})
    items = [known.items.get(one) for one in found["items"]]
    if None in items:
        return unknown("items", found["items"][items.index(None)], known.items)
    goals = dict.fromkeys(goal for goal in map(_target, own) if goal is not None)
    try:
        order_campaign(
            taking.by,
            title=found["title"],
            purpose=found["purpose"],
            lead=lead,
            division=division,
            areas=_all(areas),
            kinds=_all(kinds),
            items=_all(items),
            phases=_phases(found),
            goals=list(goals),
            counted=found["counted"],
            key="file-" + hashlib.sha256(repr(_key(own[0])).encode()).hexdigest()[:40],
        )
    except (BadCampaign, NotAllowed) as problem:
        return Rejection("", str(problem))
    return Outcome.IMPORTED


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
    """Every campaign, the latest first: a row for each of its targets, or one without."""
    rows = Campaign.objects.filter(filters.within("division__path")).select_related(
        "division", "lead"
    )
    for one in rows.prefetch_related("areas", "kinds", "items", "phases", "targets"):
        begins = {phase.name: phase.begins.isoformat() for phase in one.phases.all()}
        own = {
            "title": one.title,
            "purpose": one.purpose,
            "division": one.division.code,
            "lead": one.lead.code,
            "areas": "、".join(area.code for area in one.areas.all()),
            "kinds": "、".join(kind.pk for kind in one.kinds.all()),
            "items": "、".join(item.code for item in one.items.all()),
            **{str(name): begins.get(str(name), "") for name in Phase.Name.values},
            "ends": one.ends.isoformat(),
            "counted": "、".join(one.counted),
        }
        targets: list[Target | None] = list(one.targets.all())
        for target in targets or [None]:
            yield own | {
                "target": target.measure if target else "",
                "figure": target.figure if target else "",
                "by": target.by.isoformat() if target else "",
            }


KINDS = [
    Kind("campaigns", gettext_lazy("Campaigns"), COLUMNS, take_campaigns, campaign_rows, whole=True)
]
