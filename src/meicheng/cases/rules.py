"""The city's rules about cases that stand beside the limits of their kinds, from the pack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from meicheng.engine.calendar import Limit
from meicheng.standards.models import CaseKind
from meicheng.standards.packs import read_pack

from .clock import calendar


@dataclass(frozen=True)
class Rules:
    """What `case-kinds.yaml` says below its kinds."""

    relapse_within_m: float
    relapse_within: timedelta
    never_relapses: frozenset[str]  # kinds of which two at one place are two problems
    take_up: Limit  # until the unit accepts, or the desk turns down
    answer: Limit  # until whoever reported it is answered
    on_the_spot: tuple[tuple[int, float], ...]  # share to be seen on the spot, by severity
    on_the_spot_of_kind: dict[str, float]


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
        on_the_spot=tuple(sorted((int(k), float(v)) for k, v in seen["by_severity"].items())),
        on_the_spot_of_kind={code: float(share) for code, share in seen["by_kind"].items()},
    )


def chance_on_the_spot(kind: CaseKind, severity: int) -> float:
    """The share of reported work of this kind and severity that is drawn for a look on the spot."""
    found = rules().on_the_spot_of_kind.get(kind.code)
    if found is not None:
        return found
    below = [share for least, share in rules().on_the_spot if least <= severity]
    return below[-1] if below else 1.0


def in_time(start: datetime, at: datetime, limit: Limit) -> bool:
    """Whether `at` lies within a limit that began at `start`."""
    return at <= calendar().due(start, limit)
