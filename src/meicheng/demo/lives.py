"""The life of one case: its steps with believable times, legal by the workflow's own table."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from meicheng.cases.clock import due_after, due_of
from meicheng.cases.models import Case
from meicheng.engine.workflow import State, check

from .seasons import BUSY
from .texts import Texts
from .world import Crew, Person, World, city_time

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FACILITIES = {"broken-pavement", "damaged-facility", "missing-facility", "old-estate", "damaged-green",
              "missing-barrier-free", "standing-water", "random-building", "dirty-water"}  # fmt: skip
COMES_BACK = {"exposed-litter", "full-bins", "small-adverts", "occupied-pavement", "illegal-parking",
              "bicycle-parking", "dirty-road", "noise", "dirty-toilet", "burning"}  # fmt: skip
# Where the latest cases stand, so that every desk has work; the others go as far as time allows.
STANDING = (
    "registered", "in_progress", "resolved", "reported", "dispatched", "in_progress", "accepted",
    "to_redo", "verified", "sent_back", "resolved", "in_progress", "registered", "reported", "dispatched",
)  # fmt: skip
# For each, the steps that lead there.
WAYS: dict[str, tuple[str, ...]] = {
    "reported": (),
    "registered": ("register",),
    "dispatched": ("register", "dispatch"),
    "accepted": ("register", "dispatch", "accept"),
    "in_progress": ("register", "dispatch", "accept", "start"),
    "suspended": ("register", "dispatch", "accept", "start", "suspend"),
    "sent_back": ("register", "dispatch", "send_back"),
    "resolved": ("register", "dispatch", "accept", "start", "resolve"),
    "to_redo": ("register", "dispatch", "accept", "start", "resolve", "redo"),
    "verified": ("register", "dispatch", "accept", "start", "resolve", "verify"),
    "relapsed": ("register", "dispatch", "accept", "resolve", "verify", "close", "relapse"),
    "withdrawn": ("register", "withdraw"),
    "turned_down": ("turn_down",),
}


class Step(NamedTuple):
    """Something that was done to a case."""

    verb: str
    at: datetime
    by: Person | None
    data: dict[str, Any]


@dataclass
class Life:
    """A case and what was done to it, in order."""

    case: Case
    crew: Crew
    steps: list[Step] = field(default_factory=list)
    rating_remark: str = ""
    rated_at: datetime | None = None
    turns: str = ""  # another way than to the end: "turn_down", "withdraw"


class Lives:
    """Leads cases through their lives."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = world.chance("lives")
        self.texts = Texts(f"{world.seed}/lives")
        self._span = (world.until - world.start).total_seconds()
        self._others = ["市政养护所", "园林绿化中心", "供排水公司", "供电公司", "通信公司",
                        "属地街道", "物业公司", "公路养护中心"]  # fmt: skip

    def begin(self, case: Case, crew: Crew, *, by: Person | None, said: dict[str, Any]) -> Life:
        """A case as it is reported."""
        life = Life(case, crew)
        life.steps.append(Step("reported", case.reported_at, by, said))
        return life

    def lead(self, life: Life, *, register: bool) -> None:
        """Take the steps of a usual life until it ends or the present is reached."""
        for verb, at, by, data in self._plan(life, register):
            if at >= self.world.until or not self._take(life, verb, at, by, data):
                return

    def lead_to(self, life: Life, state: str) -> None:
        """Take the steps that lead to a state, as far as they can be taken by day until now."""
        way = WAYS[state]
        begun = self._by_day(life.case.reported_at + MINUTE)
        gap = (self.world.until - begun) / (len(way) + 1)
        gap = min(gap, DAY * 2 if state in {"relapsed", "suspended"} else 40 * MINUTE)
        at = begun
        for verb in way:
            if at >= self.world.until:
                return
            by, data = self._words(life, verb, at)
            self._take(life, verb, at, by, data)
            at = self._by_day(at + gap * self.chance.uniform(0.6, 1))

    def put(self, life: Life, step: Step) -> None:
        """Note something in its place among the steps: that another report or case came to it."""
        place = len(life.steps)
        while life.steps[place - 1].at > step.at:
            place -= 1
        life.steps.insert(place, step)

    # --- what happens when ---

    def _plan(
        self, life: Life, register: bool
    ) -> Iterator[tuple[str, datetime, Person | None, dict[str, Any]]]:
        """The steps of a usual life with their times; what follows depends on what was drawn."""
        case, chance = life.case, self.chance
        draw = chance.random
        at = case.reported_at

        def step(verb: str, when: datetime) -> tuple[str, datetime, Person | None, dict[str, Any]]:
            return verb, when, *self._words(life, verb, when)

        if register:
            yield step("register", at)
        else:
            at = self._at_desk(at + MINUTE * (2 + chance.expovariate(1 / 22)))
            if life.turns == "turn_down":
                yield step("turn_down", at)
                return
            yield step("register", at)
            if life.turns == "withdraw":
                yield step("withdraw", at + MINUTE * chance.uniform(5, 90))
                return
        at = self._at_desk(at + MINUTE * (1 + chance.expovariate(1 / 18)))
        yield step("dispatch", at)
        if draw() < 0.03:
            at = self._by_day(at + MINUTE * chance.uniform(20, 400))
            yield step("send_back", at)
            at = self._at_desk(at + MINUTE * chance.uniform(5, 120))
            yield step("dispatch", at)
        relapses = case.kind_id in COMES_BACK and draw() < 0.035
        while True:
            begun = case.dispatched_at or at
            done = self._done(life, begun)
            if draw() < 0.8:
                at = begun + (done - begun) * chance.uniform(0.02, 0.2)
                yield step("accept", at)
            if draw() < 0.7:
                at = begun + (done - begun) * chance.uniform(0.3, 0.7)
                yield step("start", at)
                if case.kind_id in FACILITIES and draw() < 0.06:
                    at += (done - at) * 0.3
                    yield step("suspend", at)
                    stood = DAY * chance.uniform(15, 110)
                    at = self._by_day(at + stood)
                    yield step("resume", at)
                    done = at + DAY * chance.uniform(0.5, 4)
            at = done
            yield step("resolve", at)
            redo = life.crew.redo
            while draw() < redo:
                at = self._by_day(at + HOUR * chance.uniform(1, 20))
                yield step("redo", at)
                at = self._by_day(at + HOUR * chance.uniform(1.5, 22))
                yield step("resolve", at)
                redo /= 3
            at = self._by_day(at + HOUR * chance.expovariate(1 / 2.5))
            yield step("verify", at)
            at = self._at_desk(at + HOUR * chance.expovariate(1 / 1.5))
            yield step("close", at)
            if relapses:
                relapses = False
                at = self._by_day(at + DAY * chance.uniform(2, 29))
                yield step("relapse", at)
                at = self._at_desk(at + MINUTE * chance.uniform(10, 200))
                yield step("dispatch", at)
                continue
            again = self._rating(life, at)
            if again is None:
                return
            yield step("reopen", again)
            at = self._by_day(again + HOUR * chance.uniform(2, 30))
            yield step("resolve", at)
            at = self._by_day(at + HOUR * chance.uniform(1, 8))
            yield step("verify", at)
            yield step("close", self._at_desk(at + HOUR * chance.uniform(0.2, 4)))
            return

    def _done(self, life: Life, begun: datetime) -> datetime:
        """When the unit reports the work as done: in its limit, or some time after."""
        due = life.case.due_at or begun + DAY
        span = due - begun
        month = city_time(begun).month
        elapsed = (begun - self.world.start).total_seconds() / self._span
        in_time = life.crew.on_time - 0.05 * (1 - elapsed) - (0.03 if month in BUSY else 0.0)
        if self.chance.random() >= in_time:
            late = max(2.0, 0.4 * span.total_seconds() / 3600)
            return self._by_day(due + HOUR * (0.2 + self.chance.expovariate(1 / late)))
        at = begun + span * self.chance.betavariate(1.8, 2.2)
        hour = city_time(at).hour
        if hour < 7 or hour >= 21:
            # Work at night is done in the evening before or the morning after, if still in time.
            morning = self._by_day(at)
            at = morning if morning < due else due - min(span, HOUR) * self.chance.uniform(0.1, 0.9)
        return max(at, begun + MINUTE * 3).replace(microsecond=0)

    def _rating(self, life: Life, closed: datetime) -> datetime | None:
        """What whoever reported it says of the result; the time at which it is opened again."""
        case, chance = life.case, self.chance
        if case.source not in {"portal", "hotline", "api"} or chance.random() > 0.38:
            return None
        at = closed + HOUR * (0.3 + chance.expovariate(1 / 14))
        if at >= self.world.until:
            return None
        late = case.due_at is not None and (case.resolved_at or closed) > case.due_at
        good = life.crew.liked - (0.22 if late else 0) - (0.15 if case.redo_count else 0)
        if chance.random() < good:
            rating = 5 if chance.random() < 0.68 else 4
        else:
            rating = chance.choices((3, 2, 1), (5, 3, 2))[0]
        life.rating_remark = self.texts.one("good" if rating >= 4 else "bad")
        life.rated_at = at.replace(microsecond=0)
        case.rating = rating
        data = {"rating": rating, "remark": life.rating_remark}
        life.steps.append(Step("rated", life.rated_at, None, data))
        if rating <= 2 and chance.random() < 0.12:
            again = self._at_desk(at + HOUR * chance.uniform(0.5, 20))
            return again if again < self.world.until else None
        return None

    def _at_desk(self, at: datetime) -> datetime:
        """The desk is manned from half past seven to ten in the evening."""
        local = city_time(at)
        if local.hour >= 22 or local.hour * 60 + local.minute < 450:
            at += timedelta(days=1) if local.hour >= 22 else timedelta()
            local = city_time(at).replace(hour=7, minute=30, second=0)
            at = local - (city_time(at) - at) + MINUTE * self.chance.uniform(0, 60)
        return at.replace(microsecond=0)

    def _by_day(self, at: datetime) -> datetime:
        """Crews and verifiers go out from seven to nine in the evening."""
        local = city_time(at)
        if local.hour >= 21 or local.hour < 7:
            at += timedelta(days=1) if local.hour >= 21 else timedelta()
            local = city_time(at).replace(hour=7, minute=0, second=0)
            at = local - (city_time(at) - at) + MINUTE * self.chance.uniform(5, 150)
        return at.replace(microsecond=0)

    # --- who says what ---

    def _words(self, life: Life, verb: str, at: datetime) -> tuple[Person | None, dict[str, Any]]:
        chance, one, world, case = self.chance, self.texts.one, self.world, life.case
        if verb in {"accept", "start", "resolve", "send_back"}:
            by = chance.choice(life.crew.workers)
            if verb == "accept":
                return by, {"remark": one("accepted", crew=life.crew.unit.name_zh)}
            if verb == "start":
                return by, {"remark": one("started")}
            if verb == "resolve":
                return by, {"remark": self.texts.done(case.kind_id, case.description)}
            return by, {"remark": one("sent_back", other=chance.choice(self._others))}
        if verb in {"verify", "redo"}:
            by = chance.choice(world.verifiers[case.district.code])
            return by, {"remark": one("verified" if verb == "verify" else "redo")}
        if verb in {"suspend", "resume"}:
            by = chance.choice(world.leads)
            coming = chance.choice(["明年春季", "下月", "汛期后", "年底前", "下季度"])
            paused = "suspended" if verb == "suspend" else "resumed"
            return by, {"remark": one(paused, next=coming)}
        by = chance.choice(world.desk)
        name = {"turn_down": "turned_down", "withdraw": "withdrawn", "dispatch": "dispatched",
                "close": "closed", "reopen": "reopened", "relapse": "relapsed"}.get(verb)  # fmt: skip
        if name is None:
            return by, {}
        return by, {"remark": one(name, kind=case.kind.name_zh)}

    def _take(
        self, life: Life, verb: str, at: datetime, by: Person | None, data: dict[str, Any]
    ) -> bool:
        """Take a step, with the changes that `cases.actions` makes; False when it is not legal."""
        case = life.case
        state = State(case.state)
        check(state, verb)
        if verb == "register":
            case.registered_at = at
        elif verb in {"turn_down", "withdraw"}:
            case.closed_at, case.outcome = at, data["remark"]
        elif verb == "dispatch":
            case.unit, case.dispatched_at = life.crew.unit, at
            case.limit, due = due_of(case, at, fresh=False)
            case.due_at = due.astimezone(UTC)
            data = {
                **data,
                "unit": case.unit.code,
                "limit": case.limit,
                "due_at": case.due_at.isoformat(),
            }
        elif verb == "send_back":
            data = {**data, "unit": case.unit.code if case.unit else ""}
            case.sent_back_count += 1
            case.unit = case.due_at = case.dispatched_at = None
            self._other_crew(life)
        elif verb == "resolve":
            case.resolved_at, case.outcome = at, data["remark"]
        elif verb in {"redo", "reopen"}:
            case.redo_count += 1
            data = self._run_on(case, case.resolved_at, at, data)
            case.resolved_at = None
            if verb == "reopen":
                case.closed_at = case.rating = None
        elif verb == "relapse":
            case.relapsed = True
            case.closed_at = case.resolved_at = case.due_at = case.dispatched_at = None
        elif verb == "suspend":
            case.suspended_at = at
        elif verb == "resume":
            data = self._run_on(case, case.suspended_at, at, data)
            case.suspended_at = None
        elif verb == "close":
            case.closed_at = at
        case.state = check(state, verb).after(state)
        life.steps.append(Step(verb, at, by, data))
        return True

    def _run_on(
        self, case: Case, stood: datetime | None, at: datetime, data: dict[str, Any]
    ) -> dict[str, Any]:
        """Let the clock go on that stood since then, as the actions do."""
        if case.due_at is None or stood is None:
            return data
        case.due_at = due_after(case, case.due_at, stood=stood, until=at).astimezone(UTC)
        return {**data, "due_at": case.due_at.isoformat()}

    def _other_crew(self, life: Life) -> None:
        key = (life.crew.unit.role_id, life.case.district.code)
        crews = self.world.crews[key]
        others = [crew for crew in crews if crew is not life.crew]
        if others:
            life.crew = random.Random(life.case.number).choice(others)
