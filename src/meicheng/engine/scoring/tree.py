"""A framework's tree, its evidence, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import erf, sqrt
from typing import Any

from .evidence import NOTHING, Evidence
from .rules import share
from .variance import Sampled, SiteErrors

Z95 = 1.959963984540054


@dataclass(frozen=True)
class NodeMark:
    """A node's marks: estimated over what is known, and strictly with what is missing as nothing.

    `interval` is the 95 % interval of its share, None where no sampled sites tell of it.
    """

    code: str
    parent: str | None
    full_marks: float
    marks: float | None
    strict_marks: float
    share: float | None
    coverage: float
    lost: float | None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class CriterionMark:
    """A criterion's share and marks; `full_marks` is its part of the whole standard.

    `worth` is that part once the weight of what is missing is spread over what is known: the
    worths of all known criteria add up to the standard's full marks, and what each loses,
    worth × (1 − share), to the whole loss. A bonus is worth its marks on top of them.
    """

    code: str
    node: str
    method: str
    share: float | None
    marks: float | None
    full_marks: float
    observations: int
    sites: int
    missing: bool
    carried: bool
    worth: float = 0.0
    bonus: bool = False

    @property
    def lost(self) -> float:
        """Marks of the total that this criterion loses; a bonus not won loses nothing."""
        return 0.0 if self.share is None or self.bonus else self.worth * (1.0 - self.share)


@dataclass(frozen=True)
class Assessment:
    """What a standard says about a place in a period."""

    full_marks: float
    marks: float | None
    interval: tuple[float, float] | None
    strict_marks: float
    coverage: float
    pass_at_least: float | None
    pass_probability: float | None
    vetoes: tuple[str, ...]
    nodes: tuple[NodeMark, ...]
    criteria: tuple[CriterionMark, ...]

    def node(self, code: str) -> NodeMark:
        return next(node for node in self.nodes if node.code == code)


def score(
    document: Mapping[str, Any],
    evidence: Mapping[str, Evidence],
    population: Mapping[str, int] | None = None,
    *,
    variances: Mapping[str, float] | None = None,
) -> Assessment:
    """Marks of a framework (as the framework format writes it) from evidence by criterion code.

    A criterion's share comes from its rule. A node's share is the mean of its parts by weight over
    those that are known; its coverage the weight known. A node that holds nothing but vetoes has no
    weight. Bonus nodes add up to their weight in marks on top of `full_marks`. A veto that occurred
    leaves what it rules out with nothing. `population` is the number of sites of each stratum that
    was drawn from; where it is known, intervals are narrower by the finite population. Where the sums
    by site are kept elsewhere, `variances` are those of each node's sampled marks, by code, and of
    the whole, by "" (`sampled_parts` and `linearised` say of what).

    Worked example: two criteria of weights 30 and 10 with shares 0.9 and unknown, full marks 100:
    estimate 90, strict (30 × 0.9)/40 × 100 = 67.5, coverage 0.75.
    """
    return _Scoring(document, evidence, population or {}, variances).run()


def sampled_parts(document: Mapping[str, Any], evidence: Mapping[str, Evidence]) -> list[Sampled]:
    """Each sampled criterion's worth in the total with its sums by site, as the interval uses."""
    scoring = _Scoring(document, evidence, {}, {})
    scoring.run()
    return scoring.sampled


