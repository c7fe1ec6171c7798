"""Time limits as cities write them: working hours, working days, hours, days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Measure = Literal["wh", "wd", "h", "d"]

MOST = 9999
_WRITTEN = re.compile(r"([0-9]{1,6})\s*(wh|wd|h|d)")
_ZH = {"wh": "{n}个工作小时", "wd": "{n}个工作日", "h": "{n}小时", "d": "{n}天"}
_EN = {"wh": "working hour", "wd": "working day", "h": "hour", "d": "day"}


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take: a whole number of one measure."""

    amount: int
    measure: Measure

    def __post_init__(self) -> None:
        if self.measure not in _EN or not 1 <= self.amount <= MOST:
            raise ValueError(
                f"A time limit is 1 to {MOST} of wh, wd, h or d, "
                f"not {self.amount!r} of {self.measure!r}"
            )

    @classmethod
    def parse(cls, written: str) -> Limit:
        """Read a limit: "4wh" working hours, "7wd" working days, "2h" hours, "30d" days.

        Raises `ValueError` with what was expected.

        >>> Limit.parse("7wd")
        Limit(amount=7, measure='wd')
        """
        found = _WRITTEN.fullmatch(written.strip().lower())
        if found is None:
            raise ValueError(
                f"{written!r} is not a time limit; "
                "write a number and wh, wd, h or d, such as 4wh, 7wd, 2h or 30d"
            )
        return cls(int(found[1]), found[2])  # type: ignore[arg-type]

    @property
    def working(self) -> bool:
        """Whether the limit counts working time only."""
        return self.measure in ("wh", "wd")

    def __str__(self) -> str:
        return f"{self.amount}{self.measure}"

    def __add__(self, other: Limit) -> Limit:
        """Two limits of the same measure, one after the other."""
        if not isinstance(other, Limit):
            return NotImplemented
        if self.measure != other.measure:
            raise ValueError(f"{self} and {other} are of different measures and have no sum")
        return Limit(self.amount + other.amount, self.measure)

    def say(self, language: str) -> str:
        """The limit in words, in a language given by its code.

        >>> Limit(2, "wd").say("en"), Limit(2, "wd").say("zh-hans")
        ('2 working days', '2个工作日')
        """
        if language.lower().startswith("zh"):
            return _ZH[self.measure].format(n=self.amount)
        return f"{self.amount} {_EN[self.measure]}{'s' if self.amount > 1 else ''}"
