"""Supposing shares, figures, materials and problems otherwise, and keeping what was supposed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from meicheng.engine.frameworks.ranges import in_range
from meicheng.engine.scoring import NOTHING, Assessment, Change, Evidence, score, supposed
from meicheng.engine.scoring.whatif import BY_SHARE, field_of
from meicheng.ledger.reading import ends_words
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.standards.actions import criteria_of
from meicheng.standards.models import Framework
from meicheng.standards.packs import material_words
from meicheng.standards.queries import said

from .models import Scenario
from .naming import word
from .periods import Period
from .queries import known_of

LEVERS = 10  # that are shown unasked: those that lose most


class NotSupposed(ValueError):
    """A change that cannot be supposed; the message says which, and what was expected."""


@dataclass(frozen=True)
class Lever:
    """One criterion as it can be supposed: what is known of it, and what is supposed.

    `field` is a `Change`'s; shares stand in per cent. `worth` is what the criterion can gain.
    """

    code: str
    name: str
    field: str
    now: float | None
    supposed: float | None
    unit: str
    lost: float
    missing: bool
    needs: tuple[tuple[str, str, bool, bool], ...] = ()  # code, name, accepted now, supposed

    @property
    def moved(self) -> bool:
        """Whether something else is supposed than is."""
        if self.field == "accepted":
            return any(now != then for _code, _name, now, then in self.needs)
        return self.supposed is not None and (
            self.now is None or abs(self.supposed - self.now) > 1e-9
        )


@dataclass(frozen=True)
class WhatIf:
    """The marks as they are and as they would be."""

    before: Assessment
    after: Assessment
    levers: tuple[Lever, ...]

    @property
    def gain(self) -> float | None:
        """Marks gained, where both are known."""
        if self.before.marks is None or self.after.marks is None:
            return None
        return self.after.marks - self.before.marks


def what_if(
    framework: Framework,
    period: Period,
    division: Division,
    changes: Mapping[str, Change],
    *,
    also: Sequence[str] = (),
) -> WhatIf:
    """The marks with `changes` by criterion code, and the levers worth showing.

    Levers are the changed criteria, those of `also`, and the ten that lose most. Raises
    NotSupposed.
    """
    known = known_of(framework, period, division)
    found = known.evidence
    before = score(framework.document, found, known.population)
    try:
        then = supposed(framework.document, found, changes, year=period.last_day.year)
    except ValueError as problem:
        raise NotSupposed(str(problem)) from None
    after = score(framework.document, then, known.population)
    shown = {*changes, *also}
    levers = _levers(framework, before, found, then, changes, shown)
    return WhatIf(before, after, tuple(levers))


def rules_of(framework: Framework) -> dict[str, Mapping[str, Any]]:
    """The criteria of a standard as its document writes them, by code."""
    return {row["code"]: row for _node, row in criteria_of(framework.document["nodes"])}


def read_changes(framework: Framework, given: Mapping[str, list[str]]) -> dict[str, Change]:
    """Changes from a form: `c:CODE` a number (per cent for shares), `m:CODE` materials.

    An empty field supposes nothing. Raises NotSupposed with all that is wrong.
    """
    rules = rules_of(framework)
    changes: dict[str, Change] = {}
    wrong: list[str] = []
    for name, values in given.items():
        mark, _colon, code = name.partition(":")
        if mark not in {"c", "m"}:
            continue
        if code not in rules:
            wrong.append(_("This standard has no criterion “%(code)s”") % {"code": code[:40]})
            continue
        try:
            change = _read_change(rules[code], values)
        except ValueError as problem:
            wrong.append(f"{code} {word(rules[code]['name'])}: {problem}")
            continue
        if change is not None:
            changes[code] = change
    if wrong:
        raise NotSupposed("\n".join(wrong))
    return changes


def written(changes: Mapping[str, Change]) -> list[tuple[str, str]]:
    """Changes as the fields of an address, as `read_changes` reads them."""
    pairs: list[tuple[str, str]] = []
    for code, change in sorted(changes.items()):
        if change.accepted is not None:
            pairs.append((f"m:{code}", "-"))
            pairs += [(f"m:{code}", material) for material in sorted(change.accepted)]
        elif change.share is not None:
            pairs.append((f"c:{code}", f"{change.share * 100:g}"))
        elif change.occurred is not None:
            pairs.append((f"c:{code}", "1" if change.occurred else "0"))
        else:
            number = change.number if change.number is not None else change.problems
            pairs.append((f"c:{code}", f"{number:g}"))
    return pairs


def save_scenario(
    framework: Framework,
    period: Period,
    division: Division,
    changes: Mapping[str, Change],
    *,
    name: str,
    by: User,
) -> Scenario:
    """Keep what was supposed under a name that no other scenario of the standard has."""
    allow(by, "assessment.plan", division=division)
    name = name.strip()[:80]
    if not name:
        raise NotSupposed(_("Give the scenario a name"))
    if not changes:
        raise NotSupposed(_("Nothing is supposed otherwise yet: move something first"))
    try:
        with transaction.atomic():
            return Scenario.objects.create(
                framework=framework,
                name=name,
                period=period.text,
                division=division,
                changes={code: _as_data(change) for code, change in changes.items()},
                made_by=by,
            )
    except IntegrityError:
        raise NotSupposed(_("There is a scenario “%(name)s” already") % {"name": name}) from None


def delete_scenario(scenario: Scenario, *, by: User) -> None:
    """Throw a scenario away; nothing else depends on it."""
    allow(by, "assessment.plan", division=scenario.division)
    scenario.delete()


def scenarios(framework: Framework) -> QuerySet[Scenario]:
    """The scenarios of a standard, newest first (1 SQL statement)."""
    return Scenario.objects.filter(framework=framework).select_related("division", "made_by")


def changes_of(scenario: Scenario) -> dict[str, Change]:
    """What a scenario supposes."""
    changes = {}
    for code, data in scenario.changes.items():
        fields: dict[str, Any] = {
            name: frozenset(value) if name == "accepted" else value for name, value in data.items()
        }
        changes[code] = Change(**fields)
    return changes


def _as_data(change: Change) -> dict[str, Any]:
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in asdict(change).items()
        if value is not None
    }


def _read_change(criterion: Mapping[str, Any], values: list[str]) -> Change | None:
    rule, unit = criterion["rule"], str(criterion.get("unit", ""))
    field = field_of(rule)
    if field == "accepted":
        named = frozenset(value for value in values if value not in {"", "-"})
        strange = named - set(rule["needs"])
        if strange:
            raise ValueError(_("there is no material “%(name)s”") % {"name": sorted(strange)[0]})
        return Change(accepted=named)
    text = values[-1].strip().rstrip("%％").strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number != number or abs(number) == float("inf"):
        raise ValueError(_("“%(text)s” is not a number") % {"text": text[:20]})
    if field == "share":
        if not 0 <= number <= 100:
            raise ValueError(_("%(number)g is not between 0 and 100 per cent") % {"number": number})
        return Change(share=number / 100)
    if field == "problems":
        if number < 0:
            raise ValueError(_("there cannot be fewer than 0 problems"))
        return Change(problems=number)
    if field == "occurred":
        return Change(occurred=number != 0)
    if not in_range(number, unit):
        words = {"number": number, "ends": ends_words(unit)}
        raise ValueError(_("%(number)g is not possible; expected %(ends)s") % words)
    return Change(number=number)


def _levers(
    framework: Framework,
    before: Assessment,
    found: Mapping[str, Evidence],
    then: Mapping[str, Evidence],
    changes: Mapping[str, Change],
    shown: set[str],
) -> Iterator[Lever]:
    rows = rules_of(framework)
    marks = [one for one in before.criteria if one.method != "veto"]
    lost = {one.code: one.lost for one in marks}
    order = sorted(marks, key=lambda one: -one.lost)
    shown = shown | {one.code for one in order[:LEVERS] if one.lost > 0.005}
    for one in [m for m in order if m.code in shown] + [
        m for m in before.criteria if m.method == "veto" and m.code in shown
    ]:
        row = rows[one.code]
        rule, field = row["rule"], field_of(row["rule"])
        yield Lever(
            code=one.code,
            name=word(row["name"]),
            field=field,
            now=_value(rule, found.get(one.code, NOTHING), one.share),
            supposed=_value(rule, then.get(one.code, NOTHING), _share_of(changes.get(one.code)))
            if one.code in changes
            else None,
            unit="%" if rule["kind"] in BY_SHARE else str(row.get("unit", "")),
            lost=lost.get(one.code, 0.0),
            missing=one.missing,
            needs=_needs(rule, found.get(one.code, NOTHING), then.get(one.code, NOTHING)),
        )


def _share_of(change: Change | None) -> float | None:
    return None if change is None else change.share


def _value(rule: Mapping[str, Any], evidence: Evidence, known: float | None) -> float | None:
    """What stands in a lever's field: per cent, a figure, problems, or 1 for what occurred."""
    field = field_of(rule)
    if rule["kind"] == "rate":
        rate = evidence.rate
        return None if rate is None else round(rate[0] / rate[1] * 100, 1)
    if field == "share":
        return None if known is None else round(known * 100, 1)
    if field == "number":
        return evidence.number
    if field == "problems":
        return evidence.problems if evidence.observations else None
    if field == "occurred":
        return float(evidence.occurred)
    return None


def _needs(
    rule: Mapping[str, Any], found: Evidence, then: Evidence
) -> tuple[tuple[str, str, bool, bool], ...]:
    if rule["kind"] != "materials":
        return ()
    return tuple(
        (code, said(material_words(code)), code in found.accepted, code in then.accepted)
        for code in rule["needs"]
    )
