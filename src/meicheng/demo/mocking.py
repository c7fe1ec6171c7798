"""Two mock assessments held for real: one that is done and has its report, one that waits."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from meicheng.assessment.dry_runs import foretell
from meicheng.assessment.mocks import spread_evenly
from meicheng.assessment.periods import current_period
from meicheng.engine.planning.drawing import draw_by_kind, frame_hash
from meicheng.inspections.actions import COUNTED
from meicheng.inspections.models import Round, Stop, Visit
from meicheng.ledger.actions import new_observation, observe
from meicheng.ledger.models import Observation
from meicheng.organisation.models import User
from meicheng.places.models import Division, Site
from meicheng.places.time import city_day
from meicheng.standards.models import Framework, Item

from .people import ACCOUNTS
from .stories import Step, tell
from .world import World

SITES = 48
HELD, WAITS = 16, 1  # days before the end on which they were asked for
DAYS = 7
STANDARD = "sanitary-city"
HARDER = 0.06  # what assessors see beyond what the city's own inspectors do


def make_mocks(world: World) -> int:
    """Write both; returns how many sites were visited. Keys follow what was loaded."""
    roles = {str(role): place for place, (role, _where) in enumerate(ACCOUNTS, 1)}
    office = User.objects.get(pk=roles["creation-office"])
    frame: dict[str, dict[str, Site]] = {}
    for site in Site.objects.filter(active=True, kind__in=list(world.items)).order_by("pk"):
        frame.setdefault(site.kind_id, {})[site.code] = site
    plan = spread_evenly(SITES, {kind: len(sites) for kind, sites in sorted(frame.items())})
    held = _ask(world, office, frame, plan, "模拟测评（第二轮）", HELD)
    visited = _visit(world, held)
    _ask(world, office, frame, plan, "模拟测评（第三轮）", WAITS)
    return visited


def _ask(
    world: World,
    office: User,
    frame: dict[str, dict[str, Site]],
    plan: dict[str, int],
    title: str,
    days: int,
) -> Round:
    """Draw the sites, as `inspections.rounds.draw_round` does, by a seed of the world's."""
    at = world.until - timedelta(days=days, hours=3)
    seed = f"{world.chance(f'mock/{days}').getrandbits(128):032x}"
    chosen = draw_by_kind(frame, plan, seed)
    sites = [frame[kind][code] for kind, codes in chosen.items() for code in codes]
    sites.sort(key=lambda site: (site.division_id, site.code))
    city = Division.objects.get(pk=world.division_pks["CITY"])
    made = Round(
        code=f"demo-mock-{days}",
        title=title,
        reason=Visit.Reason.DRY_RUN,
        division=city,
        due=city_day(at) + timedelta(days=DAYS),
        drawn={
            "seed": seed,
            "plan": {kind: len(codes) for kind, codes in chosen.items()},
            "of": {kind: len(frame[kind]) for kind in chosen},
            "frame": frame_hash(code for kind in frame.values() for code in kind),
        },
        made_by=office,
        made_at=at,
        key=f"demo:mock:{days}",
    )
    made.save(force_insert=True)
    made.code = f"XC-{city_day(at).year}-{made.pk:04d}"
    Stop.objects.bulk_create(
        Stop(round=made, position=number, site=site) for number, site in enumerate(sites, 1)
    )
    said = {
        "title": made.title, "reason": made.reason, "item": "", "due": str(made.due),
        "sites": [site.code for site in sites], "drawn": made.drawn,
    }  # fmt: skip
    tell(made, [(at, "round_made", office, said)])
    framework = Framework.objects.filter(code=STANDARD).order_by("-edition").first()
    if framework is not None:
        foretell(made, framework, current_period(at))
    return made


def _visit(world: World, held: Round) -> int:
    """Every site of the round visited in the days after, a little more strictly than usual."""
    chance = world.chance("mock/visits")
    people = User.objects.in_bulk([person.pk for person in world.inspectors])
    stops = list(held.stops.select_related("site__division", "site__kind"))
    share = _shares()
    visits: list[Visit] = []
    answers: list[tuple[Visit, Item, str, datetime]] = []
    for number, stop in enumerate(stops):
        at = held.made_at + timedelta(days=1 + number * (DAYS - 2) // len(stops))
        at = at.replace(minute=0, second=0, microsecond=0) + timedelta(
            minutes=chance.randint(0, 59)
        )
        by = people[chance.choice(world.inspectors).pk]
        visit = Visit(
            site=stop.site, visited_at=at, by=by, by_name=by.display_name,
            reason=Visit.Reason.DRY_RUN,
        )  # fmt: skip
        counts: Counter[str] = Counter()
        for item in world.items[stop.site.kind_id]:
            passes = max(0.02, share.get(item.pk, 0.85) - HARDER)
            value = "na" if chance.random() < 0.02 else "yes" if chance.random() < passes else "no"
            counts[COUNTED[value]] += 1
            answers.append((visit, item, value, at))
        for name, count in counts.items():
            setattr(visit, name, count)
        visits.append(visit)
    Visit.objects.bulk_create(visits)
    written = observe(
        [
            new_observation(
                item=item,
                site=visit.site,
                division=visit.site.division,
                observed_at=at,
                value=value,
                sampled=False,
                source=visit.by_name,
                origin=visit.origin,
                by=visit.by,
            )
            for visit, item, value, at in answers
        ]
    )
    Observation.objects.filter(pk__in=[one.pk for one in written]).update(
        recorded_at=F("observed_at")
    )
    story: list[Step] = []
    for stop, visit in zip(stops, visits, strict=True):
        stop.visit = visit
        said = {"site": stop.site.code, "visit": visit.pk}
        story.append((visit.visited_at, "round_visited", visit.by, said))
    Stop.objects.bulk_update(stops, ["visit"])
    tell(held, story)
    return len(visits)


def _shares() -> dict[int, float]:
    """How often each item passed, whoever looked."""
    rows = (
        Observation.objects.filter(value__in=["yes", "no"], site__isnull=False)
        .values_list("item_id")
        .annotate(yes=Count("pk", filter=Q(value="yes")), among=Count("pk"))
        .order_by()
    )
    return {item: yes / among for item, yes, among in rows}
