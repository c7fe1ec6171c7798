"""The next steps that pay most: measures chosen under what there is to work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite

from django.db import transaction
from django.utils.translation import gettext as _

from meicheng.engine.planning import Limits, Measure, Plan, best_plan, front, greedy_plan
from meicheng.engine.scoring import Assessment, Difference, difference, score
from meicheng.lists.actions import Draft, make_list
from meicheng.lists.models import ProblemList
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.standards.models import Framework
from meicheng.tables.charts import Chart, Series
from meicheng.tables.sheets import Cell, Sheet, workbook

from .measures import Step, Steps, steps_of
from .models import Effort
from .periods import Period

FRONT_STEPS = 8
MOST_DAYS = 10_000.0
USUAL_EFFORT = 100.0  # person-days, where nothing is said


class NotSet(ValueError):
    """An effort that cannot be; the message says which, and what was expected."""


@dataclass(frozen=True)
class NextSteps:
    """What to do next, and what it is compared with.

    gain: what the plan gains when all of it is done, rescored as a whole, with the 95 % interval
    that the choice of sites leaves; measures that serve the same criterion may gain a little more
    or less together than one by one.
    """

    steps: Steps
    limits: Limits
    plan: Plan
    chosen: tuple[Step, ...]
    after: Assessment
    gain: Difference | None
    greedy: Plan
    front: tuple[Plan, ...]

    @property
    def left(self) -> tuple[Step, ...]:
        """The measures that are not chosen, most marks for a person-day first."""
        codes = {step.measure.code for step in self.chosen}
        return tuple(step for step in self.steps.steps if step.measure.code not in codes)

    @property
    def by_unit(self) -> list[tuple[str, int, float, float]]:
        """Who does how much of the plan: name, measures, person-days, marks; most marks first."""
        rows: dict[str, list[float]] = {}
        for step in self.chosen:
            row = rows.setdefault(step.who, [0, 0.0, 0.0])
            row[0] += 1
            row[1] += step.measure.effort
            row[2] += step.measure.gain
        found = [(name, int(count), effort, gain) for name, (count, effort, gain) in rows.items()]
        return sorted(found, key=lambda row: (-row[3], row[0]))


def next_steps(
    framework: Framework, period: Period, division: Division, limits: Limits
) -> NextSteps:
    """The best measures within the limits, rescored together (SQL statements of `steps_of`)."""
    found = steps_of(framework, period, division)
    measures = [step.measure for step in found.steps]
    plan = best_plan(measures, limits)
    codes = {one.code for one in plan.measures}
    chosen = [step for step in found.steps if step.measure.code in codes]
    evidence = found.after(framework, chosen, year=period.last_day.year)
    population = found.known.population
    after = score(framework.document, evidence, population)
    return NextSteps(
        steps=found,
        limits=limits,
        plan=plan,
        chosen=tuple(chosen),
        after=after,
        gain=difference(
            framework.document, evidence, found.known.evidence, population, everything=True
        ),
        greedy=greedy_plan(measures, limits),
        front=tuple(front(measures, limits, steps=FRONT_STEPS)),
    )


def read_limits(given: Mapping[str, str]) -> tuple[Limits, list[str]]:
    """Limits from an address: `effort`, `each` (person-days) and `days`; what is wrong is said.

    Where nothing is said of the effort there are 100 person-days; an empty field is no limit.
    """
    problems: list[str] = []
    words = {
        "effort": _("Person-days in all"),
        "each": _("Person-days of each unit"),
        "days": _("Days until it must be done"),
    }

    def number(name: str, otherwise: float | None) -> float | None:
        text = given.get(name)
        if text is None:
            return otherwise
        if not text.strip():
            return None
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if isfinite(value) and 0 <= value <= 1_000_000:
            return value
        said = {"name": words[name], "text": text[:20]}
        problems.append(_("%(name)s: “%(text)s” is not a number from 0 to 1,000,000") % said)
        return otherwise

    limits = Limits(number("effort", USUAL_EFFORT), number("each", None), {}, number("days", None))
    return limits, problems


def set_efforts(given: Mapping[str, str], *, by: User) -> int:
    """Set the person-days of one place by effort key; what stays as it is is not written.

    Returns how many were set; all of them or, where one cannot be (NotSet), none.
    """
    allow(by, "assessment.plan")
    wanted: dict[str, float] = {}
    for key, text in given.items():
        try:
            days = float(text)
        except ValueError:
            days = float("nan")
        if not (isfinite(days) and 0 < days <= MOST_DAYS):
            words = {"key": key[:120], "text": text[:20]}
            raise NotSet(_("%(key)s: “%(text)s” is not a number of person-days above 0") % words)
        wanted[key] = days
    known = dict(Effort.objects.filter(key__in=list(wanted)).values_list("key", "days"))
    changed = {key: days for key, days in wanted.items() if known.get(key) != days}
    with transaction.atomic():
        for key, days in changed.items():
            Effort.objects.update_or_create(key=key, defaults={"days": days, "set_by": by})
    return len(changed)


def front_chart(found: NextSteps) -> Chart:
    """What more effort would buy: the gain of the best plan by its person-days."""
    plans = [plan for plan in found.front if plan.measures]
    return Chart(
        kind="lines",
        title=_("Effort against gain"),
        says=front_words(found),
        labels_are=_("Person-days"),
        labels=[f"{plan.effort:.0f}" for plan in plans],
        series=[Series(_("Marks gained"), [plan.gain for plan in plans])],
        unit=_("marks"),
        low=0,
    )


def front_words(found: NextSteps) -> str:
    """How far the first half of the effort goes, as a sentence."""
    most = found.front[-1]
    half = max((plan.gain for plan in found.front if plan.effort <= most.effort / 2), default=0.0)
    words = {
        "gain": f"{most.gain:.1f}",
        "effort": f"{most.effort:.0f}",
        "half": f"{100 * half / most.gain:.0f}" if most.gain else "0",
    }
    return (
        _(
            "All that is possible gains %(gain)s marks for %(effort)s person-days; the better half"
            " of that effort brings %(half)s%% of it."
        )
        % words
    )


def due_of(measure: Measure, today: date) -> date:
    """The day by which a measure can be done when it is begun today."""
    return today + timedelta(days=max(1, round(measure.days)))


def list_of(
    found: NextSteps,
    framework: Framework,
    period: Period,
    division: Division,
    *,
    title: str,
    key: str,
    by: User,
    today: date,
) -> tuple[ProblemList, int]:
    """Hand the chosen plan on as a problem list with units and deadlines, once for each `key`.

    Returns the list and how many measures are not on it because no unit holds their role. Raises
    BadList (nothing to hand on, no title) and NotAllowed.
    """
    drafts = [
        Draft(
            text=step.what,
            unit=step.unit,
            due=due_of(step.measure, today),
            criterion=f"{framework.code}/{step.criterion}",
            item=step.item,
            division=step.district,
            measures=_("About %(places)s places, %(effort).1f person-days; gains %(gain).2f marks")
            % {
                "places": step.places,
                "effort": step.measure.effort,
                "gain": step.measure.gain,
            },
        )
        for step in found.chosen
        if step.unit is not None
    ]
    made = make_list(
        by,
        title=title,
        source=ProblemList.Source.STEPS,
        division=division,
        items=drafts,
        key=key,
        framework=framework,
        period=period.text,
    )
    return made, len(found.chosen) - len(drafts)


def steps_workbook_of(found: NextSteps, filters: list[str], today: date) -> bytes:
    """The chosen measures as a list with unit and deadline, ready to be handed on."""
    headings = [
        (_("No."), 6), (_("Measure to take"), 44), (_("Place"), 14), (_("Unit"), 24), (_("Places"), 8),
        (_("Person-days"), 12), (_("Marks gained"), 12), (_("Criterion"), 12), (_("Deadline"), 12),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            number,
            step.what,
            step.district.name if step.district else "",
            step.who,
            step.places,
            round(step.measure.effort, 2),
            step.measure.gain,
            step.criterion,
            due_of(step.measure, today).isoformat(),
        ]
        for number, step in enumerate(found.chosen, 1)
    ]
    return workbook(Sheet(_("Next steps"), filters, headings, rows))
