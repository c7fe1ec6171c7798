"""Which sites are most likely to fail an item, learned from what was seen everywhere (举一反三)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
FAMILIES = ("item", "item × kind", "item × district", "site", "item × site")
ROUNDS = 60
CLOSE = 1e-4
FLOOR, CEILING = 0.01, 9.0  # bounds of a family's variance, in logits squared


@dataclass(frozen=True)
class Looks:
    """What was seen, one row for each item and site: arrays of the same length.

    `items`, `kinds`, `districts` and `sites` are whole numbers that name them; `failed` of
    `among` looks failed.
    """

    items: Whole
    kinds: Whole
    districts: Whole
    sites: Whole
    failed: Floats
    among: Floats

    def __post_init__(self) -> None:
        if np.any(self.failed < 0) or np.any(self.failed > self.among):
            raise ValueError("failed looks are fewer than 0 or more than all")


@dataclass(frozen=True)
class Pooled:
    """A fitted model: each family's effects by group, how sure they are, and how they spread."""

    middle: float
    keys: tuple[Whole, ...]
    effects: tuple[Floats, ...]
    variances: tuple[Floats, ...]
    spreads: tuple[float, ...]

    def chances(self, items: Whole, kinds: Whole, districts: Whole, sites: Whole) -> Floats:
        """The chance that a look at each row's item and site fails.

        What has not been seen (a new site) has its family's mean, 0, and its whole spread. The
        doubt v of the logit pulls the chance towards a half: σ(η / √(1 + πv/8)).

        Source: D. J. C. MacKay, The evidence framework applied to classification networks, Neural
        Computation 4 (1992), 720–736.
        """
        logit = np.full(len(items), self.middle)
        doubt = np.zeros(len(items))
        for number, asked in enumerate(_keys(items, kinds, districts, sites)):
            known = self.keys[number]
            place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
            found = known[place] == asked
            logit += np.where(found, self.effects[number][place], 0.0)
            doubt += np.where(found, self.variances[number][place], self.spreads[number])
        return _moderated(logit, doubt)

    def parts(self, items: Whole, kinds: Whole, districts: Whole, sites: Whole) -> Floats:
        """What each family of FAMILIES adds to the logit of each row (rows × families).

        What has not been seen adds nothing. With the middle a row's parts add up to its logit.
        """
        found = np.zeros((len(items), len(FAMILIES)))
        for number, asked in enumerate(_keys(items, kinds, districts, sites)):
            known = self.keys[number]
            place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
            found[:, number] = np.where(known[place] == asked, self.effects[number][place], 0.0)
        return found


def pool(looks: Looks) -> Pooled:
    """Fit failures by partial pooling over item, kind of site, district and site.

    The logit of a failure is a middle and five effects, each drawn from its family's own normal
    distribution: the item; the item at this kind of site; the item in this district; the site
    whatever the item; this item at this site. Groups of which much is known keep what was seen,
    groups of which little is known are pulled to what is above them; so two failures in two looks
    do not make a certainty, and a site never looked at has the chance of its like.

    Effects have normal posteriors that are taken as independent (mean-field variational Bayes).
    They are found by Newton steps family by family: each family's groups are disjoint, so a step is
    a division. A family's variance is the mean of effect² + its posterior variance (the M step of
    EM), until nothing moves.

    Source: D. M. Blei, A. Kucukelbir, J. D. McAuliffe, Variational inference: a review for
    statisticians, J. Am. Stat. Assoc. 112 (2017), 859–877; A. Gelman, J. Hill, Data Analysis Using
    Regression and Multilevel/Hierarchical Models (2007), chapters 12 and 14.

    Raises ValueError where there is nothing to learn from.
    """
    total = float(looks.among.sum())
    if total <= 0:
        raise ValueError("no looks to learn from")
    share = (float(looks.failed.sum()) + 0.5) / (total + 1.0)
    middle = float(np.log(share / (1.0 - share)))
    keys: list[Whole] = []
    groups: list[Whole] = []
    for asked in _keys(looks.items, looks.kinds, looks.districts, looks.sites):
        known, group = np.unique(asked, return_inverse=True)
        keys.append(known)
        groups.append(group)
    effects: list[Floats] = [np.zeros(len(known)) for known in keys]
    variances: list[Floats] = [np.zeros(len(known)) for known in keys]
    spreads = [0.25] * len(keys)
    logit = np.full(len(looks.failed), middle)
    doubt = np.zeros(len(looks.failed))
    for _round in range(ROUNDS):
        chance = _moderated(logit, doubt)
        weight = float((looks.among * chance * (1.0 - chance)).sum())
        step = float((looks.failed - looks.among * chance).sum()) / max(weight, 1e-9)
        step = float(np.clip(step, -1.0, 1.0))
        middle += step
        logit += step
        moved = abs(step)
        for number, group in enumerate(groups):
            count = len(keys[number])
            chance = _moderated(logit, doubt)
            slope = np.bincount(group, looks.failed - looks.among * chance, count)
            curve = np.bincount(group, looks.among * chance * (1.0 - chance), count)
            precision = curve + 1.0 / spreads[number]
            steps = np.clip((slope - effects[number] / spreads[number]) / precision, -1.0, 1.0)
            effects[number] += steps
            logit += steps[group]
            doubt += (1.0 / precision - variances[number])[group]
            variances[number] = np.reciprocal(precision)
            spread = float(np.mean(effects[number] ** 2 + variances[number]))
            spread = min(max(spread, FLOOR), CEILING)
            moved = max(moved, abs(spread - spreads[number]) / spreads[number])
            moved = max(moved, float(np.abs(steps).max(initial=0.0)))
            spreads[number] = spread
        if moved < CLOSE:
            break
    return Pooled(middle, tuple(keys), tuple(effects), tuple(variances), tuple(spreads))


