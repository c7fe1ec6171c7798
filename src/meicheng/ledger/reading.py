"""Values as people write them, read by the rules that their item serves and in their unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from meicheng.engine.frameworks import UNITS
from meicheng.engine.frameworks.ranges import PER_CENT, ends, in_range, may_be_a_share
from meicheng.standards.queries import said
from meicheng.tables import values
from meicheng.tables.kinds import Rejection

ANSWERS = {"yes": "yes", "no": "no", "na": "na", "n/a": "na", "是": "yes", "否": "no",
           "合格": "yes", "不合格": "no", "不适用": "na"}  # fmt: skip
REVIEWS = {"accepted": "accepted", "returned": "returned", "通过": "accepted", "退回": "returned"}
EVENTS = {"occurred": "occurred", "cleared": "cleared", "发生": "occurred", "解除": "cleared"}
FIGURES = {"target", "trend", "grade"}
MEASURED = re.compile(r"(?P<number>[-+]?[\d.,，]+(?:[eE][-+]?\d+)?)\s*(?P<unit>\D.*)?")
# Units as people write them behind a figure; “%” may stand for several.
UNITS_OF = {
    spelt.replace(" ", "").casefold(): frozenset({unit})
    for unit, words in UNITS.items()
    for spelt in (unit, words.zh, words.en)
    if spelt.strip()
} | {"%": PER_CENT, "％": PER_CENT, "㎡": frozenset({"m2"}), "‰": frozenset({"permille"})}
RATE = "rate"  # two numbers, kept as a share whose weight is the second


@dataclass(frozen=True)
class ReadValue:
    """A value as the ledger keeps it."""

    value: str
    number: float | None = None
    weight: float = 1.0


def read_value(words: str, rules: frozenset[str], units: frozenset[str]) -> ReadValue | Rejection:
    """The value as the rules that the item serves understand it, and in their unit.

    An item that no standard uses takes an answer or a number; it is kept, and counts nowhere.
    """
    folded = words.casefold()
    looks = rules & {"pass_rate", "deduct"} or not rules
    if looks and folded in ANSWERS:
        return ReadValue(ANSWERS[folded])
    if "materials" in rules and folded in REVIEWS:
        return ReadValue(REVIEWS[folded])
    if "veto" in rules and folded in EVENTS:
        return ReadValue(EVENTS[folded])
    if "rate" in rules and (share := _share(words)) is not None:
        return share
    if rules & (FIGURES | {"deduct"}) or not rules:
        figure, written = _measured(words)
        if written and units and not written & units:
            return Rejection(
                "value",
                _("“%(value)s” is in another unit; expected %(expected)s")
                % {"value": values.shown(words), "expected": _number_in(units)},
            )
        counted = figure is not None and figure >= 0 and (figure.is_integer() or not rules)
        if figure is not None and (rules & FIGURES or counted):
            return _out_of_range(words, figure, written, units) or ReadValue("", figure)
    if "share_of_answers" in rules:
        return ReadValue(words)
    return Rejection(
        "value",
        _("“%(value)s” does not fit this item; expected %(expected)s")
        % {"value": values.shown(words), "expected": "; ".join(_expected(rules, units))},
    )


def _out_of_range(
    words: str, figure: float, written: frozenset[str], units: frozenset[str]
) -> Rejection | None:
    """Why no figure of these units can be so; None where one can."""
    asked = units & written or units
    if not asked:
        return None
    if not any(in_range(figure, unit) for unit in asked):
        return Rejection(
            "value",
            _("“%(value)s” is not possible; expected %(expected)s, %(ends)s")
            % {
                "value": values.shown(words),
                "expected": _number_in(asked),
                "ends": _(" or ").join(sorted(ends_words(unit) for unit in asked)),
            },
        )
    if not written and all(may_be_a_share(figure, unit) for unit in asked):
        return Rejection(
            "value",
            _("“%(value)s” may be %(whole)s %% or %(value)s %%; expected it with its sign, %%")
            % {"value": values.shown(words), "whole": f"{figure * 100:.10g}"},
        )
    return None


def ends_words(unit: str) -> str:
    """Between what a figure of a unit lies: “from 0 to 100”."""
    low, high = ends(unit)
    if high is None:
        return _("%(low)s or more") % {"low": f"{low or 0:g}"}
    return _("from %(low)s to %(high)s") % {"low": f"{low or 0:g}", "high": f"{high:g}"}


def _expected(rules: frozenset[str], units: frozenset[str]) -> Iterator[str]:
    """What values an item of these rules takes, in words."""
    if rules & {"pass_rate", "deduct"} or not rules:
        yield _("yes, no or na")
    if "deduct" in rules:
        yield _("the number of problems found")
    if rules & FIGURES or not rules:
        yield _number_in(units)
    if "materials" in rules:
        yield _("accepted or returned")
    if "veto" in rules:
        yield _("occurred or cleared")
    if "rate" in rules:
        yield _("two numbers, as 17/20")


def _number_in(units: frozenset[str]) -> str:
    """What a figure must be, in words: “a number in dB”."""
    named = sorted({said(UNITS[unit]).strip() for unit in units} - {""})
    return _("a number in %(unit)s") % {"unit": _(" or ").join(named)} if named else _("a number")


def _measured(words: str) -> tuple[float | None, frozenset[str]]:
    """A figure and the units that may be meant by what is written behind it (none: nothing is).

    >>> _measured("55dB"), _measured("many")
    ((55.0, frozenset({'db'})), (None, frozenset()))
    >>> "percent" in _measured("92.5 %")[1]
    True
    """
    none: frozenset[str] = frozenset()
    match = MEASURED.fullmatch(words.strip())
    if match is None:
        return None, none
    suffix = (match["unit"] or "").replace(" ", "").casefold()
    units = UNITS_OF.get(suffix, none)
    return (_figure(match["number"]), units) if units or not suffix else (None, none)


def _figure(words: str) -> float | None:
    try:
        return values.number()(words.strip())
    except ValueError:
        return None


def _share(words: str) -> ReadValue | None:
    """ "17/20" as 0.85 that weighs 20: sums of weights and of numbers times weights give both."""
    part, slash, whole = words.partition("/")
    hits, among = _figure(part), _figure(whole) if slash else None
    if hits is None or among is None or not 0 <= hits <= among or among == 0:
        return None
    return ReadValue(RATE, hits / among, among)
