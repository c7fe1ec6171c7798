"""What the demo city's districts and units promised: kept, broken, on track, behind, by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, floor
from typing import Any

from meicheng.commitments.judging import outcome, path_at
from meicheng.commitments.measuring import measure
from meicheng.commitments.models import Commitment, Reading
from meicheng.ledger.events import next_event
from meicheng.lists.models import ProblemList
from meicheng.organisation.models import Unit, User
from meicheng.places.models import Division
from meicheng.places.time import city_day, midnight, months_later
from meicheng.standards.models import CaseKind, Framework

from .world import World

METRIC = Commitment.Metric


@dataclass(frozen=True)
class Plan:
    """A promise: who (a district, "CITY", or a unit as ROLE-DISTRICT), what, when and how it does.

    begins and ends are months after the running one. `does`: "kept", "broken", "on_track" or
    "behind", to which the figure is fitted, and which the data may still refuse.
    """

    words: str
    who: str
    metric: str
    direction: str
    begins: int
    ends: int
    does: str
    public: bool = False
    kind: str = ""
    measured_in: str = ""
    figure: float = 0
    beginning: float = 0


PLANS = [
    Plan("全区案件按时结案率达到承诺水平", "LC", "on_time", "least", -18, -6, "kept", True),
    Plan("一年内案件按时结案率明显提高", "XC", "on_time", "least", -14, -2, "broken", True),
    Plan("群众满意率保持在承诺水平以上", "SF", "satisfied", "least", -20, -8, "kept"),
    Plan("把返工率降到承诺水平以下", "urban-management-LC", "redone", "most", -12, -3, "kept"),
    Plan("结案后反弹率降到承诺水平以下", "urban-management-XC", "relapse", "most", -10, -1, "broken"),
    Plan("全市暴露垃圾积存案件压减", "CITY", "open", "most", -5, 3, "on_track", True, "exposed-litter"),
    Plan("年内全区按时结案率再上台阶", "XC", "on_time", "least", -6, 1, "behind", True),
    Plan("照明、道路等设施案件按时修复", "housing-construction-LC", "on_time", "least", -4, 4, "on_track",
         True),
    Plan("卫生城市标准得分稳中有升", "CITY", "marks", "least", -2, 6, "on_track", True),
    Plan("清单问题全部整改销号", "LC", "list", "least", -3, 3, "behind"),
    Plan("老大难点位销号率稳步提高", "CITY", "chronic", "least", -6, 6, "on_track", True),
    Plan("改造背街小巷 40 条", "XC", "entered", "least", -15, -4, "kept", True, "", "条", 40, 0),
    Plan("新增公共停车泊位 2000 个", "housing-construction-XC", "entered", "least", -8, 4, "on_track",
         True, "", "个", 2000, 0),
    Plan("新建公共厕所 12 座", "urban-management-SF", "entered", "least", -6, 4, "behind", False, "", "座",
         12, 0),
]  # fmt: skip


def make_commitments(world: World) -> int:
    """Write every promise down as of its beginning, with its readings and how it ended; how many.

    Called when cases, lists, chronic places and people stand, and the keys follow what was loaded.
    """
    office = User.objects.get(username="creation-office")
    made = [_make(plan, world, office, number) for number, plan in enumerate(PLANS)]
    _change(made[7], office, world.until)
    return len(made)


def _make(plan: Plan, world: World, office: User, number: int) -> Commitment:
    month = city_day(world.until).year * 100 + city_day(world.until).month
    start = _first(months_later(month, plan.begins))
    due = _first(months_later(month, plan.ends)) - timedelta(days=1)
    unit = Unit.objects.select_related("division").filter(code=plan.who).first()
    place = unit.division if unit else Division.objects.get(code=plan.who)
    at = midnight(start) + timedelta(hours=9)
    one = Commitment(
        code=f"CN-{start.year}-{number + 1:04d}",
        words=plan.words,
        division=place,
        unit=unit,
        post="局长" if unit else "分管副市长" if place.parent_id is None else "分管副区长",
        metric=plan.metric,
        kind=CaseKind.objects.get(pk=plan.kind) if plan.kind else None,
        framework=_standard() if plan.metric == METRIC.MARKS else None,
        problem_list=_list(plan.who) if plan.metric == METRIC.LIST else None,
        measured_in=plan.measured_in,
        direction=plan.direction,
        figure=plan.figure,
        start=start,
        due=due,
        public=plan.public,
        made_by=office,
        made_at=at,
        key=f"demo:{number}",
    )
    last = min(due, city_day(world.until) - timedelta(days=1))
    reads = _readings(one, plan, last, office, world)
    known = [read for read in reads if read.value is not None]
    if plan.metric != METRIC.ENTERED and known:
        one.figure = _fitting(one, plan, known)
    one.save()
    _step(one, "commitment_made", at, office, words=one.words, division=place.code, post=one.post,
          unit=unit.code if unit else None, metric=one.metric, direction=one.direction,
          figure=one.figure, start=str(start), due=str(due), public=one.public)  # fmt: skip
    Reading.objects.bulk_create(reads)
    if plan.metric == METRIC.ENTERED:
        for read in reads[1:]:
            _step(one, "commitment_entered", read.at, office, day=str(read.day), value=read.value,
                  remark=read.remark)  # fmt: skip
    if due < city_day(world.until):
        _state(one, reads[-1])
    one.save()
    return one


def _readings(one: Commitment, plan: Plan, last: date, office: User, world: World) -> list[Reading]:
    """One as of the day before it begins, then one for each end of a month, and the last."""
    days = [one.start - timedelta(days=1)]
    while (end := _month_end(days[-1])) < last:
        days.append(end)
    days.append(last)
    whole = max((one.due - one.start).days, 1)
    pace = {"kept": 1.04, "on_track": 1.1, "behind": 0.45}
    found = []
    for day in days:
        at = midnight(day + timedelta(days=1)) + timedelta(minutes=5)
        if plan.metric == METRIC.ENTERED:
            gone = max((day - one.start).days, 0) / whole
            value = floor(min(plan.figure * 1.05, plan.figure * gone * pace[plan.does]))
            found.append(Reading(commitment=one, day=day, value=float(value), by=office,
                                 at=min(at, world.until), remark="工程进度月报"))  # fmt: skip
            continue
        got = measure(one, day)
        found.append(Reading(commitment=one, day=day, value=got.value, low=got.low, high=got.high,
                             hits=got.hits, among=got.among, at=min(at, world.until)))  # fmt: skip
    return found


def _fitting(one: Commitment, plan: Plan, known: list[Reading]) -> float:
    """A whole figure that the last value keeps or misses, as the plan has it."""
    first, last = known[0].value or 0.0, known[-1].value or 0.0
    more = one.direction == "least"
    if plan.does in {"kept", "on_track"}:
        return float(floor(last) if more else ceil(last))
    if one.metric == METRIC.LIST:
        return 100.0
    if plan.does == "broken":
        return min(99.0, ceil(last) + 3.0) if more else max(0.0, floor(last) - 1.0)
    one.figure = min(99.0, ceil(max(first, last)) + 2.0)
    while (
        more and one.figure < 99 and path_at(one, first, known[-1].day) < (known[-1].high or last)
    ):
        one.figure += 1  # until the path has left the interval behind it
    return one.figure


def _state(one: Commitment, read: Reading) -> None:
    at = midnight(one.due + timedelta(days=1)) + timedelta(minutes=6)
    one.outcome, one.stated_from, one.stated_at = outcome(one, read), read, at
    _step(one, "commitment_stated", at, None, outcome=one.outcome, value=read.value, low=read.low,
          high=read.high, day=str(read.day))  # fmt: skip


def _change(one: Commitment, office: User, until: datetime) -> None:
    """The scope grew, and with it the time: said with its reason."""
    before = one.due
    one.due = _month_end(one.due + timedelta(days=1))
    at = until - timedelta(days=12)
    _step(one, "commitment_changed", at, office, reason="新接管老旧小区路灯 300 余盏，期限顺延一个月。",
          before={"due": str(before)}, after={"due": str(one.due)})  # fmt: skip
    one.save()


def _step(one: Commitment, verb: str, at: datetime, by: User | None, **said: Any) -> None:
    next_event(one, verb, by=by, at=at, **said)


def _standard() -> Framework | None:
    return Framework.objects.filter(code="sanitary-city").order_by("-edition").first()


def _list(district: str) -> ProblemList | None:
    inside = ProblemList.objects.filter(items__division__path__startswith=f"/CITY/{district}/")
    return inside.order_by("pk").first()


def _first(month: int) -> date:
    return date(month // 100, month % 100, 1)


def _month_end(day: date) -> date:
    """The last day of the month after a day's; of its own where it is not yet over."""
    after = day + timedelta(days=1)
    return _first(months_later(after.year * 100 + after.month, 1)) - timedelta(days=1)