@dataclass(frozen=True)
class Calibration:
    """How chances that were foretold agree with what was then seen.

    bands: chance from, chance to, looks, mean chance foretold, share that failed.
    error: mean distance of foretold and seen over the bands, weighted by looks.
    brier: mean squared distance of the chance from what happened; `brier_of_mean` is that of
        foretelling every item's own mean, the least that a model must beat.
    caught: the share of all failures that lie in the tenth of looks with the highest chances.
    """

    looks: float
    bands: tuple[tuple[float, float, float, float, float], ...]
    error: float
    brier: float
    brier_of_mean: float
    caught: float


def calibration(
    chances: Floats, failed: Floats, among: Floats, of_mean: Floats, *, bands: int = 10
) -> Calibration:
    """Chances foretold for rows of looks beside what they then showed.

    `of_mean` is each row's chance by the mean of its item alone. Bands hold equal numbers of rows.

    Worked example: foretold 0.2 and 0.8 for one look each, the second failed: in two bands the
    distances are 0.2 and 0.2, the error 0.2, Brier's score (0.04 + 0.04)/2 = 0.04.

    >>> found = calibration(np.array([.2, .8]), np.array([0., 1.]), np.array([1., 1.]),
    ...                     np.array([.5, .5]), bands=2)
    >>> round(found.error, 6), round(found.brier, 6), found.brier_of_mean
    (0.2, 0.04, 0.25)
    """
    total = float(among.sum())
    if total <= 0:
        raise ValueError("no looks to compare with")
    order = np.argsort(chances, kind="stable")
    rows = []
    for part in np.array_split(order, min(bands, len(order))):
        looks = float(among[part].sum())
        if looks:
            told = float((chances[part] * among[part]).sum()) / looks
            seen = float(failed[part].sum()) / looks
            ends = float(chances[part].min()), float(chances[part].max())
            rows.append((*ends, looks, told, seen))
    highest = order[::-1]
    within = np.cumsum(among[highest]) <= total / 10
    return Calibration(
        looks=total,
        bands=tuple(rows),
        error=sum(looks * abs(told - seen) for _lo, _hi, looks, told, seen in rows) / total,
        brier=_brier(chances, failed, among),
        brier_of_mean=_brier(of_mean, failed, among),
        caught=float(failed[highest][within].sum()) / max(float(failed.sum()), 1e-12),
    )


def _brier(chances: Floats, failed: Floats, among: Floats) -> float:
    wrong = failed * (1.0 - chances) ** 2 + (among - failed) * chances**2
    return float(wrong.sum()) / float(among.sum())


def item_means(learned: Looks, items: Whole) -> Floats:
    """For each row the share that its item failed in what was learned from, as a plain list would.

    One failure and one pass of the mean of all are added, so that nothing is foretold for certain.
    """
    mean = float(learned.failed.sum()) / float(learned.among.sum())
    known, group = np.unique(learned.items, return_inverse=True)
    failed = np.bincount(group, learned.failed, len(known)) + 2.0 * mean
    among = np.bincount(group, learned.among, len(known)) + 2.0
    place = np.minimum(np.searchsorted(known, items), len(known) - 1)
    return np.where(known[place] == items, (failed / among)[place], mean)


def as_looks(rows: Sequence[tuple[int, int, int, int, float, float]]) -> Looks:
    """Rows of (item, kind, district, site, failed, among) as looks."""
    columns: list[Floats] = list(np.asarray(rows, dtype=float).reshape(-1, 6).T)
    items, kinds, districts, sites = (column.astype(np.int64) for column in columns[:4])
    return Looks(items, kinds, districts, sites, columns[4], columns[5])


def _keys(items: Whole, kinds: Whole, districts: Whole, sites: Whole) -> list[Whole]:
    """Each family's group of every row as one whole number, in the order of FAMILIES."""
    far = np.int64(1) << 32
    return [items, items * far + kinds, items * far + districts, sites, items * far + sites]


def _moderated(logit: Floats, doubt: Floats) -> Floats:
    """The mean chance where the logit is normal with this variance."""
    drawn_in = np.clip(logit / np.sqrt(1.0 + np.pi * doubt / 8.0), -30.0, 30.0)
    chance: Floats = 1.0 / (1.0 + np.exp(-drawn_in))
    return chance
