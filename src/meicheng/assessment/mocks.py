"""A mock assessment of a place: the sites that assessors might draw, and what would come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext as _

from meicheng.engine.scoring.mock import Mock, mock_assessment
from meicheng.places.models import Division, SiteKind
from meicheng.standards.models import Framework
from meicheng.standards.packs import read_pack
from meicheng.tables.charts import Chart, Line, Series

from .evidence import populations
from .periods import Period
from .queries import known_of

DRAWS = 10_000
MOST = 2000  # sites in a draw: more than any assessment has, and still quick


@dataclass(frozen=True)
class KindPlan:
    """How many sites of a kind are drawn, of how many that have been looked at."""

    code: str
    name: str
    seen: int
    take: int


@dataclass(frozen=True)
class MockOfPlace:
    """What would come out, None where nothing is known, and the plan behind it."""

    mock: Mock | None
    plan: tuple[KindPlan, ...]
    needed: float | None

    @property
    def planned(self) -> int:
        """Sites in each draw."""
        return sum(one.take for one in self.plan)


@cache
def least_numbers() -> tuple[int, ...]:
    """The published least numbers of sites: for small, middle and large cities."""
    figures = read_pack("published-figures")
    return tuple(figures["sanitary_city_technical_assessment"]["total"])


def mock_of(
    framework: Framework,
    period: Period,
    division: Division,
    *,
    total: int,
    wished: Mapping[str, int],
) -> MockOfPlace:
    """10,000 draws of `total` sites, or of the numbers `wished` by kind where any is given.

    1 SQL statement beside those of `known_of`.
    """
    known = known_of(framework, period, division)
    seen: dict[str, set[int]] = {}
    for evidence in known.evidence.values():
        for site in evidence.sites:
            seen.setdefault(site.stratum.rpartition("/")[2], set()).add(site.site)
    counts = {kind: len(sites) for kind, sites in sorted(seen.items())}
    plan = (
        {kind: min(wished.get(kind, 0), count) for kind, count in counts.items()}
        if wished
        else spread_evenly(total, counts)
    )
    names = {kind.code: kind.name for kind in SiteKind.objects.filter(code__in=list(counts))}
    return MockOfPlace(
        mock_assessment(framework.document, known.evidence, plan, draws=DRAWS),
        tuple(KindPlan(kind, names[kind], counts[kind], plan[kind]) for kind in counts),
        (framework.document.get("pass") or {}).get("at_least"),
    )


def spread_evenly(total: int, counts: Mapping[str, int]) -> dict[str, int]:
    """`total` sites over kinds as evenly as they have them, the first kinds taking what is left.

    >>> spread_evenly(8, {"a": 1, "b": 9, "c": 9})
    {'a': 1, 'b': 4, 'c': 3}
    """
    plan = dict.fromkeys(counts, 0)
    left = min(total, sum(counts.values()))
    while left:
        open_kinds = [kind for kind, count in counts.items() if plan[kind] < count]
        step = max(left // len(open_kinds), 1)
        for kind in open_kinds:
            more = min(step, counts[kind] - plan[kind], left)
            plan[kind] += more
            left -= more
    return plan


def sites_by_kind(division: Division) -> dict[str, int]:
    """How many active sites of each kind a place has (1 SQL statement)."""
    found: dict[str, int] = {}
    for stratum, count in populations(division).items():
        kind = stratum.partition("/")[2]
        found[kind] = found.get(kind, 0) + count
    return found


def mock_chart(found: Mock, needed: float | None) -> Chart:
    """The share of draws by marks, with the mark that is needed to pass where it lies among them."""
    lowest, highest = found.histogram[0][0], found.histogram[-1][1]
    width = (highest - lowest) / len(found.histogram)
    lines = []
    if needed is not None and lowest <= needed <= highest:
        lines.append(Line((needed - lowest) / width - 0.5, _("needed to pass")))
    return Chart(
        kind="bars",
        title=_("What would come out"),
        says=mock_words(found, needed),
        labels_are=_("Marks from"),
        labels=[f"{begin:.1f}" for begin, _end, _share in found.histogram],
        series=[Series(_("Share of the draws"), [part * 100 for _b, _e, part in found.histogram])],
        unit="%",
        lines=lines,
        low=0,
    )


def mock_words(found: Mock, needed: float | None) -> str:
    """The outcome as a sentence."""
    words = {
        "mean": f"{found.mean:.1f}",
        "low": f"{found.interval[0]:.1f}",
        "high": f"{found.interval[1]:.1f}",
        "sites": found.sites,
    }
    says = _(
        "With %(sites)s sites drawn, about %(mean)s marks; 95 of 100 draws lie from %(low)s to"
        " %(high)s."
    )
    if needed is None or found.pass_probability is None:
        return says % words
    chance = {"needed": f"{needed:g}", "chance": f"{found.pass_probability * 100:.0f}"}
    return says % words + _(" %(chance)s%% of the draws reach the %(needed)s needed.") % chance
