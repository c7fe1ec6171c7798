"""Everything that would raise the marks of a place: what it gains, takes, and who does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import ceil
from typing import Any

from django.utils.translation import gettext as _

from meicheng.engine import frameworks as engine
from meicheng.engine.calendar import Limit
from meicheng.engine.planning import Measure
from meicheng.engine.scoring import NOTHING, Assessment, Change, Evidence, score, supposed
from meicheng.engine.scoring.rules import share as share_of
from meicheng.organisation.models import Unit, UnitRole
from meicheng.places.models import Division
from meicheng.standards.models import Criterion, Framework, Item
from meicheng.standards.packs import material_words, read_pack
from meicheng.standards.queries import said

from .failures import Failures, Where, failures_of
from .models import Effort
from .periods import Period
from .queries import Known, known_of

LEAST_GAIN = 0.005  # marks; what gains less is not worth a line
A_LITTLE = 1e-6  # beyond a step that must be passed, not reached


@dataclass(frozen=True)
class Step:
    """A measure as an officer reads it.

    places: what is put right: sites, cases or documents, as `measure.effort` counts them.
    where: the item and district whose failures it puts right; else `criterion` and `change`.
    effort_key: under which a city sets the person-days of one place (`Effort.key`).
    """

    measure: Measure
    what: str
    places: int
    each: float
    effort_key: str
    unit: Unit | None
    role: UnitRole | None
    district: Division | None = None
    where: Where | None = None
    item: str = ""
    criterion: str = ""
    change: Change | None = None

    @property
    def who(self) -> str:
        """Who does it: the unit, else the role that no unit holds."""
        return self.unit.name if self.unit else self.role.name if self.role else "–"

    @property
    def gain_for_a_day(self) -> float:
        """Marks for each person-day."""
        return self.measure.gain / self.measure.effort


@dataclass(frozen=True)
class Steps:
    """All measures of a place and what they are reckoned from.

    before: the marks once no veto holds, for what a veto rules out gains nothing.
    """

    known: Known
    before: Assessment
    failures: Failures
    steps: tuple[Step, ...]
    vetoes: tuple[str, ...]

    @property
    def efforts(self) -> list[tuple[str, str, float]]:
        """What one place takes by effort key, with what it is the effort of."""
        words = {
            step.effort_key: (
                _("one document") if step.effort_key == "material" else step.what,
                step.each,
            )
            for step in self.steps
        }
        return [(key, what, each) for key, (what, each) in sorted(words.items())]

    def after(self, framework: Framework, chosen: list[Step], *, year: int) -> dict[str, Evidence]:
        """The evidence when all of the chosen are done."""
        places = [step.where for step in chosen if step.where is not None]
        evidence = self.failures.mended(self.known.evidence, places)
        changes = {step.criterion: step.change for step in chosen if step.change is not None}
        return supposed(framework.document, evidence, changes, year=year)


@cache
def efforts() -> Mapping[str, Any]:
    """The shipped proposals for what measures take."""
    found: Mapping[str, Any] = read_pack("efforts")
    return found


def steps_of(framework: Framework, period: Period, division: Division) -> Steps:
    """Every measure that would raise the marks, each reckoned alone (at most 11 SQL statements).

    Failures are put right by item and district; figures and rates reach what gives full marks;
    lacking documents are filed. What people feel (surveys) has no measure of its own: it follows
    from the rest.
    """
    known = known_of(framework, period, division)
    vetoes = tuple(code for code, one in known.evidence.items() if one.occurred)
    cleared = {
        code: replace(one, occurred=False) if one.occurred else one
        for code, one in known.evidence.items()
    }
    known = Known(cleared, known.population)
    before = score(framework.document, known.evidence, known.population)
    failures = failures_of(framework, period, division)
    own = dict(Effort.objects.values_list("key", "days"))
    units = _Units(division)
    criteria = {one.code: one for one in framework.criteria.select_related("lead")}
    found = [
        *_places(known, before, failures, criteria, own, units, division),
        *_changes(framework, known, before, criteria, own, units, division, period),
    ]
    found.sort(key=lambda step: (-step.gain_for_a_day, step.measure.code))
    return Steps(known, before, failures, tuple(found), vetoes)


class _Units:
    """Which unit of a role does what lies in a district: its own, else the city's."""

    def __init__(self, division: Division) -> None:
        self.city = Division.objects.filter(parent__isnull=True).order_by("pk").first()
        self.found: dict[tuple[str, int | None], Unit] = {}
        active = Unit.objects.filter(active=True).select_related("division", "role")
        for unit in active.order_by("-code"):
            level = unit.division.district_id if unit.division.parent_id else None
            self.found[unit.role_id, level] = unit
        self.roles = {role.code: role for role in UnitRole.objects.all()}

    def of(self, role: str | None, district: int | None) -> tuple[Unit | None, UnitRole | None]:
        if not role:
            return None, None
        unit = self.found.get((role, district)) or self.found.get((role, None))
        return unit, self.roles.get(role)


