"""Visits to sites by plan, by routine and after complaints; their answers as observations."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import datetime, timedelta

from meicheng.inspections.models import Visit
from meicheng.standards.models import Criterion, Item

from .bulk import Rows
from .noting import Notes
from .pictures import SCENES
from .texts import Texts
from .world import Failure, Person, Place, World, city_time, utc

PLANNED = 0.84  # share of the visits that a plan drew
NOT_APPLICABLE = 0.02
# Where every single find costs marks a city looks after itself: added to the logit.
WATCHED = 3.2
SHORTEST = timedelta(days=3)
AGAIN = timedelta(days=30)  # the same failure at the same site opens no second case before


def make_visits(world: World, notes: Notes) -> int:
    """Write visits until the city has its observations; collect what failed. Returns the visits."""
    looking = _Looking(world, notes)
    wanted = world.size.observations - notes.count
    length = sum(len(looking.items[one.kind]) for one in world.places)
    months = _months(world)
    fraction = PLANNED * wanted / length
    notes.count_up()
    whole = sum((end - begin).total_seconds() for begin, end in months)
    due = float(notes.count)
    for begin, end in months:
        share = (end - begin).total_seconds() / whole
        due += wanted * share
        looking.plan(begin, end, fraction * share)
        while notes.count < round(due):
            looking.drop_in(begin, end)
        notes.count_up()
    looking.table.write()
    chosen = looking.chance.sample(looking.failed, min(world.size.found, len(looking.failed)))
    world.failures = sorted(chosen, key=lambda one: (one.at, one.place.pk, one.item.pk))
    return looking.table.count


class _Looking:
    """Inspectors on their way."""

    def __init__(self, world: World, notes: Notes) -> None:
        self.world = world
        self.notes = notes
        self.chance = world.chance("visits")
        self.texts = Texts(f"{world.seed}/visits")
        self.table = Rows(Visit)
        self.items = {kind: items for kind, items in world.items.items() if items}
        self.failed: list[Failure] = []
        deducted = {
            f"{framework}/{code}"
            for framework, code in Criterion.objects.filter(rule__kind="deduct").values_list(
                "framework__code", "code"
            )
        }
        self._hardness = {
            item.pk: self.chance.gauss(0, 0.5)
            + (0 if deducted.isdisjoint(item.criteria) else WATCHED)
            for item in sorted(
                {item for items in self.items.values() for item in items}, key=lambda i: i.pk
            )
        }
        self._strata: dict[tuple[str, str], list[Place]] = defaultdict(list)
        for place in world.places:
            self._strata[place.area.district.code, place.kind].append(place)
        self._last: dict[tuple[int, int], datetime] = {}
        self._span = (world.until - world.start).total_seconds()
        expected = 0.12 * world.size.observations
        self._kept = min(1.0, 3 * world.size.found / expected)
        self._worst = sorted(world.places, key=lambda one: one.quality)

    def plan(self, begin: datetime, end: datetime, fraction: float) -> None:
        """A month's plan: from each district and kind of site so many, each with equal chance."""
        for places in self._strata.values():
            exact = len(places) * fraction
            count = int(exact) + (self.chance.random() < exact - int(exact))
            rounds, rest = divmod(count, len(places))
            drawn = places * rounds + self.chance.sample(places, rest)
            for place in drawn:
                self._visit(place, self._moment(begin, end), "sample", len(places) / count, 0.0)

    def drop_in(self, begin: datetime, end: datetime) -> None:
        """A visit that no plan drew: after a complaint at a bad site, or on the way."""
        if self.chance.random() < 0.65:
            place = self._worst[int(len(self._worst) * self.chance.random() ** 2)]
            reason, shift = "complaint", -0.9
        else:
            place, reason, shift = self.chance.choice(self.world.places), "routine", 0.0
        self._visit(place, self._moment(begin, end), reason, 1.0, shift)

    def _visit(self, place: Place, at: datetime, reason: str, weight: float, shift: float) -> None:
        chance, notes = self.chance.random, self.notes
        by = self.chance.choice(self.world.inspectors)
        passed = failed = absent = 0
        pk = self.table.count + 1
        origin = f"visit:{pk}"
        sampled = reason == "sample"
        # The city got better over the two years, by half a point of the logit.
        elapsed = (at - self.world.start).total_seconds() / self._span
        base = 1.75 + 0.8 * place.quality + 0.5 * elapsed + shift
        for item in self.items.get(place.kind, ()):
            draw = chance()
            remark, photo = "", None
            if draw < NOT_APPLICABLE:
                value = "na"
                absent += 1
            elif chance() < 1 / (1 + math.exp(-base - self._hardness[item.pk])):
                value = "yes"
                passed += 1
            else:
                value = "no"
                failed += 1
                if draw > 0.6:
                    remark = self.texts.one("visit_fail")
                photo = self._photo(item, pk)
                self._may_open(item, place, at, by)
            notes.look(item.pk, place, at, value, weight, sampled, by, origin, remark, photo)
        self.table.add_values(
            (pk, place.pk, at, by.pk, by.name, reason, weight, passed, failed, absent, "", None)
        )

    def _photo(self, item: Item, visit: int) -> int | None:
        """The picture of what failed, where one is drawn of it."""
        pairs = self.world.pictures.get(SCENES.get(item.opens_id or "", ""), [])
        return pairs[visit % len(pairs)][0] if pairs else None

    def _may_open(self, item: Item, place: Place, at: datetime, by: Person) -> None:
        if item.opens_id is None or self.chance.random() > self._kept:
            return
        key = (place.pk, item.pk)
        last = self._last.get(key)
        if last is None or abs(at - last) > AGAIN:
            self._last[key] = at
            self.failed.append(Failure(at, place, item, by))

    def _moment(self, begin: datetime, end: datetime) -> datetime:
        """A time of day at which inspectors work, between two instants."""
        while True:
            days = max(1, (end - begin).days + 1)
            day = city_time(begin).replace(hour=0, minute=0, second=0, tzinfo=None)
            day += timedelta(days=int(self.chance.random() * days))
            if day.weekday() >= 5 and self.chance.random() < 0.8:
                continue
            at = utc(day + timedelta(minutes=round(self.chance.triangular(510, 1080, 600))))
            if begin <= at < end:
                return at


def _months(world: World) -> list[tuple[datetime, datetime]]:
    """The months from the start to the end, as instants; parts of a few days are left out."""
    months = []
    begin = world.start
    while begin < world.until:
        local = city_time(begin).replace(tzinfo=None)
        following = (local.replace(day=1, hour=0, minute=0) + timedelta(days=32)).replace(day=1)
        end = min(utc(following), world.until)
        if end - begin > SHORTEST:
            months.append((begin, end))
        begin = end
    return months
