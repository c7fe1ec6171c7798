"""What the marks would be if something were better, or worse, than it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .evidence import NOTHING, Evidence, SiteSum
from .rules import Rule, share

BY_SHARE = {"pass_rate", "share_of_answers", "rate"}
BY_NUMBER = {"target", "grade", "trend"}


@dataclass(frozen=True)
class Change:
    """What is supposed of one criterion; the one field that its rule's kind needs is set.

    share: of answers that pass, of an answer's worth, or of cases, from 0 to 1.
    number: the figure, in the criterion's unit.
    accepted: the materials that are accepted.
    problems: how many problems are found.
    occurred: whether a veto's event holds.
    """

    share: float | None = None
    number: float | None = None
    accepted: frozenset[str] | None = None
    problems: float | None = None
    occurred: bool | None = None


def field_of(rule: Rule) -> str:
    """Which field of a `Change` a rule of this kind is changed by.

    >>> field_of({"kind": "pass_rate"}), field_of({"kind": "target", "at_least": 95})
    ('share', 'number')
    """
    kind = rule["kind"]
    if kind in BY_SHARE:
        return "share"
    if kind in BY_NUMBER:
        return "number"
    return {"deduct": "problems", "materials": "accepted", "veto": "occurred"}[kind]


def supposed(
    document: Mapping[str, Any],
    evidence: Mapping[str, Evidence],
    changes: Mapping[str, Change],
    *,
    year: int,
) -> dict[str, Evidence]:
    """The evidence as it would be with `changes` by criterion code, ready for `score`.

    A higher share of passes is had by mending the same part of every site's failures, a lower one
    by losing the same part of its passes, so that sites differ as they did and the interval keeps
    its meaning: with passes y_i of n_i at site i, p = Σy/Σn and the supposed share q > p,

        y_i' = y_i + (n_i − y_i)(q − p)/(1 − p)

    A figure becomes the latest, that of `year`. A criterion of which nothing is known becomes
    known, without sites. Raises ValueError for a code that the standard does not have, for a field
    that its rule does not take, and for a value out of its range.

    Worked example: sites with 3 of 4 and 1 of 4 passes, p = 0.5, supposed 0.75: half of the
    failures are mended, 3.5 of 4 and 2.5 of 4.
    """
    rules = _rules(document["nodes"])
    result = dict(evidence)
    for code, change in changes.items():
        if code not in rules:
            raise ValueError(f"the standard has no criterion {code}")
        result[code] = _changed(code, rules[code], evidence.get(code, NOTHING), change, year)
    return result


def _changed(code: str, rule: Rule, found: Evidence, change: Change, year: int) -> Evidence:
    wanted = field_of(rule)
    given = [name for name, value in vars(change).items() if value is not None]
    if given != [wanted]:
        raise ValueError(
            f"criterion {code} ({rule['kind']}) is changed by {wanted}; given: {', '.join(given)}"
        )
    if change.share is not None:
        if not 0 <= change.share <= 1:
            raise ValueError(f"criterion {code}: {change.share} is not a share from 0 to 1")
        return _with_share(rule, found, change.share)
    if change.number is not None:
        before = [(when, value) for when, value in found.yearly if when < year]
        return replace(
            found,
            observations=max(1, found.observations),
            number=change.number,
            carried=False,
            yearly=(*before, (year, change.number)),
        )
    if change.accepted is not None:
        strange = change.accepted - set(rule["needs"])
        if strange:
            raise ValueError(f"criterion {code} needs no {', '.join(sorted(strange))}")
        return replace(found, observations=max(1, found.observations), accepted=change.accepted)
    if change.problems is not None:
        if change.problems < 0:
            raise ValueError(f"criterion {code}: {change.problems} problems; expected 0 or more")
        return _with_problems(found, change.problems)
    return replace(found, occurred=bool(change.occurred))


def _with_share(rule: Rule, found: Evidence, wanted: float) -> Evidence:
    if rule["kind"] == "rate":
        among = found.rate[1] if found.rate else 1.0
        return replace(found, observations=max(1, found.observations), rate=(wanted * among, among))
    if rule["kind"] == "share_of_answers":
        return _with_answers(rule, found, wanted)
    total = found.values.get("yes", 0.0) + found.values.get("no", 0.0)
    now = share(found, rule)
    values = dict(found.values)
    values["yes"], values["no"] = wanted * (total or 1.0), (1.0 - wanted) * (total or 1.0)
    return replace(
        found,
        observations=max(1, found.observations),
        values=values,
        sites=[] if now is None else _sites_with_share(found.sites, wanted),
    )


def _sites_with_share(sites: Sequence[SiteSum], wanted: float) -> list[SiteSum]:
    """Every site's sums once the same part of its failures is mended, or of its passes lost."""
    among = sum(site.among for site in sites)
    if among <= 0:
        return []
    now = sum(site.hits for site in sites) / among
    if wanted >= now:
        part = (wanted - now) / (1.0 - now) if now < 1.0 else 0.0
        return [s._replace(hits=s.hits + part * (s.among - s.hits)) for s in sites]
    return [s._replace(hits=s.hits * wanted / now) for s in sites]


def _with_answers(rule: Rule, found: Evidence, wanted: float) -> Evidence:
    """Answers mixed with as many of the best, or of none worth anything, as the share needs."""
    counts: Mapping[str, float] = rule["counts"]
    best = max(counts, key=lambda code: counts[code])
    if wanted > counts[best] + 1e-12:
        raise ValueError(f"no answer counts more than {counts[best]:g}; {wanted:g} was supposed")
    now = share(found, rule)
    if now is None:
        part = wanted / counts[best]
        values = {best: part, "none": 1.0 - part}
        return replace(found, observations=max(1, found.observations), values=values)
    values = {code: weight for code, weight in found.values.items() if code != "no_answer"}
    total = sum(values.values())
    if wanted >= now:
        part, other = ((wanted - now) / (counts[best] - now) if now < counts[best] else 0.0), best
    else:
        part, other = (now - wanted) / now, "none"
    mixed = {code: weight * (1.0 - part) for code, weight in values.items()}
    mixed[other] = mixed.get(other, 0.0) + part * total
    return replace(found, values=mixed)


def _with_problems(found: Evidence, wanted: float) -> Evidence:
    """As many problems as supposed; their kinds keep their parts."""
    part = wanted / found.problems if found.problems else 0.0
    return replace(
        found,
        observations=max(1, found.observations),
        problems=wanted,
        problems_by_kind={kind: count * part for kind, count in found.problems_by_kind.items()},
    )


def _rules(nodes: Sequence[Mapping[str, Any]]) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for node in nodes:
        rules |= {one["code"]: one["rule"] for one in node.get("criteria") or []}
        rules |= _rules(node.get("children") or [])
    return rules
