"""What failed by item, district and kind of site, and the evidence once it is put right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from meicheng.engine.scoring import Evidence, SiteSum
from meicheng.places.models import Division
from meicheng.standards.models import Framework

from .counted import answers, problem_numbers
from .evidence import Served, served_items, serving
from .periods import Period

Where = tuple[int, int | None]  # an item and a district (None: no district's own)


@dataclass
class Seen:
    """An item's answers in a district at one kind of site ("": no matter of a site)."""

    failed: float = 0.0
    passed: float = 0.0
    problems: float = 0.0  # as `deduct` counts them: each "no" once, numbers as they are


@dataclass(frozen=True)
class Failures:
    """What failed in a place and period under a standard.

    seen: by item and district, then by kind of site. served: the criteria that an item serves.
    opened: the kind of case that an item's "no" opens.
    """

    seen: dict[Where, dict[str, Seen]]
    served: Mapping[int, list[Served]]
    opened: Mapping[int, str]

    def touched(self, chosen: Collection[Where]) -> set[str]:
        """The criteria whose marks move when these failures are put right."""
        return {
            row.code
            for where in chosen
            for kind in self.seen[where]
            for row in self.served[where[0]]
            if row.rule in {"pass_rate", "deduct"} and row.at(kind)
        }

    def mended(
        self, evidence: Mapping[str, Evidence], chosen: Collection[Where]
    ) -> dict[str, Evidence]:
        """The evidence with the failures of these items in these districts put right.

        The answers' sums are exact. Within a district and kind of site every site is mended by the
        same part of its failures of a criterion, so that the sums of each stratum are exact too,
        and the interval keeps its meaning.

        Worked example: of a criterion's 10 failures at lanes in LC 4 are of the item chosen: each
        lane loses 4/10 of its failures, and 4 answers move from "no" to "yes".
        """
        right = self._sums(chosen)
        every = self._sums(self.seen)
        result = dict(evidence)
        for code, ours in right.items():
            parts = {
                f"{district}/{kind}": weight / every[code].by[district, kind]
                for (district, kind), weight in ours.by.items()
            }
            result[code] = _mended(evidence[code], ours, parts)
        return result

    def _sums(self, chosen: Collection[Where]) -> dict[str, _Sums]:
        found: dict[str, _Sums] = defaultdict(_Sums)
        for where, kind, one, row in self._each(chosen):
            if row.rule == "pass_rate" and one.failed:
                found[row.code].by[where[1], kind] += one.failed
            elif row.rule == "deduct" and one.problems:
                found[row.code].problems += one.problems
                found[row.code].by_kind[self.opened[where[0]]] += one.problems
        return found

    def _each(self, chosen: Collection[Where]) -> Iterator[tuple[Where, str, Seen, Served]]:
        for where in chosen:
            for kind, one in self.seen[where].items():
                for row in self.served[where[0]]:
                    if row.at(kind):
                        yield where, kind, one, row


@dataclass
class _Sums:
    """What fails of one criterion: weight by district and kind, and problems."""

    by: dict[tuple[int | None, str], float] = field(default_factory=lambda: defaultdict(float))
    problems: float = 0.0
    by_kind: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def failures_of(framework: Framework, period: Period, division: Division) -> Failures:
    """What failed of a standard's items in a place and period (4 SQL statements for months)."""
    criteria = {criterion.code: criterion for criterion in framework.criteria.all()}
    served, opened = served_items(framework, criteria)
    seen: dict[Where, dict[str, Seen]] = defaultdict(lambda: defaultdict(Seen))
    by = ["item_id", "division__district_id", "site_kind_code", "value"]
    for row in answers(period, division, by):
        item, district, kind, value = row.by
        if item not in served or value not in {"yes", "no"}:
            continue
        one = seen[item, district][kind]
        if value == "no":
            one.failed += row.weight
            one.problems += row.observations
        else:
            one.passed += row.weight
    numbered = [item for items in serving(served, ["deduct"]).values() for item in items]
    places = ["item_id", "division__district_id", "site__kind_id"]
    for item, district, kind, number in problem_numbers(period, division, numbered, places):
        seen[item, district][kind or ""].problems += number
    failing = {
        where: dict(kinds)
        for where, kinds in seen.items()
        if any(one.failed or one.problems for one in kinds.values())
    }
    return Failures(failing, served, opened)


def _mended(found: Evidence, ours: _Sums, parts: Mapping[str, float]) -> Evidence:
    weight = sum(ours.by.values())
    values = dict(found.values)
    if weight:
        values["yes"] = values.get("yes", 0.0) + weight
        values["no"] = max(0.0, values.get("no", 0.0) - weight)
    by_kind = {
        kind: max(0.0, count - ours.by_kind.get(kind, 0.0))
        for kind, count in found.problems_by_kind.items()
    }
    return replace(
        found,
        values=values,
        sites=[_right(site, parts.get(site.stratum, 0.0)) for site in found.sites],
        problems=max(0.0, found.problems - ours.problems),
        problems_by_kind=by_kind,
    )


def _right(site: SiteSum, part: float) -> SiteSum:
    return site._replace(hits=site.hits + part * (site.among - site.hits)) if part else site