def _places(
    known: Known,
    before: Assessment,
    failures: Failures,
    criteria: Mapping[str, Criterion],
    own: Mapping[str, float],
    units: _Units,
    division: Division,
) -> Iterator[Step]:
    marks = {one.code: one for one in before.criteria}
    wanted = {item for item, _district in failures.seen}
    items = Item.objects.select_related("opens").in_bulk(wanted)
    districts = Division.objects.defer("outline").in_bulk(
        {district for _item, district in failures.seen if district is not None}
    )
    for where, kinds in failures.seen.items():
        item = items[where[0]]
        right = failures.mended(known.evidence, [where])
        gain = sum(
            marks[code].worth * ((share_of(right[code], criteria[code].rule) or 0.0) - now)
            for code in failures.touched([where])
            if (now := marks[code].share) is not None
        )
        if gain < LEAST_GAIN:
            continue
        places = 0.0
        for kind, one in kinds.items():
            asked = one.failed + one.passed
            sites = known.population.get(f"{where[1]}/{kind}")
            share = one.failed / asked if asked else 0.0
            places += share * sites if sites else one.problems
        count = max(1, ceil(places - A_LITTLE))
        each, days = _of_place(item)
        each = own.get(f"item:{item.code}", each)
        role = item.role_id or (item.opens.role_id if item.opens else None)
        if role is None:
            role = next((c.lead_id for c in _led(failures, where, criteria) if c.lead_id), None)
        unit, holder = units.of(role, where[1])
        district = districts.get(where[1]) if where[1] is not None else None
        yield Step(
            measure=Measure(
                code=f"{item.code}@{district.code if district else ''}",
                gain=gain,
                effort=count * each,
                unit=unit.code if unit else f"role:{role or ''}",
                days=days,
            ),
            what=item.name,
            places=count,
            each=each,
            effort_key=f"item:{item.code}",
            unit=unit,
            role=holder,
            district=district or division,
            where=where,
            item=item.code,
            criterion=_most(failures, where, marks),
        )


def _led(
    failures: Failures, where: Where, criteria: Mapping[str, Criterion]
) -> Iterator[Criterion]:
    return (criteria[code] for code in sorted(failures.touched([where])))


def _most(failures: Failures, where: Where, marks: Mapping[str, Any]) -> str:
    """Of the criteria that a measure touches, the one that loses most."""
    return max(sorted(failures.touched([where])), key=lambda code: marks[code].lost)


def _of_place(item: Item) -> tuple[float, float]:
    """Person-days and days of one place, from the limit of the case that a failure opens."""
    if item.opens is None:
        plain = efforts()["place_without_limit"]
        return plain["person_days"], plain["days"]
    limit = Limit.parse(item.opens.limit)
    a_day = {"wh": 8.0, "h": 24.0, "d": 1.0, "wd": 5.0 / 7.0}[limit.measure]
    days = limit.amount / a_day
    row = next(row for row in efforts()["place"] if days <= row["within_days"])
    return row["person_days"], days


