"""How much a total would differ if other sites had been drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import NamedTuple

import numpy as np

from .evidence import SiteSum


@dataclass(frozen=True)
class Sampled:
    """A criterion's part in the total (in marks) and its sums by sampled site.

    A site where the criterion did not apply belongs to the sample with sums of 0. `total` is the
    weight of all answers where some were given for no site (they are taken as certain), and `share`
    the share of all that pass; without them both are those of the sites.
    """

    marks: float
    sites: Sequence[SiteSum]
    total: float | None = None
    share: float | None = None
    code: str = ""


class Stratum(NamedTuple):
    """How many sites of a stratum were looked at for a criterion, and their sums."""

    sites: int
    hits: float
    among: float


class Linear(NamedTuple):
    """A site's error in a stratum: scale · (hits − share · among) − shift."""

    scale: float
    share: float
    shift: float

    def error(self, hits: float, among: float) -> float:
        """What a site with these sums adds to the error of the total (in marks)."""
        return self.scale * (hits - self.share * among) - self.shift


def total_variance(
    parts: Sequence[Sampled], population: Mapping[str, int] | None = None
) -> float | None:
    """Variance of a weighted total of ratios whose sites are shared; None with fewer than 2 sites.

    The same sites serve many criteria, so the total is linearised before anything is squared. With
    criterion c worth M_c marks and estimated by p_c = Y_c / N_c, site i contributes

        z_ic = M_c (y_ic − p_c n_ic) / N_c

    and, where n_hc of the N_h sites of stratum h (division × site kind) were looked at for it,

        e_ic = √((1 − n_hc / N_h) · n_hc / (n_hc − 1)) · (z_ic − z̄_hc),    V = Σ_h Σ_i (Σ_c e_ic)².

    Where all criteria are looked at on the same sites this is the usual variance of a stratified
    sample of sites, V = Σ_h (1 − n_h / N_h) · n_h / (n_h − 1) · Σ_i (z_hi − z̄_h)² with z_i = Σ_c z_ic;
    where they have no site in common it is the sum of their own variances.

    A stratum with one site has no spread of its own: it is taken about zero, which the z of all
    sites add up to (the usual conservative choice). `population` gives N_h where it is known;
    elsewhere the correction 1 − n/N is left out.

    Source: Särndal, Swensson, Wretman, Model Assisted Survey Sampling (1992), 5.5 and 5.7; the same
    as Taylor linearisation in survey packages, against which it is tested (svy).

    Worked example: worth 50, two sites in one stratum, 8 of 10 and 4 of 10: z = 50 · (8 − 6)/20 = 5
    and −5, V = 2/1 · (25 + 25) = 100; drawn from 4 sites (1 − 2/4) · 100 = 50.
    """
    return SiteErrors(population or {}).variance(parts)


class SiteErrors:
    """The errors of sampled criteria by site, worked out once however many nodes ask for them."""

    def __init__(self, population: Mapping[str, int]) -> None:
        self._population = population
        self._places: dict[tuple[str, int], int] = {}
        self._known: dict[tuple[int, float | None, float | None], _Errors] = {}

    def variance(self, parts: Sequence[Sampled]) -> float | None:
        """Variance of a weighted total of these parts, as `total_variance` says."""
        found = [(part.marks, self._errors(part)) for part in parts]
        if not found:
            return None
        places = np.concatenate([one.places for _marks, one in found])
        errors = np.concatenate([marks * one.errors for marks, one in found])
        if np.count_nonzero(np.bincount(places)) < 2:
            return None
        sums = np.bincount(places, weights=errors)
        return float(sums @ sums)

    def _errors(self, part: Sampled) -> _Errors:
        """The e_ic of a criterion that is worth one mark, at its sites."""
        # A node's parts are the same sites with other marks.
        key = (id(part.sites), part.total, part.share)
        if key not in self._known:
            self._known[key] = self._worked_out(part)
        return self._known[key]

    def _worked_out(self, part: Sampled) -> _Errors:
        sums: dict[str, dict[int, list[float]]] = defaultdict(dict)
        for number, stratum, hits, among in part.sites:
            known = sums[stratum].setdefault(number, [0.0, 0.0])
            known[0] += hits
            known[1] += among
        strata = {
            stratum: Stratum(
                len(sites), *(sum(column) for column in zip(*sites.values(), strict=True))
            )
            for stratum, sites in sums.items()
        }
        places: list[int] = []
        errors: list[float] = []
        lines = linearised(replace(part, marks=1.0), strata, self._population)
        for stratum, line in lines.items():
            for number, (hits, among) in sums[stratum].items():
                places.append(self._places.setdefault((stratum, number), len(self._places)))
                errors.append(line.error(hits, among))
        # The sites are held, so that no other list can take their `id` meanwhile.
        return _Errors(part.sites, np.array(places, dtype=np.int64), np.array(errors))


class _Errors(NamedTuple):
    sites: Sequence[SiteSum]
    places: np.ndarray[tuple[int], np.dtype[np.int64]]
    errors: np.ndarray[tuple[int], np.dtype[np.float64]]


def linearised(
    part: Sampled, strata: Mapping[str, Stratum], population: Mapping[str, int] | None = None
) -> dict[str, Linear]:
    """How the sums of a site become its e_ic of `total_variance`, by stratum.

    Only the strata's own sums are needed (`part.sites` is not read), so that the sites themselves may
    stay where they are, a database say. Nothing where no answer has weight.

    Worked example, that of `total_variance`: scale √(2/1) · 50/20, share 0.6, shift 0:

    >>> line = linearised(Sampled(50, ()), {"a": Stratum(2, 12, 20)})["a"]
    >>> round(line.error(8, 10) ** 2 + line.error(4, 10) ** 2, 9)
    100.0
    """
    total = part.total or sum(stratum.among for stratum in strata.values())
    if total <= 0:
        return {}
    share = part.share
    if share is None:
        share = sum(stratum.hits for stratum in strata.values()) / total
    found = {}
    for name, (drawn, hits, among) in strata.items():
        known = (population or {}).get(name)
        finite = 1.0 if known is None else max(0.0, 1.0 - drawn / max(drawn, known))
        scale = sqrt(finite * drawn / max(1, drawn - 1)) * part.marks / total
        mean = scale * (hits - share * among) / drawn if drawn > 1 else 0.0
        found[name] = Linear(scale, share, mean)
    return found
