"""How much a total would differ if other sites had been drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .evidence import SiteSum


@dataclass(frozen=True)
class Sampled:
    """A criterion's part in the total (in marks) and its sums by sampled site."""

    marks: float
    sites: Sequence[SiteSum]


def total_variance(
    parts: Sequence[Sampled], population: Mapping[str, int] | None = None
) -> float | None:
    """Variance of a weighted total of ratios whose sites are shared; None with fewer than 2 sites.

    The same sites serve many criteria, so the total is linearised before anything is squared. With
    criterion c worth M_c marks and estimated by p_c = Y_c / N_c, site i contributes

        z_i = Σ_c M_c (y_ic − p_c n_ic) / N_c

    and, drawing sites within strata h (division × site kind), n_h of them out of N_h,

        V = Σ_h (1 − n_h / N_h) · n_h / (n_h − 1) · Σ_i (z_hi − z̄_h)².

    A stratum with one site has no spread of its own: it is taken about zero, which the z of all
    sites add up to (the usual conservative choice). `population` gives N_h where it is known.

    Source: Särndal, Swensson, Wretman, Model Assisted Survey Sampling (1992), 5.5 and 5.7; the same
    as Taylor linearisation in survey packages.
    """
    contributions: dict[tuple[str, int], float] = defaultdict(float)
    for part in parts:
        among = sum(site.among for site in part.sites)
        if among <= 0:
            continue
        ratio = sum(site.hits for site in part.sites) / among
        for site in part.sites:
            contributions[site.stratum, site.site] += (
                part.marks * (site.hits - ratio * site.among) / among
            )
    if len(contributions) < 2:
        return None
    strata: dict[str, list[float]] = defaultdict(list)
    for (stratum, _site), z in contributions.items():
        strata[stratum].append(z)
    variance = 0.0
    for stratum, zs in strata.items():
        drawn = len(zs)
        finite = 1.0
        if population and stratum in population:
            finite = max(0.0, 1.0 - drawn / max(drawn, population[stratum]))
        if drawn == 1:
            variance += finite * zs[0] ** 2
            continue
        mean = sum(zs) / drawn
        variance += finite * drawn / (drawn - 1) * sum((z - mean) ** 2 for z in zs)
    return variance