def _changes(
    framework: Framework,
    known: Known,
    before: Assessment,
    criteria: Mapping[str, Criterion],
    own: Mapping[str, float],
    units: _Units,
    division: Division,
    period: Period,
) -> Iterator[Step]:
    """Documents to file, figures and rates to raise."""
    bare = {code: replace(one, sites=()) for code, one in known.evidence.items()}
    year = period.last_day.year
    for one in before.criteria:
        criterion = criteria[one.code]
        evidence = known.evidence.get(one.code, NOTHING)
        step = _change(criterion, evidence, year)
        if step is None or (one.share is not None and one.share >= 1.0):
            continue
        change, what, places, kind = step
        then = supposed(framework.document, bare, {one.code: change}, year=year)
        after = score(framework.document, then)
        if after.marks is None or before.marks is None:
            continue
        gain = after.marks - before.marks
        if gain < LEAST_GAIN:
            continue
        plain = efforts()[kind]
        key = "material" if kind == "material" else f"criterion:{framework.code}/{one.code}"
        each = own.get(key, plain["person_days"])
        district = division.district_id if division.parent_id else None
        unit, role = units.of(criterion.lead_id, district)
        yield Step(
            measure=Measure(
                code=f"{framework.code}/{one.code}",
                gain=gain,
                effort=places * each,
                unit=unit.code if unit else f"role:{criterion.lead_id or ''}",
                days=plain["days"],
            ),
            what=what,
            places=places,
            each=each,
            effort_key=key,
            unit=unit,
            role=role,
            district=division,
            criterion=one.code,
            change=change,
        )


def _change(
    criterion: Criterion, evidence: Evidence, year: int
) -> tuple[Change, str, int, str] | None:
    """What would give a criterion full marks: the change, its words, its places, its kind."""
    rule = criterion.rule
    words: dict[str, Any] = {"name": criterion.name}
    if rule["kind"] == "materials":
        lacking = [code for code in rule["needs"] if code not in evidence.accepted]
        words["documents"] = _("; ").join(said(material_words(code)) for code in lacking)
        what = _("File for “%(name)s”: %(documents)s") % words
        return Change(accepted=frozenset(rule["needs"])), what, len(lacking), "material"
    if rule["kind"] == "rate" and evidence.rate is not None:
        hits, among = evidence.rate
        share = _full(rule, evidence, year)
        share = 1.0 if share is None else min(1.0, max(0.0, share / 100.0))
        words["to"] = f"{share * 100:.0f}%"
        what = _("Bring “%(name)s” to %(to)s") % words
        cases = max(1, ceil(abs(share * among - hits) - A_LITTLE))
        return Change(share=share), what, cases, "case"
    if rule["kind"] in {"target", "grade", "trend"} and evidence.number is not None:
        number = _full(rule, evidence, year)
        if number is None:
            return None
        words["to"] = said(engine.unit_words(round(number, 4), criterion.unit))
        words["now"] = said(engine.unit_words(evidence.number, criterion.unit))
        what = _("Bring “%(name)s” from %(now)s to %(to)s") % words
        return Change(number=number), what, 1, "figure"
    return None


def _full(rule: Mapping[str, Any], evidence: Evidence, year: int) -> float | None:
    """The figure from which on a rule gives full marks; None where none alone does."""
    for name in ("equals", "at_least", "at_most"):
        if name in rule:
            return float(rule[name])
    if rule["kind"] == "grade":
        best = max(rule["steps"], key=lambda step: step["share"])
        if "needs" in best:
            return float(best["needs"])
        beyond = A_LITTLE if "above" in best else -A_LITTLE
        return float(best["above" if "above" in best else "below"]) + beyond
    if rule["kind"] != "trend":
        return None
    earlier = [value for when, value in evidence.yearly if when < year]
    if "not_above_mean_of" in rule:
        last = earlier[-int(rule["not_above_mean_of"]) :]
        return sum(last) / len(last) if last else None
    if not earlier:
        return None
    return earlier[-1] + (-A_LITTLE if rule["direction"] == "falling" else A_LITTLE)
