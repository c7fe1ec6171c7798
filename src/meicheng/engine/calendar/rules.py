"""Which limit holds for a case, where a city gives other ones by severity, road or place.

A rule fits when everything that it names is so. Of the rules that fit, the most specific wins:

1. the one that names more of severity, class of road and place;
2. of those, the one that names the severity, then the one that names the road;
3. of those that differ in the place only, the one of the smaller place.

No two rules of a kind name the same, so that one alone is left. Without any, the kind's own holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LimitRule:
    """Limits, one for each stage, under conditions; an empty condition is none.

    `place` is the path of a division, as "/CITY/LC/", and holds for everything below it.
    """

    limits: tuple[str, ...]
    severity: int | None = None
    road: str = ""
    place: str = ""

    def fits(self, *, severity: int | None, road: str, place: str) -> bool:
        """Whether everything that the rule names is so."""
        return (
            self.severity in (None, severity)
            and self.road in ("", road)
            and (not self.place or place.startswith(self.place))
        )

    @property
    def weight(self) -> tuple[int, bool, bool, int]:
        """How specific it is; the greatest wins."""
        named = (self.severity is not None, bool(self.road), bool(self.place))
        return sum(named), named[0], named[1], len(self.place)


def limits_for(
    own: tuple[str, ...],
    rules: Iterable[LimitRule],
    *,
    severity: int | None = None,
    road: str = "",
    place: str = "",
) -> tuple[str, ...]:
    """The limits that hold: the kind's `own`, or those of the most specific rule that fits.

    >>> rules = [LimitRule(("1wd",), road="back-lane"), LimitRule(("2wh",), severity=3)]
    >>> limits_for(("4wh",), rules, severity=1, road="back-lane", place="/CITY/LC/")
    ('1wd',)
    >>> limits_for(("4wh",), rules, severity=3, road="back-lane")
    ('2wh',)
    >>> limits_for(("4wh",), rules)
    ('4wh',)
    """
    fitting = [rule for rule in rules if rule.fits(severity=severity, road=road, place=place)]
    return max(fitting, key=lambda rule: rule.weight).limits if fitting else own
