"""A mock assessment: sites drawn as the assessors would draw them, many thousand times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from .evidence import NOTHING, Evidence
from .many import Floats, marks_of_draws
from .rules import share

BARS = 30  # of the histogram


@dataclass(frozen=True)
class Mock:
    """How the marks of an assessment may turn out by the luck of the draw.

    `histogram` has, for bars of equal width, where each begins and ends and its share of the draws.
    `decides` is each top node's part in the spread of the total; the parts add up to 1 (a part
    below 0 damps the spread).
    """

    draws: int
    sites: int
    mean: float
    interval: tuple[float, float]
    quantiles: tuple[tuple[float, float], ...]
    histogram: tuple[tuple[float, float, float], ...]
    pass_probability: float | None
    decides: tuple[tuple[str, float], ...]


def mock_assessment(
    document: Mapping[str, Any],
    evidence: Mapping[str, Evidence],
    plan: Mapping[str, int],
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> Mock | None:
    """What would come out if `plan[kind]` sites of each kind were drawn again and again.

    Sites are those that have been looked at (`Evidence.sites`; a stratum `division/kind` belongs
    to its kind, its last part). In each draw every kind gives its number of sites, or all where it
    has fewer, without putting back; each criterion's share is that of the drawn sites' answers.
    What is not seen on sites (figures, documents, cases) stays as it is known. None where nothing
    is known.

    A node's part in the spread is cov(its marks, total) / var(total).

    Source: the least numbers of sites by kind and population in the technical assessment of
    sanitary cities (`published-figures.yaml`); simple random sampling as in Cochran, Sampling
    Techniques (1977), chapter 2.
    """
    dice = np.random.default_rng(seed)
    columns, drawn_sites = _drawn(document, evidence, plan, draws, dice)
    marks, tops = marks_of_draws(document, columns)
    known = marks[~np.isnan(marks)]
    if not len(known):
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    steps = (0.05, 0.25, 0.5, 0.75, 0.95)
    needed = (document.get("pass") or {}).get("at_least")
    return Mock(
        draws=len(marks),
        sites=drawn_sites,
        mean=float(known.mean()),
        interval=(float(low), float(high)),
        quantiles=tuple(
            (q, float(v)) for q, v in zip(steps, np.quantile(known, steps), strict=True)
        ),
        histogram=_histogram(known),
        pass_probability=None if needed is None else float((known >= needed).mean()),
        decides=_decides(document, marks, tops),
    )


def _histogram(marks: Floats) -> tuple[tuple[float, float, float], ...]:
    counts, edges = np.histogram(marks, bins=BARS)
    return tuple(
        (float(begin), float(end), float(count / len(marks)))
        for begin, end, count in zip(edges, edges[1:], counts, strict=False)
    )


def _drawn(
    document: Mapping[str, Any],
    evidence: Mapping[str, Evidence],
    plan: Mapping[str, int],
    draws: int,
    dice: np.random.Generator,
) -> tuple[dict[str, Floats], int]:
    """Each criterion's share in every draw, and how many sites a draw has."""
    hits: dict[str, Floats] = {}
    among: dict[str, Floats] = {}
    columns: dict[str, Floats] = {}
    kinds: dict[str, dict[tuple[str, int], int]] = defaultdict(dict)
    # What each criterion saw at the sites of a kind: the site's place among them, hits, of how many.
    seen: dict[str, dict[str, list[tuple[int, float, float]]]] = defaultdict(dict)
    for code, rule in _rules(document).items():
        found = evidence.get(code, NOTHING)
        if found.sites and rule["kind"] == "pass_rate":
            hits[code], among[code] = np.zeros(draws), np.zeros(draws)
            for site in found.sites:
                kind = site.stratum.rpartition("/")[2]
                known = kinds[kind]
                place = known.setdefault((site.stratum, site.site), len(known))
                seen[kind].setdefault(code, []).append((place, site.hits, site.among))
        elif (fixed := share(found, rule)) is not None:
            columns[code] = np.full(draws, fixed)
    count = 0
    for kind, sites in kinds.items():
        take = min(plan.get(kind, 0), len(sites))
        if not take:
            continue
        count += take
        sums = np.zeros((len(sites), len(seen[kind]), 2))
        for column, looks in enumerate(seen[kind].values()):
            for place, hit, of in looks:
                sums[place, column] += (hit, of)
        drawn = _sums_of_drawn(dice, draws, sums.reshape(len(sites), -1), take)
        for column, code in enumerate(seen[kind]):
            hits[code] += drawn[:, 2 * column]
            among[code] += drawn[:, 2 * column + 1]
    for code, total in among.items():
        columns[code] = np.divide(hits[code], total, out=np.full(draws, np.nan), where=total > 0)
    return columns, count


def _sums_of_drawn(dice: np.random.Generator, draws: int, sums: Floats, take: int) -> Floats:
    """For every draw the sums of `take` of the sites (rows of `sums`), all equally likely."""
    sites = len(sums)
    if take == sites:
        return np.broadcast_to(sums.sum(axis=0), (draws, sums.shape[1]))
    lots = dice.random((draws, sites), dtype=np.float32)
    chosen = np.argpartition(lots, take, axis=1)[:, :take]
    # One row for each draw with 1 at the chosen sites: sparse, so that the others cost nothing.
    each = csr_array(
        (np.ones(draws * take), chosen.ravel(), np.arange(0, draws * take + 1, take)),
        shape=(draws, sites),
    )
    return np.asarray(each @ sums)


def _decides(
    document: Mapping[str, Any], marks: Floats, tops: Mapping[str, Floats]
) -> tuple[tuple[str, float], ...]:
    spread = float(np.nanvar(marks))
    basic = [n for n in document["nodes"] if not n.get("bonus") and n.get("weight")]
    if spread <= 1e-12:
        return ()
    known = sum(float(node["weight"]) * ~np.isnan(tops[node["code"]]) for node in basic)
    middle = np.nanmean(marks)
    parts = []
    for node in document["nodes"]:
        if not node.get("weight"):
            continue
        worth: Any = float(node["weight"])
        if not node.get("bonus"):
            worth = float(document["full_marks"]) * worth / np.maximum(known, 1e-12)
        own = worth * np.nan_to_num(tops[node["code"]])
        part = float(np.nanmean((own - own.mean()) * (marks - middle))) / spread
        parts.append((node["code"], part))
    return tuple(sorted(parts, key=lambda pair: -pair[1]))


def _rules(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The rules of a standard's criteria but vetoes, by code."""
    rules: dict[str, Mapping[str, Any]] = {}

    def walk(nodes: list[Mapping[str, Any]]) -> None:
        for node in nodes:
            for criterion in node.get("criteria") or []:
                if criterion["rule"]["kind"] != "veto":
                    rules[criterion["code"]] = criterion["rule"]
            walk(node.get("children") or [])

    walk(document["nodes"])
    return rules
