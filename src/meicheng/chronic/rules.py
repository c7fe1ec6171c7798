"""When a place is chronic, from the pack of kinds of cases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from meicheng.standards.packs import read_pack


@dataclass(frozen=True)
class Rules:
    """The same kind `times` times within `within_days`, no farther apart than `same_place_m`."""

    times: int
    within_days: int
    same_place_m: float
    watch_days: int
    never: frozenset[str]  # kinds of which two at one place are two problems


@cache
def rules() -> Rules:
    """The rules in force (read once for each process)."""
    pack = read_pack("case-kinds")
    said = pack["chronic"]
    return Rules(
        times=int(said["times"]),
        within_days=int(said["within_days"]),
        same_place_m=float(said["same_place_m"]),
        watch_days=int(said["watch_days"]),
        never=frozenset(pack["relapse"]["never"]),
    )
