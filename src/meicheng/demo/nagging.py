"""Chronic places: found in two years of cases as the follower finds them, some with a plan."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from meicheng.cases.models import Case
from meicheng.chronic.models import ChronicPlace, Measure
from meicheng.chronic.rules import rules
from meicheng.engine.space import cell_of, distance_m
from meicheng.organisation.models import User
from meicheng.places.time import city_day

from .stories import Step, tell
from .world import Person, World

MOST = 60  # places: the demo keeps the latest


class Seen(NamedTuple):
    """A case as far as it matters here."""

    pk: int
    number: str
    kind: str
    longitude: float
    latitude: float
    reported_at: datetime
    closed_at: datetime | None


def make_chronic(world: World) -> int:
    """Mark the places that cases made chronic, plan for most, and strike some off; how many.

    Called when cases and people stand, and the keys follow what was loaded.
    """
    chance = world.chance("chronic")
    found = _groups(world)[-MOST:]
    cases = Case.objects.select_related("unit", "division__district", "kind").in_bulk(
        [group[0].pk for group in found]
    )
    crews = {crew.unit.pk: crew.workers for crews in world.crews.values() for crew in crews}
    people = User.objects.in_bulk()
    for number, group in enumerate(found):
        _make(number, group, cases[group[0].pk], world, crews, people, chance)
    return len(found)


def _groups(world: World) -> list[list[Seen]]:
    """Cases of one kind and place of which enough lie within the days, by when they sufficed."""
    rules_ = rules()
    rows = (
        Case.objects.filter(longitude__isnull=False, closed_at__isnull=False, state="closed")
        .exclude(kind__in=rules_.never)
        .order_by("reported_at", "pk")
        .values_list("pk", "number", "kind_id", "longitude", "latitude", "reported_at", "closed_at")
    )
    since = world.until - timedelta(days=330)
    spots: dict[tuple[str, float, float], list[Seen]] = {}
    for row in rows.filter(reported_at__gte=since).iterator(chunk_size=5000):
        one = Seen._make(row)
        spots.setdefault((one.kind, one.longitude, one.latitude), []).append(one)
    found = []
    window = timedelta(days=rules_.within_days)
    for group in spots.values():
        for end in range(rules_.times - 1, len(group)):
            if group[end].reported_at - group[end - rules_.times + 1].reported_at <= window:
                found.append((group[end].reported_at, group))
                break
    found.sort(key=lambda pair: (pair[0], pair[1][0].pk))
    return _apart([group for _at, group in found], rules_.same_place_m)


def _apart(groups: Sequence[list[Seen]], metres: float) -> list[list[Seen]]:
    """The groups without those so near to one before of their kind that they are one place."""
    kept: list[list[Seen]] = []
    for group in groups:
        one = group[0]
        if all(
            other[0].kind != one.kind
            or distance_m(one.longitude, one.latitude, other[0].longitude, other[0].latitude)
            > metres
            for other in kept
        ):
            kept.append(group)
    return kept


def _make(
    number: int,
    group: Sequence[Seen],
    first: Case,
    world: World,
    crews: dict[int, list[Person]],
    people: dict[int, User],
    chance: random.Random,
) -> None:
    third = group[rules().times - 1]
    at = third.reported_at + timedelta(minutes=2)
    last = max(one.closed_at for one in group if one.closed_at is not None)
    place = ChronicPlace.objects.create(
        code=f"demo-{number}",
        kind=first.kind,
        division=first.division,
        site_id=first.site_id,
        address=first.address,
        longitude=group[0].longitude,
        latitude=group[0].latitude,
        cell=cell_of(group[0].longitude, group[0].latitude),
        unit=first.unit,
        marked_at=at,
        quiet_since=city_day(last),
    )
    place.code = f"LDN-{city_day(at).year}-{place.pk:04d}"
    place.cases.set([one.pk for one in group])
    story: list[Step] = [
        (at, "chronic_marked", None,
         {"kind": first.kind_id, "cases": [one.number for one in group[: rules().times]]})
    ]  # fmt: skip
    story += [
        (one.reported_at + timedelta(minutes=2), "chronic_again", None, {"case": one.number})
        for one in group[rules().times :]
    ]
    workers = crews.get(first.unit_id or 0, [])
    if workers and number % 5:
        story += _planned(place, at, world, people[chance.choice(workers).pk], people, chance)
    last = world.until - timedelta(seconds=1)
    tell(place, [(min(when, last), verb, by, said) for when, verb, by, said in story])


def _planned(
    place: ChronicPlace,
    marked: datetime,
    world: World,
    planner: User,
    people: dict[int, User],
    chance: random.Random,
) -> list[Step]:
    """The plan, what of it was done, and the striking off of what stayed quiet long enough."""
    at = marked + timedelta(days=chance.randint(1, 6), hours=chance.randint(1, 5))
    if at >= world.until:
        return []
    post, cause, measures = chance.choice(PLANS.get(place.kind_id, PLANS[""]))
    place.state, place.planned_by = ChronicPlace.State.PLANNED, planner
    place.post, place.cause = post, cause
    rows = [
        Measure(place=place, position=number, text=text,
                due=city_day(at) + timedelta(days=10 * number))
        for number, text in enumerate(measures, 1)
    ]  # fmt: skip
    unit = place.unit.code if place.unit else ""
    said = {
        "unit": unit,
        "post": post,
        "cause": cause,
        "measures": [[o.text, str(o.due)] for o in rows],
    }
    story: list[Step] = [(at, "chronic_planned", planner, said)]
    for one in rows:
        when = at + timedelta(days=10 * one.position - chance.randint(0, 4), hours=2)
        if when < world.until and chance.random() < 0.85:
            one.done_at, one.done_by, one.remark = when, planner, "已落实，现场已查看。"
            data = {"measure": one.position, "remark": one.remark}
            story.append((when, "chronic_done", planner, data))
    Measure.objects.bulk_create(rows)
    until = place.watched_until
    over = until is not None and until < city_day(world.until) - timedelta(days=2)
    if over and all(one.done_at for one in rows) and chance.random() < 0.6:
        checkers = world.verifiers[place.division.path.split("/")[2]]
        checker = people[chance.choice(checkers).pk]
        when = world.until - timedelta(days=1, hours=chance.randint(0, 5))
        place.state, place.struck_by, place.struck_at = ChronicPlace.State.STRUCK, checker, when
        place.struck_remark = "多次现场核查未见反复，同意销号。"
        story.append((when, "chronic_struck", checker, {"remark": place.struck_remark}))
    return story


# By kind of case: post, root cause, measures.
PLANS: dict[str, list[tuple[str, str, list[str]]]] = {
    "exposed-litter": [
        ("环卫作业科科长", "周边商户无固定投放点，早市散场后垃圾无人收。",
         ["增设两组分类垃圾桶", "早市散场后半小时内加收一次", "与商户签订门前责任书"]),
    ],
    "illegal-parking": [
        ("勤务科科长", "医院、学校门口停车位不足，接送时段集中。",
         ["施划限时停车位", "高峰时段定点值守"]),
    ],
    "unlicensed-tricycle": [
        ("勤务科科长", "农贸市场进货时段无卸货区。", ["协调市场设置卸货区", "早六点至八点定点疏导"]),
    ],
    "": [
        ("科室负责人", "只清理不管源头，责任交界处无人盯守。",
         ["明确交界处责任单位", "纳入每日巡查路线"]),
        ("中队长", "巡查时段与问题高发时段错开。", ["调整巡查时段", "每周复查并留存照片"]),
    ],
}  # fmt: skip
