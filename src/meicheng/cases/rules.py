"""The city's rules about cases that stand beside the limits of their kinds, from the pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from meicheng.engine.calendar import Limit
from meicheng.standards.models import CaseKind
from meicheng.standards.packs import read_pack

from .clock import calendar, timing


@dataclass(frozen=True)
class Shares:
    """Shares of reported work that are drawn to be seen on the spot; a kind's own goes first."""

    by_severity: dict[int, float]
    by_kind: dict[str, float]

    def of(self, kind: CaseKind, severity: int) -> float:
        """The share of this kind and severity; all of it where nothing is said.

        >>> shares = Shares({1: 0.2, 3: 1.0}, {"small-adverts": 0.1})
        >>> shares.of(CaseKind(code="lamp-out"), 2), shares.of(CaseKind(code="small-adverts"), 3)
        (0.2, 0.1)
        """
        found = self.by_kind.get(kind.code)
        if found is not None:
            return found
        below = [share for least, share in sorted(self.by_severity.items()) if least <= severity]
        return below[-1] if below else 1.0


@dataclass(frozen=True)
class Rules:
    """What `case-kinds.yaml` says below its kinds."""

    relapse_within_m: float
    relapse_within: timedelta
    never_relapses: frozenset[str]  # kinds of which two at one place are two problems
    take_up: Limit  # until the unit accepts, or the desk turns down
    answer: Limit  # until whoever reported it is answered
    on_the_spot: Shares


@cache
def rules() -> Rules:
    """The rules in force (read once for each process)."""
    pack = read_pack("case-kinds")
    relapse, answering, seen = pack["relapse"], pack["answering"], pack["verification"]
    return Rules(
        relapse_within_m=float(relapse["same_place_m"]),
        relapse_within=timedelta(days=relapse["within_days"]),
        never_relapses=frozenset(relapse["never"]),
        take_up=Limit.parse(answering["take_up"]),
        answer=Limit.parse(answering["answer"]),
        on_the_spot=_shares(seen),
    )


def shares_on_the_spot() -> Shares:
    """The shares in force: the city's own, else the pack's."""
    own = timing().on_the_spot
    return _shares(own) if own else rules().on_the_spot


def _shares(written: Mapping[str, Mapping[Any, float]]) -> Shares:
    return Shares(
        {int(severity): float(share) for severity, share in written["by_severity"].items()},
        {code: float(share) for code, share in written["by_kind"].items()},
    )


def chance_on_the_spot(kind: CaseKind, severity: int) -> float:
    """The share of reported work of this kind and severity that is drawn for a look on the spot."""
    return shares_on_the_spot().of(kind, severity)


def in_time(start: datetime, at: datetime, limit: Limit) -> bool:
    """Whether `at` lies within a limit that began at `start`."""
    return at <= calendar().due(start, limit)
