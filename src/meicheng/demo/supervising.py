"""Two years of warnings, supervision and cards: told from the events of the cases, by the rooms' own rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from meicheng.cases.clock import calendar
from meicheng.cases.models import Case
from meicheng.engine.workflow import TRANSITIONS, State, transition
from meicheng.ledger.events import link_event
from meicheng.ledger.models import Event
from meicheng.organisation.models import Membership, Unit
from meicheng.standards.models import CaseKind, LimitRule, OfficeTime
from meicheng.supervision.clocks import (
    QUIET,
    Passing,
    ends_supervision,
    follow_case,
    pass_until,
)
from meicheng.supervision.ladder import pack_rungs, written
from meicheng.supervision.models import Clock, Rules, Supervision, TimeWarning
from meicheng.supervision.recording import rows_of
from meicheng.tables.bulk import insert

from .world import World

TOGETHER = 2000  # clocks written at once
Told = tuple[str, str, datetime, dict[str, Any]]  # chain, verb, when, what was said
STEPS = frozenset(row.code for row in TRANSITIONS)
# kind, class of road, severity, limit
OTHER_LIMITS = [
    ("exposed-litter", "back-lane", None, "1wd"),
    ("exposed-litter", "main-road", None, "2wh"),
    ("dirty-road", "back-lane", None, "5wh"),
    ("building-rubble", "", 3, "1wd"),
]
ANSWERS = [
    "作业力量不足导致超时，已增派人员，今日内清理完毕。",
    "现场权属存在争议，已会同属地街道核实，三个工作日内办结。",
    "车辆检修影响清运，已协调支援车辆，明日12时前完成。",
    "施工材料未到位，预计两个工作日内到货并完成修复。",
    "夜间作业受降雨影响，雨停后立即处置，并举一反三排查周边。",
]


def make_limits() -> None:
    """Other limits of lanes, main roads and grave cases, before anything is dispatched."""
    kinds = set(CaseKind.objects.values_list("pk", flat=True))
    LimitRule.objects.bulk_create(
        LimitRule(kind_id=kind, road_id=road or None, severity=severity, limits=[limit])
        for kind, road, severity, limit in OTHER_LIMITS
        if kind in kinds
    )
    OfficeTime.objects.create(pk=1, token="demo")


def make_supervision(world: World) -> tuple[int, int]:
    """Give every dispatched case its clock; how many were warned of and how many supervised."""
    work = _Work(world)
    events = Event.objects.filter(chain__startswith="case:").order_by("pk")
    columns = events.values_list("chain", "verb", "at", "data")
    for chain, steps in groupby(columns.iterator(chunk_size=5000), key=lambda row: row[0]):
        work.case(int(chain.removeprefix("case:")), steps)
        if len(work.clocks) >= TOGETHER:
            work.write()
    work.write()
    return work.warned, work.supervised


def _that_stand(steps: Iterable[Told]) -> list[Told]:
    """The steps of a case without those that were taken back."""
    kept: list[Told] = []
    for step in steps:
        if step[1] == "undo":
            kept.pop()
        else:
            kept.append(step)
    return kept


class _Work:
    """The clocks that wait to be written, with all that belongs to them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = world.chance("supervision")
        self.last = world.until - timedelta(seconds=1)
        self.rules = Rules.objects.create(rungs=written(pack_rungs()), made_at=world.start)
        self.units = {unit.code: unit for unit in Unit.objects.select_related("division")}
        self.by_pk = {unit.pk: unit for unit in self.units.values()}
        self.kinds = CaseKind.objects.in_bulk()
        self.people = {one.unit_id: one.user for one in _members()}
        self.clocks: list[Clock] = []
        self.rows: list[TimeWarning | Supervision] = []
        self.events: list[Event] = []
        self.warned = self.supervised = 0

    def case(self, pk: int, steps: Iterable[Told]) -> None:
        """Lead the clock of one case through its events."""
        case: Case | None = None
        clock: Clock | None = None
        passed: list[Passing] = []
        lifted: list[datetime] = []
        for _chain, verb, at, data in _that_stand(steps):
            if case is None:
                case = Case(pk=pk, kind=self.kinds[data["kind"]], state=State.REPORTED)
                continue
            if verb not in STEPS:
                continue
            case.state = transition(verb).after(State(case.state))
            if verb in QUIET:
                continue
            if clock is not None:
                passed += pass_until(clock, pack_rungs(), calendar(), at)
            self._step(case, verb, at, data)
            if clock is None and case.due_at is None:
                continue
            clock = clock or Clock(case=case, rules=self.rules)
            follow_case(clock, case, verb, at, self.rules, pack_rungs(), calendar())
            if ends_supervision(case):
                lifted.append(at)
        if clock is not None:
            passed += pass_until(clock, pack_rungs(), calendar(), self.last)
            self._tell(clock, passed, lifted)
            self.clocks.append(clock)

    def _step(self, case: Case, verb: str, at: datetime, data: dict[str, Any]) -> None:
        """What a step changed of the case, as far as clocks are concerned."""
        if "due_at" in data:
            case.due_at = datetime.fromisoformat(data["due_at"])
        if verb in {"dispatch", "decide"}:
            unit = self.units[data["unit"]]
            case.unit, case.dispatched_at, case.limit = unit, at, data.get("limit", "")
            case.district_id = unit.division.district_id
        elif verb in {"send_back", "relapse"}:
            case.unit = case.due_at = case.dispatched_at = None

    def _tell(self, clock: Clock, passed: list[Passing], lifted: list[datetime]) -> None:
        """Rows and events of a clock, in the order in which they happened."""
        moments: list[tuple[datetime, int, Passing | Supervision | None]] = []
        moments += [(one.at, 0, one) for one in passed]
        if any(one.rung.supervised for one in passed):
            moments += [(at, 2, None) for at in lifted]
        moments.sort(key=lambda one: one[:2])
        standing: list[Supervision] = []
        while moments:
            at, _order, what = moments.pop(0)
            if isinstance(what, Passing):
                row, event = rows_of(clock, what, at)
                self.rows.append(row)
                self.events.append(event)
                if isinstance(row, Supervision):
                    standing.append(row)
                    self.supervised += 1
                    self._plan_answer(row, moments)
                else:
                    self.warned += 1
            elif isinstance(what, Supervision):
                if what in standing:
                    self._answer(clock, what, at)
            elif standing:
                for one in standing:
                    one.lifted_at = at
                standing = []
                self.events.append(link_event(clock, "supervision_lifted", by=None, at=at, data={}))

    def _plan_answer(self, row: Supervision, moments: list[Any]) -> None:
        """Most are answered within two days."""
        at = row.passed_at + timedelta(hours=self.chance.uniform(0.5, 40))
        if self.chance.random() < 0.82 and at < self.world.until and row.unit_id in self.people:
            moments.append((at, 1, row))
            moments.sort(key=lambda one: one[:2])

    def _answer(self, clock: Clock, row: Supervision, at: datetime) -> None:
        row.answer, row.answered_at = self.chance.choice(ANSWERS), at
        row.answered_by = self.people[row.unit_id or 0]
        data = {"percent": row.percent, "version": row.version, "answer": row.answer}
        self.events.append(
            link_event(clock, "supervision_answered", by=row.answered_by, at=at, data=data)
        )

    def write(self) -> None:
        """Write what waits."""
        insert(self.clocks)
        insert([row for row in self.rows if isinstance(row, TimeWarning)])
        insert([row for row in self.rows if isinstance(row, Supervision)])
        insert(self.events)
        self.clocks, self.rows, self.events = [], [], []


def _members() -> Iterator[Any]:
    """Who answers for a unit: its workers, and its lead where it has one."""
    held = Membership.objects.filter(unit__isnull=False, role__in=["unit-worker", "unit-lead"])
    yield from held.select_related("user").order_by("-role", "-pk")
