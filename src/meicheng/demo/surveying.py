"""Surveys of the demo city: the ready questionnaires, waves that were closed, and one that is open."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from meicheng.ledger.models import Observation
from meicheng.organisation.models import User
from meicheng.places.models import Division
from meicheng.places.time import city_day, midnight
from meicheng.surveys.actions import write_wave
from meicheng.surveys.closing import close_wave
from meicheng.surveys.drawing import Asked, draw
from meicheng.surveys.models import Answer, Cell, Questionnaire, Wave
from meicheng.surveys.questions import Form, Question
from meicheng.surveys.reading import read_form
from meicheng.surveys.ready import READY, ready

from .stories import tell
from .world import World

EACH = 14  # asked in a community: enough for most to have a figure of their own
MARGINS = {"sex": {"f": 0.495, "m": 0.505}, "age": {"18-34": 0.27, "35-59": 0.46, "60": 0.27}}
# Those who answer are more often women and older than all people are.
WHO = {"sex": [("f", 0.57), ("m", 0.43)], "age": [("18-34", 0.2), ("35-59", 0.45), ("60", 0.35)]}
WORDS = ["希望多一些停车位", "背街小巷再打扫勤一点", "小区里加装充电桩", "夜间施工太吵", ""]


@dataclass(frozen=True)
class Plan:
    """A wave: days before the end of the demo, how many answer, how content they are (0 to 1)."""

    questionnaire: str
    title: str
    opened: int
    days: int
    answers: float
    content: float
    closed: bool = True


PLANS = [
    Plan("residents-happiness", "居民幸福感调查（上年）", 420, 30, 0.66, 0.66),
    Plan("creation-satisfaction", "创建工作满意度调查（上半年）", 230, 30, 0.64, 0.70),
    Plan("residents-happiness", "居民幸福感调查（本年）", 75, 30, 0.71, 0.71),
    Plan("creation-satisfaction", "创建工作满意度调查（下半年）", 12, 30, 0.31, 0.74, closed=False),
]
VISITED = ("square", "farmers-market", "bus-station", "railway-station", "commercial-street")


def make_surveys(world: World) -> int:
    """Write the questionnaires, the waves with their answers, and what closing makes of them.

    Returns how many answers there are. Called when people and sites stand, and the keys follow what
    was loaded.
    """
    chance = world.chance("surveys")
    office = User.objects.get(username="creation-office")
    city = Division.objects.defer("outline").get(parent=None)
    kept = _questionnaires(world, office)
    mood = {one.code: chance.gauss(0, 0.07) for one in world.ground.communities}
    count = 0
    for plan in PLANS:
        asked = Asked("households", [city], "district", EACH * len(world.ground.communities))
        count += _wave(world, plan, asked, kept[plan.questionnaire], office, city, mood, chance)
    seen = Plan("visitors-impression", "外地游客印象调查（国庆假期）", 55, 8, 0.83, 0.76)
    kinds = [kind for kind in VISITED if any(place.kind == kind for place in world.places)]
    visited = Asked("visitors", [city], "district", 60 * 3, clusters=3, site_kinds=kinds[:2])
    return count + _wave(world, seen, visited, kept[seen.questionnaire], office, city, mood, chance)


def _questionnaires(world: World, office: User) -> dict[str, Questionnaire]:
    """The ready questionnaires, as the office took them over two years ago."""
    at = world.until - timedelta(days=700)
    kept = {}
    for number, code in enumerate(READY):
        form = read_form(ready(code))
        kept[code] = Questionnaire.objects.create(
            code=code,
            title_zh=form.title.zh,
            title_en=form.title.en,
            document=ready(code),
            made_by=office,
            made_at=at + timedelta(minutes=3 * number),
        )
    return kept


def _wave(
    world: World,
    plan: Plan,
    asked: Asked,
    questionnaire: Questionnaire,
    office: User,
    city: Division,
    mood: dict[str, float],
    chance: random.Random,
) -> int:
    form = read_form(questionnaire.document)
    opens = city_day(world.until) - timedelta(days=plan.opened)
    seed = f"{chance.getrandbits(128):032x}"
    wave = write_wave(
        office,
        draw(asked, seed=seed),
        asked,
        at=midnight(opens) - timedelta(days=9, hours=-10),
        questionnaire=questionnaire,
        title=plan.title,
        division=city,
        opens=opens,
        closes=opens + timedelta(days=plan.days - 1),
        margins={} if asked.audience == "visitors" else MARGINS,
        key=f"demo:{plan.title}",
    )
    cells = list(wave.cells.select_related("division__parent").order_by("code"))
    by_letter = [cell for cell in cells if plan.closed or not _in_a_village(cell)]
    _given_out(wave, by_letter, office)
    count = _answered(cells, by_letter, plan, form, mood, chance)
    if plan.closed:
        ended = midnight(wave.closes + timedelta(days=1)) + timedelta(hours=9, minutes=30)
        closed = close_wave(office, wave, at=ended)
        Observation.objects.filter(origin=closed.origin).update(recorded_at=ended)
    return count


def _in_a_village(cell: Cell) -> bool:
    """Where interviewers of the wave that runs go from door to door, without letters."""
    above = cell.division.parent
    return above is not None and above.name_zh.endswith("镇")


def _given_out(wave: Wave, cells: list[Cell], office: User) -> None:
    """Letters for these cells were printed three days before; their codes are kept nowhere."""
    at = midnight(wave.opens) - timedelta(days=2, hours=-15)
    invitations = {cell.code: cell.asked for cell in cells}
    tell(wave, [(at, "survey_given_out", office, {"invitations": invitations})])


def _answered(
    cells: list[Cell],
    by_letter: list[Cell],
    plan: Plan,
    form: Form,
    mood: dict[str, float],
    chance: random.Random,
) -> int:
    """Answers of those who gave one; others refused or were not reached."""
    answers, lettered = [], {cell.pk for cell in by_letter}
    for cell in cells:
        here = plan.content + mood.get(cell.division.code, 0.0)
        alone = 0.3 if cell.pk in lettered else 1.0
        for _number in range(cell.asked):
            toss = chance.random()
            if toss < plan.answers:
                said = _said(form, here, chance)
                own = UUID(int=chance.getrandbits(128), version=4)
                answers.append(
                    Answer(id=own, cell=cell, interview=chance.random() < alone, said=said)
                )
                cell.answered += 1
            elif toss < plan.answers + 0.06:
                cell.refused += 1
            elif toss < plan.answers + 0.14:
                cell.not_reached += 1
        cell.given_out = cell.asked if cell.pk in lettered else cell.answered
    Cell.objects.bulk_update(
        cells, ["given_out", "answered", "refused", "not_reached"], batch_size=200
    )
    Answer.objects.bulk_create(sorted(answers, key=lambda one: one.id), batch_size=500)
    return len(answers)


def _said(form: Form, content: float, chance: random.Random) -> dict[str, Any]:
    """What somebody says: as content as the place, and as herself, and as the question goes."""
    own = chance.gauss(content, 0.16)
    said: dict[str, Any] = {}
    for group in form.groups:
        if group.relevant is not None and not group.relevant.holds(said):
            continue
        for question in group.questions:
            if question.relevant is None or question.relevant.holds(said):
                value = _value(question, chance.gauss(own, 0.14), chance)
                if value not in ("", None, []):
                    said[question.name] = value
    return said


def _value(question: Question, content: float, chance: random.Random) -> Any:
    if question.name in WHO:
        return _chosen(WHO[question.name], chance)
    if question.kind == "integer":
        return chance.choice([1, 2, 2, 2, 3, 3, 4])
    if question.kind == "range":
        return min(max(question.steps, default=0.0), max(0.0, float(round(10 * content))))
    if question.kind == "text":
        return chance.choice(WORDS)
    names = [one.name for one in question.choices]
    if question.kind == "select_multiple":
        return [name for name in names if chance.random() < 0.4]
    if not question.scored:
        return chance.choice(names)
    if chance.random() < 0.03 and "no_answer" in names:
        return "no_answer"
    # The answer whose score is nearest to what is felt; of equal scores the first but for the least.
    scored = [one for one in question.choices if one.score is not None]
    if content < 0.05:
        return scored[-1].name
    return min(scored, key=lambda one: abs((one.score or 0.0) - content)).name


def _chosen(options: Iterable[tuple[str, float]], chance: random.Random) -> str:
    names, shares = zip(*options, strict=True)
    return str(chance.choices(names, shares)[0])
