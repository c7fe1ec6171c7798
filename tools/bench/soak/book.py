"""The model kept beside: what each user was told succeeded, and nothing else."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """A step that somebody was told is taken."""

    code: str
    by: int
    version: int
    state: str
    unit: str | None


@dataclass(frozen=True)
class Reported:
    """A report that somebody was told is taken; `email` where one was left."""

    code: str
    email: str = ""


@dataclass
class Known:
    """A case as somebody saw it last."""

    state: str
    district: str
    version: int


@dataclass
class Book:
    """What was told, by whom; every method may be called by many users at once."""

    steps: dict[str, dict[int, Step]] = field(default_factory=dict)
    cases: dict[str, Known] = field(default_factory=dict)
    reports: dict[str, Reported] = field(default_factory=dict)
    contested: set[str] = field(default_factory=set)
    rated: dict[str, int] = field(default_factory=dict)
    imported: dict[int, int] = field(default_factory=dict)  # run to rows
    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)  # cases of which an answer never came
    lost_reports: int = 0  # reports whose answer never came
    lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, number: str, step: Step, district: str) -> None:
        """Note a step; two that are told the same version of one case contradict each other."""
        with self.lock:
            told = self.steps.setdefault(number, {})
            if step.version in told:
                self.faults.append(
                    f"{number}: version {step.version} was told as {told[step.version].code}"
                    f" and as {step.code}"
                )
            told[step.version] = step
            self._see(number, step.state, district, step.version)

    def see(self, number: str, state: str, district: str, version: int) -> None:
        """Note how a case was shown, unless a newer version was."""
        with self.lock:
            self._see(number, state, district, version)

    def _see(self, number: str, state: str, district: str, version: int) -> None:
        known = self.cases.get(number)
        if known is None or known.version <= version:
            self.cases[number] = Known(state, district, version)

    def pick(self, chance: random.Random, states: set[str], district: str = "") -> str | None:
        """A case that was last seen in one of the states, in the district if one is named."""
        with self.lock:
            found = [
                number
                for number, one in self.cases.items()
                if one.state in states and district in ("", one.district)
            ]
        return chance.choice(found) if found else None

    def answered(self, what: str, seconds: float) -> None:
        """Note an answer: its status with what was asked, and how long it took."""
        with self.lock:
            self.answers[what] += 1
            self.seconds.append(seconds)

    def fault(self, words: str) -> None:
        """Note what no user may be told."""
        with self.lock:
            self.faults.append(words)
