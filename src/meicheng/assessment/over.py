"""Marks of many months and divisions at once, from the tallies: what maps, trends and tables show.

Everything is summed by one grouped query and laid out with one column for each month and division;
the marks are those that `assess` gives one by one (without intervals).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from meicheng.engine.scoring import Evidence, share
from meicheng.engine.scoring.many import Floats, Rolled, score_many
from meicheng.engine.scoring.rules import price
from meicheng.places.models import Division
from meicheng.places.time import midnight, months_later
from meicheng.standards.models import Criterion, Framework

from .evidence import (
    LATEST,
    Served,
    counted_as,
    counts_cases,
    material_items,
    served_items,
    serving,
)
from .grouped import Grid, Sums, case_sums, grid_of, numbers_found, tally_sums
from .latest import A_YEAR, Figure, figures_of, in_order, reviews_of, veto_evidence, words_of
from .periods import between, first_of, month_after, month_period, months_earlier

TARGETS = ("at_least", "at_most", "equals")
Rule = Mapping[str, Any]


@dataclass(frozen=True)
class MarksOver:
    """A standard's marks by month (rows) and division (columns); NaN where nothing is known."""

    framework: Framework
    months: tuple[int, ...]
    divisions: tuple[Division, ...]
    marks: Floats
    strict_marks: Floats
    coverage: Floats


def marks_over(
    frameworks: Sequence[Framework], months: Sequence[int], divisions: Sequence[Division]
) -> list[MarksOver]:
    """Marks of standards in each of these months (as 202609) at each of these divisions.

    Months follow one another; ValueError where they do not or where nothing is asked. At most 4 SQL
    statements, and 7 for each standard, however many months and divisions there are.
    """
    if not months or not divisions:
        raise ValueError("marks are asked of at least one month and one division")
    if any(months_later(a, 1) != b for a, b in pairwise(months)):
        raise ValueError(f"months must follow one another; got {', '.join(map(str, months))}")
    standards = [_Standard(framework) for framework in frameworks]
    grid = grid_of(months, divisions, from_january=any(one.moving for one in standards))
    for item, kind, value, sums in tally_sums(grid):
        for one in standards:
            one.count(item, kind, value, sums, grid)
    for item, kind, numbers in numbers_found(grid, {i for one in standards for i in one.numbered}):
        for one in standards:
            one.count_numbers(item, kind, numbers)
    names = sorted({name for one in standards for name in one.case_names})
    cases = case_sums(grid, names)
    asked = slice(len(grid.months) - len(months), None)
    shape = (len(grid.months), len(divisions))
    found = []
    for one in standards:
        rolled = one.roll(grid, cases)
        parts = (rolled.marks, rolled.strict, rolled.coverage)
        marks = (part.reshape(shape)[asked] for part in parts)
        found.append(MarksOver(one.framework, tuple(months), tuple(divisions), *marks))
    return found


