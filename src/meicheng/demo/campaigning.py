"""The two campaigns that the city ordered, with effects that are true because they were made so.

Both kinds of vehicles are reported more often in this city than elsewhere; from the first day of
rectification on a share of the reports of the campaign's areas that would have come never comes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from meicheng.campaigns.models import Campaign, DayCount, Phase, RelapseCheck, Target
from meicheng.campaigns.watching import relapses
from meicheng.organisation.models import Unit, User
from meicheng.places.models import Division
from meicheng.places.time import city_day, midnight

from .people import ACCOUNTS
from .stories import Step, tell
from .world import World, city_time


@dataclass(frozen=True)
class Plan:
    """A campaign: where, when (days before the end of the demo), and what it truly does."""

    code: str
    title: str
    purpose: str
    district: str
    kind: str
    often: float  # share of all reports that are of this kind
    prevents: float  # share of them that does not come any more
    publicity: int
    acts: int
    consolidates: int
    ends: int
    counted: tuple[str, ...]
    a_day: tuple[int, ...]
    targets: tuple[tuple[str, float], ...]


PLANS = [
    Plan(
        "tricycles", "电动三轮车专项治理",
        "整治电动三轮车无证上路、违规载人、占道停放。先在柳池区实施，看得出成效再推开。",
        "LC", "unlicensed-tricycle", 0.08, 0.6, 230, 216, 160, 120,
        ("查扣车辆（辆）", "宣传场次（场）"), (14, 3), (("open", 15), ("on_time", 90)),
    ),
    Plan(
        "four-wheelers", "无牌四轮车专项治理",
        "整治无牌四轮车上路行驶、乱停乱放，同步疏导群众短途出行需求。",
        "XC", "unplated-four-wheeler", 0.05, 0.25, 100, 86, 20, -20,
        ("劝返车辆（辆）", "查扣车辆（辆）"), (22, 9), (("open", 10), ("found", 12)),
    ),
]  # fmt: skip


class Effects:
    """What campaigns make of the reports, while the city's cases are being drawn."""

    def __init__(self, world: World) -> None:
        self._chance = world.chance("campaigns")
        self._acts = {plan.kind: _day(world, plan.acts) for plan in PLANS}
        self._plans = {plan.kind: plan for plan in PLANS}

    def kind(self, drawn: str, district: str, at: datetime) -> str:
        """The kind of a report: often a campaign's, unless the campaign prevented it."""
        chance = self._chance
        toss, prevented = chance.random(), chance.random()
        for plan in PLANS:
            toss -= plan.often
            if toss < 0:
                drawn = plan.kind
                break
        one = self._plans.get(drawn)
        if one is None or one.district != district or city_time(at).date() < self._acts[drawn]:
            return drawn
        return INSTEAD if prevented < one.prevents else drawn

    def at_a_usual_place(self, kind: str) -> bool:
        """Whether a vehicle stands where they always stand."""
        return kind in self._plans and self._chance.random() < 0.6


INSTEAD = "illegal-parking"  # what is reported in the place of what was prevented


def make_campaigns(world: World) -> int:
    """Write the campaigns with phases, day counts, targets, checks and events; how many.

    Called when cases, lists and people stand, and the keys follow what was loaded.
    """
    roles = {str(role): place for place, (role, _where) in enumerate(ACCOUNTS, 1)}
    office = User.objects.get(pk=roles["creation-office"])
    for plan in PLANS:
        _make(world, plan, office, world.chance(f"campaign/{plan.code}"))
    return len(PLANS)


def _day(world: World, before: int) -> date:
    return city_day(world.until) - timedelta(days=before)


def _make(world: World, plan: Plan, office: User, chance: random.Random) -> None:
    begins, acts = _day(world, plan.publicity), _day(world, plan.acts)
    consolidates, ends = _day(world, plan.consolidates), _day(world, plan.ends)
    lead = Unit.objects.get(code=f"traffic-police-{plan.district}")
    ordered = midnight(begins - timedelta(days=6)) + timedelta(hours=10, minutes=20)
    day = timedelta(days=1)
    made = Campaign.objects.create(
        code=f"demo-{plan.code}",
        title=plan.title,
        purpose=plan.purpose,
        lead=lead,
        division_id=world.division_pks["CITY"],
        counted=list(plan.counted),
        begins=begins,
        acts=acts,
        ends=ends,
        made_by=office,
        made_at=ordered,
        key=f"demo:{plan.code}",
    )
    made.code = f"ZX-{begins.year}-{made.pk:04d}"
    made.areas.set([Division.objects.get(code=plan.district)])
    made.kinds.set([world.kinds[plan.kind]])
    phases = {
        Phase.Name.PUBLICITY: (begins, acts - day),
        Phase.Name.RECTIFICATION: (acts, consolidates - day),
        Phase.Name.CONSOLIDATION: (consolidates, ends),
    }
    Phase.objects.bulk_create(
        Phase(campaign=made, name=name, begins=first, ends=last)
        for name, (first, last) in phases.items()
    )
    Target.objects.bulk_create(
        Target(campaign=made, measure=measure, figure=figure, by=ends)
        for measure, figure in plan.targets
    )
    head = {
        "title": made.title,
        "lead": lead.code,
        "areas": [plan.district],
        "kinds": [plan.kind],
        "phases": [[str(name), str(first), str(last)] for name, (first, last) in phases.items()],
        "targets": [[measure, figure, str(ends)] for measure, figure in plan.targets],
    }
    story: list[Step] = [(ordered, "campaign_ordered", office, head)]
    story += _counted(world, plan, made, lead, chance)
    story += _watched(world, made)
    tell(made, story)


def _counted(
    world: World, plan: Plan, made: Campaign, lead: Unit, chance: random.Random
) -> list[Step]:
    """What the lead unit counted on working days of rectification and after."""
    people = list(User.objects.filter(memberships__unit=lead).order_by("pk")) or [made.made_by]
    rows = []
    story: list[Step] = []
    last = min(made.ends, city_day(world.until) - timedelta(days=1))
    for offset in range((last - made.acts).days + 1):
        day = made.acts + timedelta(days=offset)
        if day.weekday() == 6 or chance.random() < 0.08:
            continue
        wears = 1 - 0.6 * offset / max(1, (made.ends - made.acts).days)
        numbers = [round(chance.uniform(0.5, 1.5) * usual * wears) for usual in plan.a_day]
        counts = dict(zip(plan.counted, numbers, strict=True))
        at = midnight(day) + timedelta(hours=18, minutes=chance.randint(0, 170))
        if at >= world.until:
            break
        who = chance.choice(people)
        rows += [
            DayCount(campaign=made, day=day, what=what, count=count, by=who, at=at)
            for what, count in counts.items()
        ]
        story.append((at, "campaign_counted", who, {"day": str(day), "counts": counts}))
    DayCount.objects.bulk_create(rows)
    return story


def _watched(world: World, made: Campaign) -> list[Step]:
    """The relapse watch, as the days' tasks made it."""
    story: list[Step] = []
    for days in RelapseCheck.DAYS:
        at = midnight(made.ends + timedelta(days=days + 1)) + timedelta(minutes=1)
        if at >= world.until:
            break
        places, back = relapses(made, days)
        RelapseCheck.objects.create(campaign=made, days=days, places=places, back=back, at=at)
        said = {"days": days, "places": places, "back": back}
        story.append((at, "campaign_watched", None, said))
    return story
