"""The life of one case: its steps with believable times, legal by the workflow's own table."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from meicheng.cases.models import Case

from .lifetime import Life, Step
from .seasons import BUSY
from .steps import take
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
    "to_redo", "verified", "sent_back", "resolved", "in_progress", "registered", "reported", "taken_back",
    "asked", "sent_around", "supported",
)  # fmt: skip
SAID = {"support": "support_part", "extend": "extension_granted",
        "refuse_extension": "extension_refused", "decide": "decided"}  # fmt: skip
# For each, the steps that lead there.
WAYS: dict[str, tuple[str, ...]] = {
    "reported": (),
    "registered": ("register",),
    "dispatched": ("register", "dispatch"),
    "taken_back": ("register", "mistake", "dispatch"),
    "accepted": ("register", "dispatch", "accept"),
    "in_progress": ("register", "dispatch", "accept", "start"),
    "suspended": ("register", "dispatch", "accept", "start", "suspend"),
    "sent_back": ("register", "dispatch", "send_back"),
    "sent_around": (
        "register",
        "dispatch",
        "send_back",
        "dispatch",
        "send_back",
        "dispatch",
        "send_back",
    ),
    "asked": ("register", "dispatch", "accept", "start", "ask_extension"),
    "extended": ("register", "dispatch", "accept", "start", "ask_extension", "extend"),
    "supported": ("register", "dispatch", "accept", "support", "start"),
    "split": ("register", "split"),
    "resolved": ("register", "dispatch", "accept", "start", "resolve"),
    "to_redo": ("register", "dispatch", "accept", "start", "resolve", "redo"),
    "verified": ("register", "dispatch", "accept", "start", "resolve", "verify"),
    "relapsed": ("register", "dispatch", "accept", "resolve", "verify", "close", "relapse"),
    "withdrawn": ("register", "withdraw"),
    "turned_down": ("turn_down",),
}


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

    def lead(self, life: Life, *, register: bool, begin: datetime | None = None) -> None:
        """Take the steps of a usual life until it ends or the present is reached."""
        for verb, at, by, data in self._plan(life, register, begin or life.case.reported_at):
            if at >= self.world.until or not self._take(life, verb, at, by, data):
                return

    def lead_to(self, life: Life, state: str, begin: datetime | None = None) -> None:
        """Take the steps that lead to a state, as far as they can be taken by day until now."""
        way = WAYS[state]
        begun = self._by_day((begin or life.case.reported_at) + MINUTE)
        gap = (self.world.until - begun) / (len(way) + 1)
        gap = min(gap, DAY * 2 if state in {"relapsed", "suspended"} else 40 * MINUTE)
        at = begun
        for verb in way:
            if at >= self.world.until:
                return
            if verb == "mistake":
                self._mistake(life, at)
            else:
                by, data = self._words(life, verb, at)
                self._take(life, verb, at, by, data)
            at = self._by_day(at + gap * self.chance.uniform(0.6, 1))

    def _mistake(self, life: Life, at: datetime) -> None:
        """Hand the case to the wrong unit, and take that back a moment later (撤回)."""
        before, own = dict(vars(life.case)), life.crew
        here = [crews[0] for (_role, place), crews in self.world.crews.items()
                if place == life.case.district.code]  # fmt: skip
        life.crew = next(crew for crew in here if crew.unit.role_id != own.unit.role_id)
        by, data = self._words(life, "dispatch", at)
        self._take(life, "dispatch", at, by, data)
        vars(life.case).update(before)
        life.crew, life.stages = own, []
        life.steps.append(Step("undo", at + timedelta(seconds=19), by, {"step": "dispatch"}))

    def put(self, life: Life, step: Step) -> None:
        """Note something in its place among the steps: that another report or case came to it."""
        place = len(life.steps)
        while life.steps[place - 1].at > step.at:
            place -= 1
        life.steps.insert(place, step)

    # --- what happens when ---

    def _plan(
        self, life: Life, register: bool, at: datetime
    ) -> Iterator[tuple[str, datetime, Person | None, dict[str, Any]]]:
        """The steps of a usual life with their times; what follows depends on what was drawn."""
        case, chance = life.case, self.chance
        draw = chance.random

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
            around = 3 if draw() < 0.08 else 1
            for time in range(1, around + 1):
                at = self._by_day(at + MINUTE * chance.uniform(20, 400))
                yield step("send_back", at)
                at = self._at_desk(at + MINUTE * chance.uniform(5, 120))
                yield step("decide" if time == 3 else "dispatch", at)
        relapses = case.kind_id in COMES_BACK and draw() < 0.035
        while True:
            begun = case.dispatched_at or at
            done = self._done(life, begun)
            if draw() < 0.8:
                at = begun + (done - begun) * chance.uniform(0.02, 0.2)
                yield step("accept", at)
            for stage in life.stages[:-1]:
                at += (min(done, stage.due_at + HOUR) - at) * chance.uniform(0.3, 0.95)
                yield step("finish_stage", at)
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
                elif case.kind_id in FACILITIES and at < (case.due_at or at) and draw() < 0.12:
                    yield from self._more_time(life, at, done)
                    at += (done - at) * 0.4
                if life.helper is not None and not life.supports:
                    at += (done - at) * 0.1
                    yield step("support", at)
                    at += (done - at) * 0.5
                    if draw() < 0.9:
                        yield step("part_done", at)
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

    def _more_time(
        self, life: Life, at: datetime, done: datetime
    ) -> Iterator[tuple[str, datetime, Person | None, dict[str, Any]]]:
        """The unit asks for more time before it ends, and somebody of the desk decides."""
        due = min(life.case.due_at or done, done)
        at += (due - at) * 0.2
        yield "ask_extension", at, *self._words(life, "ask_extension", at)
        verb = "extend" if self.chance.random() < 0.75 else "refuse_extension"
        at += (due - at) * 0.2
        yield verb, at, *self._words(life, verb, at)

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
            said = {"remark": one(paused, next=coming)}
            if verb == "suspend":
                said["review_on"] = f"{at + DAY * chance.randint(14, 100):%Y-%m-%d}"
            return by, said
        if verb == "finish_stage":
            stage = next(stage for stage in life.stages if stage.done_at is None)
            return chance.choice(life.crew.workers), {"remark": f"{stage.name_zh}已完成"}
        if verb == "ask_extension":
            return life.crew.workers[0], {"remark": one("extension_asked")}
        if verb == "part_done" and life.helper is not None:
            return chance.choice(life.helper.workers), {"remark": one("part_done")}
        by = chance.choice(world.desk)
        if verb in {"support", "extend", "refuse_extension", "decide"}:
            return by, {"remark": one(SAID[verb], crew=life.crew.unit.name_zh)}
        name = {"turn_down": "turned_down", "withdraw": "withdrawn", "dispatch": "dispatched",
                "close": "closed", "reopen": "reopened", "relapse": "relapsed"}.get(verb)  # fmt: skip
        if name is None:
            return by, {}
        return by, {"remark": one(name, kind=case.kind.name_zh)}

    def _take(
        self, life: Life, verb: str, at: datetime, by: Person | None, data: dict[str, Any]
    ) -> bool:
        take(life, verb, at, by, data)
        if verb == "send_back":
            self._other_crew(life)
        return True

    def _other_crew(self, life: Life) -> None:
        key = (life.crew.unit.role_id, life.case.district.code)
        crews = self.world.crews[key]
        others = [crew for crew in crews if crew is not life.crew]
        if others:
            life.crew = random.Random(life.case.number).choice(others)
