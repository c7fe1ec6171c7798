"""Reports, the cases that came of them, and everything that was done: written in bulk."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from meicheng.cases.actions.stepping import end
from meicheng.cases.models import Case, CasePhoto, NumberCounter
from meicheng.cases.numbers import written
from meicheng.engine.space import cell_of
from meicheng.engine.workflow import State
from meicheng.places.models import Division
from meicheng.voices.models import ReportPhoto

from .bulk import Rows, rows
from .campaigning import Effects
from .ground import Area, Spot
from .lifetime import Life, Step
from .lives import COMES_BACK, FACILITIES, MINUTE, STANDING, Lives
from .pictures import SCENES
from .records import Records
from .reporting import Reports
from .seasons import Seasons
from .steps import take
from .texts import PLACELESS, Texts
from .world import DAYS, Crew, Failure, World, city_time

SOURCES = [("hotline", 0.44), ("portal", 0.33), ("staff", 0.15), ("api", 0.08)]
TURNED_DOWN, WITHDRAWN = 0.035, 0.006
HELPED = 0.05  # share of the cases of facilities in which a second unit does a part
LONG_WAYS = {"split", "split_and_done", "asked", "extended", "supported", "sent_around"}
TALKED, TALKS = timedelta(days=8), 0.12  # for how long, and in which share of reports
HOT = 0.14  # share of the reports that come from a community's few bad corners


def make_cases(world: World) -> dict[str, int]:
    """Write all cases with their events, reports, photographs and counts."""
    work = _Work(world)
    with rows(*work.records.tables, work.reports.table, work.case_photos, work.report_photos):
        work.everything()
    work.records.count()
    NumberCounter.objects.bulk_create(
        [NumberCounter(day=day, last=last) for day, last in sorted(work.serials.items())],
        batch_size=400,
    )
    return {
        "cases": work.records.cases.count,
        "reports": work.reports.table.count,
        "events": work.records.events.count,
        "photographs": work.case_photos.count,
    }


class _Work:
    """The desk through which everything goes, in the order in which it was reported."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = world.chance("work")
        self.texts = Texts(f"{world.seed}/texts")
        self.seasons = Seasons(world)
        self.lives = Lives(world)
        self.effects = Effects(world)
        self.records = Records()
        self.reports = Reports(world)
        self.case_photos = Rows(CasePhoto)
        self.parked = [*world.parked]
        self.report_photos = Rows(ReportPhoto)
        self.serials: dict[date, int] = defaultdict(int)
        divisions = {one.code: one for one in Division.objects.defer("outline")}
        self._divisions = divisions
        communities = world.ground.communities
        self._communities = communities
        self._weights = [area.population * self.chance.uniform(0.6, 1.5) for area in communities]
        hot = world.chance("hot")
        self._hot: dict[str, list[tuple[Spot, str]]] = {
            area.code: [(self._spot(area), hot.choice(sorted(COMES_BACK))) for _ in range(4)]
            for area in communities
        }
        self._talk = world.chance("talk")
        self._talking = max(
            (area for area in communities if area.district.code == "XC"),
            key=lambda area: (area.population, area.code),
        )
        self._last = 0  # the key of the last case
        self._pending = 0  # reports that wait for a case to be joined to

    def everything(self) -> None:
        """All cases from reports and visits, by time."""
        size, world = self.world.size, self.world
        first_hand = size.reports - size.joined
        merged = first_hand // 100  # cases of their own that were joined to another
        lives = first_hand - merged
        moments = self.seasons.moments(lives, world.until)
        latest = lives - 2 * len(STANDING)
        others = size.joined + merged
        joins = Counter(int((latest - 60) * self.chance.random()) for _ in range(others))
        own_case = set(self.chance.sample(range(others), merged))
        order: list[tuple[datetime, Failure | None]] = [(at, None) for at in moments]
        order += [(one.at, one) for one in world.failures]
        order.sort(key=lambda pair: pair[0])
        place = 0
        pictured = len(order) - size.photographed
        done = 0
        # Three weeks ago, so that it had time to go this way.
        back = latest - max(30, lives * 21 // DAYS)
        ways = ("relapsed", "withdrawn", "suspended", "turned_down")
        earlier = {back - 3 * number: way for number, way in enumerate(ways)}
        earlier |= {back - 15: "split_and_done", latest - 4: "split", latest - 7: "extended"}
        earlier |= {latest - 10: "taken_back"}
        # Some are late, of all degrees: they are supervised.
        late = ("in_progress", "accepted", "in_progress", "to_redo")
        for number in range(max(12, lives // 1500)):
            day = latest - lives * (number % 12 + 1) // (DAYS * 2) - 5 * number
            earlier.setdefault(day, late[number % len(late)])
        for number, (at, failure) in enumerate(order):
            photographed = number >= pictured
            if failure is not None:
                self._found(failure, photographed)
                continue
            self._pending += joins[place]
            state = ""
            if place >= latest:
                state = STANDING[(place - latest) % len(STANDING)]
            else:
                state = earlier.get(place, "")
            done += self._reported(at, state, photographed, done, own_case)
            place += 1
        if self._pending:
            raise AssertionError(f"{self._pending} reports found no case to be joined to")

    def _reported(
        self, at: datetime, state: str, photographed: bool, done: int, merged: set[int]
    ) -> int:
        """A case from a report, and those who joined it; returns how many those were."""
        chance = self.chance
        area = chance.choices(self._communities, self._weights)[0]
        if chance.random() < HOT:
            spot, kind = chance.choice(self._hot[area.code])
        else:
            spot, kind = self._spot(area), self.seasons.kind_at(at, chance)
        if not state and self.world.until - at < TALKED and self._talk.random() < TALKS:
            # A building site without cover: one street talks of nothing else for a week.
            area, kind = self._talking, "dust"
            spot = self.world.ground.spot(area, area.ways[0], self._talk)
        kind = self.effects.kind(kind, area.district.code, at)
        if self.effects.at_a_usual_place(kind):
            spot = self._hot[area.code][0][0]
        if state in LONG_WAYS:
            kind = "broken-pavement"
        elif state in {"relapsed", "suspended"}:
            kind = "broken-pavement" if state == "suspended" else "exposed-litter"
        source = self._source()
        if kind in PLACELESS and source == "staff":
            source = "hotline"
        what = self.texts.what(kind)
        text = self._text(kind, what, spot, area, at, source)
        case = self._case(kind, area, spot, at, source, text)
        life = self._life(case, area, {"kind": kind, "source": source})
        if state == "supported":
            life.helper = self._helper(area)
        draw = chance.random()
        if state.startswith("split"):
            self._split(life, area, spot, done=state == "split_and_done")
        elif state:
            self.lives.lead_to(life, state)
        else:
            if draw < TURNED_DOWN:
                life.turns = "turn_down"
            elif draw < TURNED_DOWN + WITHDRAWN:
                life.turns = "withdraw"
            self.lives.lead(life, register=False)
        joined = 0
        if self._pending and not state and not life.turns and len(life.steps) > 3:
            for _ in range(self._pending):
                self._another(life, area, own_case=done + joined in merged)
                joined += 1
            self._pending = 0
        self._photograph(life, photographed)
        self.records.write(life)
        self.reports.write(life, self._subject(kind, what, spot), text, source)
        return joined

    def _split(self, life: Life, area: Area, spot: Spot, *, done: bool) -> None:
        """Two problems in one case: each part goes its way, and the last ends the whole."""
        self.lives.lead_to(life, "split")
        whole, at = life.case, life.steps[-1].at
        numbers, ends, outcomes = [], [at], []
        for kind, way in (("broken-pavement", "in_progress"), ("full-bins", "resolved")):
            part = self._case(kind, area, spot, at, whole.source, self.texts.what(kind))
            part.reported_at, part.parent_id = whole.reported_at, whole.pk
            said = {"kind": kind, "part_of": whole.number}
            mine = self._life(part, area, said)
            mine.steps[0] = mine.steps[0]._replace(at=at, by=life.steps[-1].by)
            mine.helper = None
            if done:
                self.lives.lead(mine, register=False, begin=at)
            else:
                self.lives.lead_to(mine, way, begin=at)
            numbers.append(part.number)
            ends.append(part.closed_at or self.world.until)
            outcomes.append(part.outcome)
            self.records.write(mine)
        split = life.steps[-1]
        life.steps[-1] = split._replace(data={**split.data, "parts": numbers})
        if max(ends) < self.world.until:
            outcome = "\n".join(dict.fromkeys(words for words in outcomes if words))
            take(life, "finish", max(ends), None, {"outcome": outcome})

    def _found(self, failure: Failure, photographed: bool) -> None:
        """A case from a failed item of a visit."""
        place, item = failure.place, failure.item
        spot = Spot("", place.address, place.longitude, place.latitude)
        words = f"{place.name}：{item.name_zh}——不达标"
        case = self._case(item.opens_id or "", place.area, spot, failure.at, "visit", words)
        case.site_id, case.item_id = place.pk, item.pk
        case.severity = max(case.severity, item.severity)
        life = self._life(case, place.area, {"kind": case.kind_id, "source": "visit"}, failure)
        self.lives.lead(life, register=True)
        self._photograph(life, photographed)
        self.records.write(life)

    def _another(self, life: Life, area: Area, *, own_case: bool) -> None:
        """Somebody else reports the same; `own_case`: it was registered first, then joined."""
        world, chance, case = self.world, self.chance, life.case
        over = min(case.resolved_at or world.until, world.until)
        begin = life.steps[1].at
        at = (begin + (max(over, begin + MINUTE) - begin) * chance.random()).replace(microsecond=0)
        at = min(max(at, begin), world.until - MINUTE)
        spot = Spot("", case.address, case.longitude or 0.0, case.latitude or 0.0)
        source = chance.choice(("hotline", "portal"))
        what = self.texts.what(case.kind_id)
        text = self._text(case.kind_id, what, spot, area, at, source)
        case.reports_count += 1
        if own_case:
            told = min(at + MINUTE * chance.randint(1, 40), world.until - timedelta(seconds=1))
            other = self._case(case.kind_id, area, spot, at, source, text)
            other.state, other.joined_to, other.closed_at = State.JOINED, case, told
            end(other, told)
            joining = self._life(other, area, {"kind": case.kind_id, "source": source})
            by = chance.choice(world.desk)
            remark = self.texts.one("joined", number=case.number)
            joining.steps.append(Step("join", told, by, {"remark": remark, "to": case.number}))
            self.lives.put(life, Step("joined_by", told, by, {"case": other.number}))
            self.records.write(joining)
        code = self.reports.new_code()
        if not own_case:
            self.lives.put(life, Step("reported_again", at, None, {"report": code}))
        heading = self.texts.heading(case.kind_id)
        self.reports.write(life, heading, text, source, joined_at=at, code=code)

    # --- what a case is made of ---

    def _source(self) -> str:
        draw = self.chance.random()
        for source, share in SOURCES:
            draw -= share
            if draw < 0:
                return source
        return "hotline"

    def _spot(self, area: Area) -> Spot:
        return self.world.ground.spot(area, self.chance.choice(area.ways), self.chance)

    def _subject(self, kind: str, what: str, spot: Spot) -> str:
        if kind in PLACELESS or kind == "poor-service":
            return what
        if len(what) > 24 or self.texts.maybe(0.15):
            return spot.street + self.world.kinds[kind].name_zh
        return spot.street + what

    def _text(self, kind: str, what: str, spot: Spot, area: Area, at: datetime, source: str) -> str:
        texts = self.texts
        estate = kind in {"old-estate", "random-building", "blocked-fire-lane"} or texts.maybe(0.12)
        if kind == "poor-service" and area.parent is not None:
            place = f"{area.parent.name}便民服务大厅"
        elif estate:
            place = self.chance.choice(area.estates) + texts.one_slot("estate")
        else:
            place = spot.address + texts.one_slot("street_side")
            if texts.maybe(0.4):
                place = area.district.name + place
        if source == "staff":
            return texts.staff(what, place)
        write = texts.hotline if source == "hotline" else texts.report
        weather = self.seasons.weather_at(at)
        hour = city_time(at).hour
        return write(kind, what, place, community=area.name, hour=hour, weather=weather)

    def _case(
        self, kind: str, area: Area, spot: Spot, at: datetime, source: str, text: str
    ) -> Case:
        known = self.world.kinds[kind]
        day = city_time(at).date()
        self.serials[day] += 1
        self._last += 1
        return Case(
            pk=self._last,
            number=written(day, self.serials[day]),
            kind=known,
            severity=known.severity,
            description=text,
            source=source,
            division=self._divisions[area.code],
            district=self._divisions[area.district.code],
            address="" if kind in PLACELESS else spot.address,
            longitude=spot.longitude,
            latitude=spot.latitude,
            cell=cell_of(spot.longitude, spot.latitude),
            reported_at=at,
            updated_at=at,
        )

    def _life(
        self, case: Case, area: Area, said: dict[str, Any], failure: Failure | None = None
    ) -> Life:
        crews = self.world.crews[case.kind.role_id, area.district.code]
        # What a crew is there for it does; the rest is the bureau's own.
        fit = [crew for crew in crews if case.kind_id in crew.does]
        own = not fit or self.chance.random() < 0.25
        crew = crews[0] if own else self.chance.choice(fit)
        by = failure.by if failure is not None else None
        life = self.lives.begin(case, crew, by=by, said=said)
        if case.kind_id in FACILITIES and self.chance.random() < HELPED:
            life.helper = self._helper(area)
        return life

    def _helper(self, area: Area) -> Crew:
        """Who keeps the traffic away while others work."""
        return self.world.crews["traffic-police", area.district.code][0]

    def _photograph(self, life: Life, photographed: bool) -> None:
        """Photographs of the problem, and of its end if there is one."""
        case = life.case
        pairs = self.world.pictures.get(SCENES.get(case.kind_id, ""), [])
        if not photographed or not pairs:
            return
        before, after, after_sha = self.chance.choice(pairs)
        moments = [(before, CasePhoto.Moment.BEFORE, case.reported_at, life.steps[0].by)]
        for place, step in enumerate(life.steps):
            if step.verb == "resolve":
                proofs = [(after, after_sha), *self.parked[:1]]
                del self.parked[:1]
                data = {**step.data, "photos": [sha256 for _file, sha256 in proofs]}
                life.steps[place] = step._replace(data=data)
                moments += [
                    (file, CasePhoto.Moment.AFTER, step.at, step.by) for file, _sha in proofs
                ]
        for file, moment, at, by in moments:
            self.case_photos.add(
                CasePhoto(
                    pk=self.case_photos.count + 1,
                    case_id=case.pk,
                    file_id=file,
                    moment=moment,
                    added_at=at,
                    by_name=by.name if by else "",
                )
            )
        if case.source == "portal":
            self.report_photos.add(
                ReportPhoto(
                    pk=self.report_photos.count + 1, report_id=self.reports.next_pk, file_id=before
                )
            )