class _Standard:
    """One standard's criteria with what was counted for each, in every column of a grid."""

    def __init__(self, framework: Framework) -> None:
        self.framework = framework
        self.criteria: dict[str, Criterion] = {one.code: one for one in framework.criteria.all()}
        self.served, self.opened = served_items(framework, self.criteria)
        self.sums: dict[tuple[str, str], Floats] = {}
        self.numbered: set[int] = set()
        rates = [one.rule for one in self.criteria.values() if one.rule["kind"] == "rate"]
        self.moving = any("or" in rule for rule in rates)
        counted = [rule for rule in rates if counts_cases(rule)]
        self.case_names = {name for rule in counted for name in counted_as(rule)}

    # --- counting, before sums are raised to the divisions above ---

    def count(self, item: int, kind: str, value: str, sums: Sums, grid: Grid) -> None:
        """Add answers to what they are for each criterion that they serve."""
        for one in self.served.get(item, ()):
            if one.at(kind):
                for name, column in self._counted(one, item, value, sums):
                    self._add(one.code, name, column)

    def _counted(self, one: Served, item: int, value: str, sums: Sums) -> list[tuple[str, Floats]]:
        if one.rule == "pass_rate" and value in {"yes", "no"}:
            return [(value, sums.weight)]
        if one.rule == "rate" and value == "rate":
            return [("hits", sums.number), ("among", sums.weight)]
        if one.rule == "share_of_answers" and value != "no_answer":
            worth = float(self.criteria[one.code].rule["counts"].get(value, 0.0))
            return [("among", sums.weight), ("hits", sums.weight * worth)]
        if one.rule == "deduct" and value != "na":
            if value == "":
                self.numbered.add(item)
            found = [("looks", sums.count)]
            return (
                [*found, (f"problems:{self.opened[item]}", sums.count)] if value == "no" else found
            )
        return []

    def count_numbers(self, item: int, kind: str, numbers: Floats) -> None:
        """Add problems that were given as a number."""
        for one in self.served.get(item, ()):
            if one.rule == "deduct" and one.at(kind):
                self._add(one.code, f"problems:{self.opened[item]}", numbers)

    def _add(self, code: str, name: str, column: Floats) -> None:
        known = self.sums.get((code, name))
        self.sums[code, name] = column.copy() if known is None else known + column

    # --- shares of every criterion ---

    def roll(self, grid: Grid, cases: Mapping[str, Mapping[str, Floats]]) -> Rolled:
        """The marks in every column (at most 4 SQL statements)."""
        raised: dict[str, dict[str, Floats]] = defaultdict(dict)
        for (code, name), column in self.sums.items():
            raised[code][name] = grid.raised(column)
        shares: dict[str, Floats] = {}
        for code, criterion in self.criteria.items():
            kind, sums = criterion.rule["kind"], raised.get(code, {})
            if kind == "pass_rate":
                yes, no = (sums.get(name, np.zeros(grid.count)) for name in ("yes", "no"))
                shares[code] = _ratio(yes, yes + no)
            elif kind == "share_of_answers" and sums:
                shares[code] = _ratio(sums["hits"], sums["among"])
            elif kind == "deduct" and sums:
                shares[code] = _deducted(criterion.rule, sums)
            elif kind == "rate":
                shares[code] = self._rates(criterion.rule, sums, grid, cases)
        shares |= self._figures(grid) | self._materials(grid)
        return score_many(self.framework.document, shares, self._vetoes(grid), grid.count)

    def _rates(
        self,
        rule: Rule,
        sums: Mapping[str, Floats],
        grid: Grid,
        cases: Mapping[str, Mapping[str, Floats]],
    ) -> Floats:
        hits, among = _case_rate(rule, grid, cases)
        observed = sums.get("among", np.zeros(grid.count))
        seen = sums.get("hits", np.zeros(grid.count))
        rate = _ratio(
            np.where(observed > 0, seen, np.minimum(hits, among)),
            np.where(observed > 0, observed, among),
        )
        if not any(name in rule for name in TARGETS):
            return rate
        yearly = self._years(rule, (seen, observed), (hits, among), grid) if "or" in rule else None
        result = np.full(grid.count, np.nan)
        for column in np.flatnonzero(~np.isnan(rate)):
            known = Evidence(
                rate=(float(rate[column]), 1.0), yearly=yearly(int(column)) if yearly else ()
            )
            found = share(known, rule)
            assert found is not None
            result[column] = found
        return result

    def _years(
        self,
        rule: Rule,
        observed: tuple[Floats, Floats],
        counted: tuple[Floats, Floats],
        grid: Grid,
    ) -> Callable[[int], tuple[tuple[int, float], ...]]:
        """The rates in percent of this year and the one before, from January to a column's month."""
        width = len(grid.divisions)
        months = np.array(grid.months)

        def rate(year: int, last: int, place: int) -> float | None:
            span = np.flatnonzero((months > year * 100) & (months <= last)) * width + place
            for hits, among in (observed, counted):
                if (total := float(among[span].sum())) > 0:
                    return 100.0 * min(1.0, float(hits[span].sum()) / total)
            return None

        def yearly(column: int) -> tuple[tuple[int, float], ...]:
            last, place = grid.months[column // width], column % width
            year = last // 100
            both = [(y, rate(y, last - 100 * (year - y), place)) for y in (year - 1, year)]
            return tuple((y, found) for y, found in both if found is not None)

        return yearly

    def _figures(self, grid: Grid) -> dict[str, Floats]:
        items = serving(self.served, LATEST)
        window = _window(grid)
        found = figures_of({i for ours in items.values() for i in ours}, window, _within(grid))
        ends, oldest = _bounds(grid, A_YEAR)
        shares: dict[str, Floats] = {}
        for code, ours in items.items():
            by_place: dict[int, list[Figure]] = defaultdict(list)
            for item, place in found:
                if item in ours:
                    by_place[place] += found[item, place]
            rule = self.criteria[code].rule
            for place, figures in by_place.items():
                series = in_order(figures, rule)
                column = shares.setdefault(code, np.full(grid.count, np.nan))
                column[grid.rows_of(place)] = _latest(series, rule, ends, oldest)
        return shares

    def _materials(self, grid: Grid) -> dict[str, Floats]:
        items = material_items(self.framework, self.criteria)
        shares: dict[str, Floats] = {}
        for (code, place), reviews in reviews_of(items, _window(grid), _within(grid)).items():
            rule = self.criteria[code].rule
            within = rule.get("dated_within_months")
            ends, oldest = _bounds(grid, 0 if within is None else int(within), before_end=True)
            column = shares.setdefault(code, np.full(grid.count, np.nan))
            at = [one.at.timestamp() for one in reviews]
            for row, index, since in zip(
                grid.rows_of(place), np.searchsorted(at, ends), oldest, strict=True
            ):
                latest = {one.material: one for one in reviews[:index]}
                kept = sum(
                    one.value == "accepted" and (within is None or one.at.timestamp() >= since)
                    for one in latest.values()
                )
                column[row] = kept / len(rule["needs"]) if index else np.nan
        return shares

    def _vetoes(self, grid: Grid) -> dict[str, npt.NDArray[np.bool_]]:
        items = serving(self.served, ["veto"])
        window = _window(grid)
        words = words_of(
            {i for ours in items.values() for i in ours}, window, months=len(grid.months) + A_YEAR
        )
        ruled: dict[str, npt.NDArray[np.bool_]] = {}
        for code, ours in items.items():
            said = [one for one in words if one.item in ours]
            if not said:
                continue
            out = np.zeros(grid.count, dtype=bool)
            for index, month in enumerate(grid.months):
                period = month_period(month)
                after = first_of(month_after(month))
                begin = midnight(months_earlier(after, A_YEAR))
                heard = [one for one in said if begin <= one.at < period.end]
                for place, division in enumerate(grid.divisions):
                    known = veto_evidence(heard, division.path)
                    out[index * len(grid.divisions) + place] = known is not None and known.occurred
            target = str(self.criteria[code].rule["rules_out"])
            ruled[target] = out | ruled[target] if target in ruled else out
        return ruled


def _ratio(hits: Floats, among: Floats) -> Floats:
    return np.divide(hits, among, out=np.full(len(hits), np.nan), where=among > 0)


def _deducted(rule: Rule, sums: Mapping[str, Floats]) -> Floats:
    """As `engine.scoring.rules.deduct`, in every column."""
    looks = sums.get("looks")
    assert looks is not None
    cost = np.zeros(len(looks))
    for name, problems in sums.items():
        if name != "looks":
            cost += price(rule, name.removeprefix("problems:")) * problems
    return np.where(looks > 0, np.maximum(0.0, 1.0 - cost), np.nan)


def _case_rate(
    rule: Rule, grid: Grid, cases: Mapping[str, Mapping[str, Floats]]
) -> tuple[Floats, Floats]:
    hits, among = np.zeros(grid.count), np.zeros(grid.count)
    if counts_cases(rule):
        of, within = counted_as(rule)
        for kind in rule.get("kinds") or cases:
            if kind in cases:
                hits = hits + cases[kind][of]
                among = among + cases[kind][within]
    return hits, among


def _latest(
    series: Sequence[Figure], rule: Rule, ends: Sequence[float], oldest: Sequence[float]
) -> list[float]:
    """The share by the latest figure up to each month's end, unless it is too old."""
    at = [one.at.timestamp() for one in series]
    known: dict[int, float] = {}
    shares = []
    for index, since in zip(np.searchsorted(at, ends).tolist(), oldest, strict=True):
        if not index or at[index - 1] < since:
            shares.append(np.nan)
            continue
        if index not in known:
            upto = series[:index]
            yearly = tuple(sorted({one.month // 100: one.number for one in upto}.items()))
            found = share(Evidence(number=upto[-1].number, yearly=yearly), rule)
            known[index] = np.nan if found is None else found
        shares.append(known[index])
    return shares


def _window(grid: Grid) -> Any:
    """The grid's months as one period."""
    last = first_of(month_after(grid.months[-1]))
    return between(first_of(grid.months[0]), last.fromordinal(last.toordinal() - 1))


def _within(grid: Grid) -> dict[str, Any]:
    return {"division__in": [one.pk for one in grid.divisions]}


def _bounds(
    grid: Grid, months: int, *, before_end: bool = False
) -> tuple[list[float], list[float]]:
    """For each month the moment after it, and the moment `months` before its begin (or its end)."""

    def stamp(month: int) -> float:
        at: datetime = midnight(first_of(month))
        return at.timestamp()

    ends = [stamp(month_after(month)) for month in grid.months]
    begins = [month_after(month) if before_end else month for month in grid.months]
    return ends, [stamp(months_later(month, -months)) for month in begins]
