"""Recurring duties of the demo city: mostly done, some missed, one that tells nothing new."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from meicheng.cases.clock import calendar
from meicheng.organisation.models import User
from meicheng.places.models import Division, Site
from meicheng.places.time import city_day, midnight
from meicheng.routines.making import AHEAD, sites_of
from meicheng.routines.models import Occurrence, Routine
from meicheng.routines.rhythm import days_of
from meicheng.standards.models import Item

from .stories import Step, tell
from .world import Crew, World

HISTORY = timedelta(days=120)
DISTRICTS = ("LC", "XC")


@dataclass(frozen=True)
class Plan:
    """A duty: who, at which kind of site ("" for the district), how often, how often a no."""

    title: str
    role: str
    site_kind: str
    rhythm: str
    number: int
    photo: bool
    noes: float
    ended_days_ago: int = 0


PLANS = [
    Plan("农贸市场周五大扫除", "urban-management", "farmers-market", "weekly", 5, True, 0.12),
    Plan("垃圾中转站巡检", "urban-management", "waste-transfer-station", "days", 7, False, 0.06),
    Plan("公园广场设施巡查", "urban-management", "square", "weekly", 2, False, 0.08),
    Plan("建筑工地扬尘巡查", "housing-construction", "construction-site", "days", 14, True, 0.15),
    Plan("河湖水面巡查", "water", "river-lake", "days", 5, False, 0.0),
    Plan("区级创建工作日报", "urban-management", "", "working", 0, True, 0.0, 30),
]


def make_routines(world: World) -> int:
    """Order a dozen duties four months ago, and let most of what they ask for be done; how many.

    Called when people, sites and photographs stand, and the keys follow what was loaded.
    """
    chance = world.chance("routines")
    office = User.objects.get(username="creation-office")
    divisions = Division.objects.in_bulk(field_name="code")
    made = 0
    for plan in PLANS:
        for district in DISTRICTS:
            crew = world.crews[plan.role, district][0]
            made += _make(plan, divisions[district], crew, office, world, chance)
    return made


def _make(
    plan: Plan, division: Division, crew: Crew, office: User, world: World, chance: random.Random
) -> int:
    today = city_day(world.until)
    begins = today - HISTORY
    at = midnight(begins) - timedelta(hours=6)
    routine = Routine(
        title=plan.title,
        unit=crew.unit,
        division=division,
        site_kind_id=plan.site_kind or None,
        photo=plan.photo,
        rhythm=plan.rhythm,
        number=plan.number,
        grace=1,
        since=begins,
        ends=today - timedelta(days=plan.ended_days_ago) if plan.ended_days_ago else None,
        made_until=today + AHEAD,
        told_until=today - timedelta(days=1),
        made_by=office,
        made_at=at,
        key=f"demo:{plan.title}:{division.code}",
    )
    places = sites_of(routine)
    if not places:  # a tiny city has no such site here
        return 0
    routine.save()
    routine.code = f"CT-{begins.year}-{routine.pk:04d}"
    items: list[Item] = world.items.get(plan.site_kind, [])[:2]
    routine.items.set(items)
    story: list[Step] = [
        (at, "routine_ordered", office,
         {"title": plan.title, "unit": crew.unit.code, "division": division.code,
          "site_kind": routine.site_kind_id, "rhythm": plan.rhythm, "number": plan.number,
          "begins": str(begins), "items": [one.code for one in items], "photo": plan.photo})
    ]  # fmt: skip
    last = routine.ends or today + AHEAD
    days = days_of(plan.rhythm, plan.number, since=begins, first=begins, last=last,
                   works=calendar().days.works)  # fmt: skip
    people = User.objects.in_bulk([person.pk for person in crew.workers])
    workers = [people[person.pk] for person in crew.workers]
    pictures = [pair for several in world.pictures.values() for pair in several]
    rows, missed = [], dict[date, int]()
    codes = dict(
        Site.objects.filter(pk__in=[one for one in places if one]).values_list("pk", "code")
    )
    for day in days:
        for site in places:
            one = Occurrence(routine=routine, day=day, due=day + timedelta(days=1), site_id=site)
            rows.append(one)
            done_at = midnight(day) + timedelta(hours=8, minutes=chance.randint(0, 1900))
            if day > today or chance.random() > 0.8 + crew.on_time / 5:
                if one.due < today:
                    missed[one.due] = missed.get(one.due, 0) + 1
                continue
            if done_at >= world.until:
                continue
            one.done_at, one.done_by = done_at, chance.choice(workers)
            one.answers = {
                item.code: "no" if chance.random() < plan.noes else "yes" for item in items
            }
            sha = None
            if plan.photo and pictures:
                _before, one.photo_id, sha = chance.choice(pictures)
            said = {"day": str(day), "site": codes.get(site) if site else None, "answers": one.answers,
                    "remark": "", "photo": sha}  # fmt: skip
            story.append((done_at, "routine_done", one.done_by, said))
    Occurrence.objects.bulk_create(rows, batch_size=1000)
    for until, count in missed.items():
        when = midnight(until + timedelta(days=1)) + timedelta(minutes=5)
        story.append((when, "routine_missed", None, {"count": count, "until": str(until)}))
    if routine.ends is not None:
        reason = "市级数据平台已自动汇总，不再要求日报。"
        said = {"reason": reason, "last": str(routine.ends)}
        story.append((midnight(routine.ends) + timedelta(hours=10), "routine_ended", office, said))
    tell(routine, story)
    return 1
