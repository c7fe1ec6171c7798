"""What acts cost, and when a routine may be dropped, from the pack of routines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from meicheng.engine.words import Words
from meicheng.standards.packs import read_pack


@dataclass(frozen=True)
class Cost:
    """What acts of one source are called, and the minutes of a form and of a photograph."""

    name: Words
    form: float
    photo: float


@dataclass(frozen=True)
class Drop:
    """When a routine is called needless: see `data/routines.yaml`."""

    days: int
    same_answers_from: int
    seen_by_visits: float
    near_days: int
    seen_from: int


@cache
def costs() -> dict[str, Cost]:
    """The cost of acts by source (read once for each process)."""
    rows = read_pack("routines")["minutes"]
    return {
        code: Cost(Words(row["zh"], row["en"]), float(row["form"]), float(row["photo"]))
        for code, row in rows.items()
    }


@cache
def drop() -> Drop:
    """The rules for dropping (read once for each process)."""
    return Drop(**read_pack("routines")["drop"])
