"""The rungs that a late case climbs: warnings, supervision, cards; from the pack until a city edits them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.standards.packs import read_pack

from .models import CARDS, COLOURS, Rules, Supervision

MOST = 1000  # per cent: overdue nine times


@dataclass(frozen=True, slots=True)
class Rung:
    """What happens when `percent` of the limit is used: a warning of a colour, or supervision."""

    percent: int
    colour: str = ""
    to: str = ""
    card: str = ""

    @property
    def supervised(self) -> bool:
        """Whether a superior takes it up; otherwise it is a warning."""
        return bool(self.to)

    @property
    def overdue(self) -> str:
        """How many times its limit a case is overdue here, as people write it: "1", "1.5"."""
        return f"{(self.percent - 100) / 100:g}"


class BadRules(ValueError):
    """Rules that make no sense; the message says which and why."""


@cache
def pack_rungs() -> tuple[Rung, ...]:
    """The rungs of the shipped pack.

    `when` is a share of the limit; `overdue` says how many times its limit a case is overdue: 1.0
    is the same time again, so 200 % of the limit used.
    """
    pack = read_pack("case-kinds")
    cards = {row["supervised_by"]: row["card"] for row in pack.get("cards", [])}
    found = [Rung(round(row["when"] * 100), colour=row["colour"]) for row in pack["warning"]]
    found += [
        Rung(round((1 + row["overdue"]) * 100), to=row["to"], card=cards.get(row["to"], ""))
        for row in pack["supervision"]
    ]
    return checked(found)


def checked(rungs: Iterable[Rung]) -> tuple[Rung, ...]:
    """The rungs in their order. Raises `BadRules`."""
    found = tuple(sorted(rungs, key=lambda rung: rung.percent))
    for one in found:
        if not 1 <= one.percent <= MOST:
            raise BadRules(
                _("%(percent)s %% of the limit: expected 1 to %(most)d")
                % {"percent": one.percent, "most": MOST}
            )
        if one.supervised and one.percent <= 100:
            raise BadRules(_("A case is supervised when it is overdue, so above 100 %"))
        if not one.supervised and one.percent > 100:
            raise BadRules(_("A warning comes before the case is overdue, so up to 100 %"))
        if one.supervised == bool(one.colour) or (one.card and not one.supervised):
            raise BadRules(_("A rung is a warning with its colour, or supervision by a role"))
        if (
            one.colour not in ("", *dict(COLOURS))
            or one.card not in ("", *dict(CARDS))
            or one.to not in ("", *Supervision.To.values)
        ):
            raise BadRules(_("There is no such colour, card or role"))
    percents = [one.percent for one in found]
    if len(set(percents)) != len(percents):
        raise BadRules(_("Two rungs stand at the same per cent"))
    return found


def rungs_of(rules: Rules) -> tuple[Rung, ...]:
    """The rungs as a row keeps them."""
    return tuple(Rung(**rung) for rung in rules.rungs)


def written(rungs: Iterable[Rung]) -> list[dict[str, Any]]:
    """Rungs as a row keeps them."""
    return [
        {"percent": one.percent, "colour": one.colour, "to": one.to, "card": one.card}
        for one in rungs
    ]


def current_rules() -> Rules:
    """The rules for clocks that start now; those of the pack where the city wrote none (1 or 2 SQL)."""
    # Two that write the pack's at the same moment write the same.
    return Rules.objects.first() or Rules.objects.create(
        rungs=written(pack_rungs()), made_at=timezone.now()
    )
