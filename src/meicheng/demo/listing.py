"""Three problem lists in different states: nearly done, in the middle of it, just made."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from meicheng.lists.models import ListItem, ProblemList
from meicheng.organisation.models import User
from meicheng.places.time import city_day

from .people import ACCOUNTS
from .pictures import SCENES
from .stories import Step, tell
from .world import Crew, Failure, Person, World

Status = ListItem.Status


@dataclass(frozen=True)
class Plan:
    """One list: where it comes from, when it was made, and how far its items have come."""

    title: str
    source: str
    place: str  # "" is the whole city
    made: int  # days before the end
    days: int  # from then to the deadline of most items
    states: Sequence[str]
    note: str = ""


PLANS = [
    Plan(
        "三季度模拟测评问题清单", "mock", "", 45, 30,
        ["struck"] * 21 + ["solved", "open", "returned"],
        "按模拟测评不合格内容逐项列入，责任单位整改后由核查人员现场核实销号。",
    ),
    Plan(
        "区领导带队巡查问题清单", "walk", "LC", 12, 14,
        ["struck"] * 5 + ["solved"] * 3 + ["returned"] * 2 + ["open"] * 6,
    ),
    Plan("背街小巷专项整治问题清单", "campaign", "SF", 2, 20, ["open"] * 11 + ["solved"]),
]  # fmt: skip


def make_lists(world: World) -> int:
    """Write the lists with their items and events; returns the number of items.

    Called when the keys of all tables follow what was loaded.
    """
    roles = {str(role): place for place, (role, _where) in enumerate(ACCOUNTS, 1)}
    officers = User.objects.in_bulk([roles["creation-office"], roles["district-lead"]])
    failures = sorted(world.failures, key=lambda one: (one.at, one.place.pk, one.item.pk))
    used: set[tuple[int, int]] = set()
    count = 0
    for number, plan in enumerate(PLANS):
        chance = world.chance(f"list/{number}")
        at = world.until - timedelta(days=plan.made)
        found = []
        for one in reversed(failures):
            district = one.place.area.district.code
            known = (one.place.pk, one.item.pk)
            crews = world.crews.get((one.item.role_id or "", district))
            fits = not plan.place or plan.place == district
            if one.at < at and fits and known not in used and crews and crews[0].workers:
                used.add(known)
                found.append((one, crews[0]))
            if len(found) == len(plan.states):
                break
        maker = officers[roles["district-lead" if plan.place == "LC" else "creation-office"]]
        count += _list(world, plan, found, maker, at, chance)
    return count


def _list(
    world: World,
    plan: Plan,
    found: Sequence[tuple[Failure, Crew]],
    maker: User,
    at: datetime,
    chance: random.Random,
) -> int:
    if not found:
        return 0
    made = ProblemList(
        title=plan.title,
        source=plan.source,
        division_id=world.division_pks[plan.place or "CITY"],
        note=plan.note,
        made_by=maker,
        made_at=at,
        key=f"demo:{plan.source}",
        code=f"demo-{plan.source}",
    )
    made.save(force_insert=True)
    made.code = f"QD-{city_day(at).year}-{made.pk:04d}"
    items: list[ListItem] = []
    steps: list[tuple[datetime, int, str, Person, dict[str, Any]]] = []
    for position, ((failure, crew), state) in enumerate(zip(found, plan.states, strict=False), 1):
        item = ListItem(
            list=made,
            position=position,
            text=f"{failure.place.name}：{failure.item.name_zh}——不合格"[:500],
            measures=chance.choice(MEASURES),
            unit=crew.unit,
            due=city_day(at) + timedelta(days=plan.days + chance.choice([-5, 0, 0, 5])),
            item=failure.item.code,
            site_id=failure.place.pk,
            division_id=failure.place.area.pk,
        )
        steps += _live(world, item, state, crew, failure, at, chance)
        items.append(item)
    ListItem.objects.bulk_create(items)
    written = [[one.position, one.text, one.unit.code, str(one.due)] for one in items]
    head = {"title": made.title, "source": made.source, "items": written}
    people = User.objects.in_bulk({step[3].pk for step in steps})
    story: list[Step] = [(at, "list_made", maker, head)]
    for when, _position, verb, who, data in sorted(steps, key=lambda step: step[:3]):
        story.append((when, verb, people[who.pk], data))
    tell(made, story)
    return len(items)


def _live(
    world: World,
    item: ListItem,
    state: str,
    crew: Crew,
    failure: Failure,
    at: datetime,
    chance: random.Random,
) -> list[tuple[datetime, int, str, Person, dict[str, Any]]]:
    """Bring an item into its state; what was done on the way, with times."""
    if state == "open":
        return []
    span = (world.until - at).total_seconds()
    solved_at = at + timedelta(seconds=span * chance.uniform(0.1, 0.6))
    checked_at = solved_at + timedelta(seconds=span * chance.uniform(0.05, 0.3))
    worker = chance.choice(crew.workers)
    checker = chance.choice(world.verifiers[failure.place.area.district.code])
    said = chance.choice(DONE)
    after, sha256 = None, ""
    if failure.item.opens_id in SCENES:
        _before, after, sha256 = chance.choice(world.pictures[SCENES[failure.item.opens_id]])
    steps: list[tuple[datetime, int, str, Person, dict[str, Any]]] = [
        (solved_at, item.position, "list_item_solved", worker,
         {"item": item.position, "remark": said, "proof": sha256})
    ]  # fmt: skip
    item.status = state
    if state == "returned":
        reason = chance.choice(REASONS)
        item.returned_reason = reason
        data = {"item": item.position, "reason": reason}
        return [*steps, (checked_at, item.position, "list_item_returned", checker, data)]
    item.solved_by_id, item.solved_at = worker.pk, solved_at
    item.remark, item.proof_id = said, after
    if state == "struck":
        item.struck_by_id, item.struck_at = checker.pk, checked_at
        item.struck_remark = "" if after else "现场核实，已整改到位。"  # without a proof it is said
        data = {"item": item.position, "remark": item.struck_remark}
        steps.append((checked_at, item.position, "list_item_struck", checker, data))
    return steps


MEASURES = [
    "立即清理，并纳入每日保洁巡查",
    "限期整改到位，建立长效管理台账",
    "增派人员，早晚高峰驻点值守",
    "与权属单位现场会商，明确维修时间",
    "集中整治一周，每周五复查",
]
DONE = ["已整改到位，附现场照片。", "已清理完毕，并安排专人巡查。", "已修复，请核查。"]
REASONS = ["现场复核仍未整改到位，请继续整改。", "照片与现场位置不符，请重新整改并拍照。"]