class _Scoring:
    def __init__(
        self,
        document: Mapping[str, Any],
        evidence: Mapping[str, Evidence],
        population: Mapping[str, int],
        variances: Mapping[str, float] | None,
    ) -> None:
        self.document = document
        self.evidence = evidence
        self.errors = SiteErrors(population)
        self.variances = variances
        self.shares: dict[str, float | None] = {}
        self.nodes: list[NodeMark] = []
        self.criteria: list[CriterionMark] = []
        self.sampled: list[Sampled] = []
        self.in_bonus = False
        self.occurred = {
            criterion["code"]: criterion["rule"]["rules_out"]
            for criterion in _criteria(document["nodes"])
            if criterion["rule"]["kind"] == "veto"
            and evidence.get(criterion["code"], NOTHING).occurred
        }

    def run(self) -> Assessment:
        for criterion in _criteria(self.document["nodes"]):
            if criterion["rule"]["kind"] != "veto":
                found = self.evidence.get(criterion["code"], NOTHING)
                self.shares[criterion["code"]] = share(found, criterion["rule"])
        full = float(self.document["full_marks"])
        tops = self.document["nodes"]
        basic = [node for node in tops if not node.get("bonus")]
        ruled_out = "framework" in self.occurred.values()
        basic_weight = sum(_weight(node) for node in basic)
        known_weight = sum(_weight(node) * self._coverage(node) for node in basic)
        known = [node for node in basic if self._share(node) is not None and _weight(node)]
        known_tops = sum(_weight(node) for node in known)
        for node in tops:
            if node.get("bonus"):
                node_full = estimate = _weight(node)
            else:
                node_full = full * _weight(node) / basic_weight if basic_weight else 0.0
                estimate = full * _weight(node) / known_tops if known_tops else 0.0
            self.in_bonus = bool(node.get("bonus"))
            self._walk(node, None, node_full, estimate, ruled_out)
        marks: float | None = None
        if known_tops:
            marks = sum(
                full * _weight(node) / known_tops * (self._share(node) or 0.0) for node in known
            )
            marks += sum(_weight(n) * (self._share(n) or 0.0) for n in tops if n.get("bonus"))
        strict = sum(node.strict_marks for node in self.nodes if node.parent is None)
        if ruled_out:
            marks, strict = (0.0 if marks is not None else None), 0.0
        variance = None if ruled_out else self._variance("", self.sampled)
        interval = None
        if marks is not None and variance is not None:
            half = Z95 * sqrt(variance)
            most = full + sum(_weight(node) for node in tops if node.get("bonus"))
            interval = (max(0.0, marks - half), min(most, marks + half))
        needed = (self.document.get("pass") or {}).get("at_least")
        return Assessment(
            full_marks=full,
            marks=marks,
            interval=interval,
            strict_marks=strict,
            coverage=known_weight / basic_weight if basic_weight else 0.0,
            pass_at_least=needed,
            pass_probability=_chance(marks, variance, needed, ruled_out),
            vetoes=tuple(sorted(self.occurred)),
            nodes=tuple(self.nodes),
            criteria=tuple(self.criteria),
        )

    def _ruled_out(self, node: Mapping[str, Any]) -> bool:
        return node["code"] in self.occurred.values()

    def _parts(self, node: Mapping[str, Any]) -> Iterator[tuple[float, float | None, float]]:
        """Weight, share and coverage of a node's weighted children and criteria."""
        for child in node.get("children") or []:
            if _weight(child):
                yield _weight(child), self._share(child), self._coverage(child)
        for criterion in node.get("criteria") or []:
            if criterion["rule"]["kind"] != "veto":
                value = self.shares[criterion["code"]]
                yield float(criterion["weight"]), value, 0.0 if value is None else 1.0

    def _share(self, node: Mapping[str, Any]) -> float | None:
        if self._ruled_out(node):
            return 0.0
        known = [(weight, value) for weight, value, _c in self._parts(node) if value is not None]
        total = sum(weight for weight, _value in known)
        return sum(weight * value for weight, value in known) / total if total else None

    def _coverage(self, node: Mapping[str, Any]) -> float:
        parts = list(self._parts(node))
        total = sum(weight for weight, _value, _c in parts)
        return sum(weight * covered for weight, _value, covered in parts) / total if total else 0.0

    def _walk(
        self,
        node: Mapping[str, Any],
        parent: str | None,
        full: float,
        estimate: float,
        ruled_out: bool,
    ) -> float:
        """Note a node and what is below it; return its strict marks.

        `full` is its part of the standard, `estimate` its part once spread over what is known.
        """
        ruled_out = ruled_out or self._ruled_out(node)
        value = self._share(node)
        position, first_sample = len(self.nodes), len(self.sampled)
        self.nodes.append(NodeMark(node["code"], parent, full, None, 0.0, None, 0.0, None))
        parts = list(self._parts(node))
        weight = sum(part for part, _value, _c in parts)
        known = sum(part for part, found, _c in parts if found is not None)
        strict = 0.0
        for child in node.get("children") or []:
            part = _weight(child)
            has_share = self._share(child) is not None
            strict += self._walk(
                child,
                node["code"],
                full * part / weight if weight else 0.0,
                estimate * part / known if known and has_share else 0.0,
                ruled_out,
            )
        for criterion in node.get("criteria") or []:
            if criterion["rule"]["kind"] == "veto":
                self._note_veto(criterion, node["code"])
                continue
            part = float(criterion["weight"])
            strict += self._note(
                criterion,
                node["code"],
                full * part / weight,
                estimate * part / known if known else 0.0,
                ruled_out,
            )
        if ruled_out:
            value = 0.0 if value is not None else None
        self.nodes[position] = NodeMark(
            code=node["code"],
            parent=parent,
            full_marks=full,
            marks=None if value is None else full * value,
            strict_marks=strict,
            share=value,
            coverage=self._coverage(node),
            lost=None if value is None else full * (1.0 - value),
            interval=self._interval(node["code"], value, self.sampled[first_sample:], estimate),
        )
        return strict

    def _note(
        self,
        criterion: Mapping[str, Any],
        node: str,
        full: float,
        estimate: float,
        ruled_out: bool,
    ) -> float:
        code = criterion["code"]
        found = self.evidence.get(code, NOTHING)
        value = self.shares[code]
        if value is not None and ruled_out:
            value = 0.0
        self.criteria.append(
            CriterionMark(
                code=code,
                node=node,
                method=criterion["method"],
                share=value,
                marks=None if value is None else full * value,
                full_marks=full,
                observations=found.observations,
                sites=found.site_count,
                missing=value is None,
                carried=found.carried,
                worth=0.0 if value is None else estimate,
                bonus=self.in_bonus,
            )
        )
        drawn = criterion["rule"]["kind"] == "pass_rate" and (found.sites or found.site_count)
        if drawn and value is not None and not ruled_out:
            answered = found.values.get("yes", 0.0) + found.values.get("no", 0.0)
            self.sampled.append(Sampled(estimate, found.sites, answered, value, code))
        return full * value if value is not None else 0.0

    def _note_veto(self, criterion: Mapping[str, Any], node: str) -> None:
        found = self.evidence.get(criterion["code"], NOTHING)
        self.criteria.append(
            CriterionMark(
                code=criterion["code"],
                node=node,
                method="veto",
                share=None,
                marks=None,
                full_marks=0.0,
                observations=found.observations,
                sites=0,
                missing=False,
                carried=found.carried,
            )
        )

    def _variance(self, code: str, parts: list[Sampled]) -> float | None:
        """Of the marks of these parts, which are all that is sampled of a node or ("") of all."""
        if self.variances is not None:
            return self.variances.get(code)
        return self.errors.variance(parts)

    def _interval(
        self, code: str, share: float | None, sampled: list[Sampled], estimate: float
    ) -> tuple[float, float] | None:
        """95 % interval of a node's share from the samples below it, worth `estimate` marks."""
        variance = self._variance(code, sampled) if sampled and estimate else None
        if share is None or variance is None:
            return None
        half = Z95 * sqrt(variance) / estimate
        return max(0.0, share - half), min(1.0, share + half)


def _criteria(nodes: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for node in nodes:
        yield from node.get("criteria") or []
        yield from _criteria(node.get("children") or [])


def _weight(node: Mapping[str, Any]) -> float:
    return float(node.get("weight") or 0.0)


def _chance(
    marks: float | None, variance: float | None, needed: float | None, ruled_out: bool
) -> float | None:
    """Chance that the true marks reach what is needed, by the normal approximation."""
    if needed is None or marks is None:
        return None
    if ruled_out:
        return 0.0
    if variance is None:
        return None
    if variance == 0:
        return 1.0 if marks >= needed else 0.0
    return 0.5 * (1.0 + erf((marks - needed) / sqrt(2.0 * variance)))
