"""Which open cases may be the problem that somebody reports, though she says it in other words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from meicheng.cases.models import Case
from meicheng.cases.text import pieces
from meicheng.engine.hearing import chance_of_same, overlap
from meicheng.engine.space import cells_around, distance_m

from ..checking import FALLBACK, Checked, Near, open_near, world
from ..models import Report

WITHIN_M = 200
LOOKED_AT = 150  # open cases near a place, the newest: a busy street has no more
LIKELY = 0.5
# Where no position is known: an address that begins alike is as good as some metres.
SAME_ADDRESS_M, SAME_COMMUNITY_M = 15.0, 120.0
ADDRESS = 6  # characters of an address that name the street


@dataclass(frozen=True)
class Possible:
    """A case that may be the same problem, how likely, and how far off; None where nobody knows."""

    case: Case
    chance: float
    metres: int | None


def possible_cases(report: Report, *, at_least: float = LIKELY) -> list[Possible]:
    """Open cases that a report may tell of, the likeliest first (1 SQL statement)."""
    return [
        one
        for one in _ranked(
            report.subject,
            report.body,
            report.address,
            report.longitude,
            report.latitude,
            report.division_id,
            report.reported_at,
        )
        if one.chance >= at_least and one.case.pk != report.case_id
    ]


def likely_first(checked: Checked, *, most: int) -> list[Near]:
    """What is open near a report that is about to be sent: what is likely the same comes first.

    All of its kind within 100 m, and of other kinds what is likely the same all the same (2 SQL).
    """
    said = checked.said
    if said.longitude is None or said.latitude is None:
        return []
    chances = {
        one.case.pk: one
        for one in _ranked(
            checked.subject,
            checked.body,
            said.address,
            said.longitude,
            said.latitude,
            checked.division.pk,
            checked.reported_at,
        )
    }
    kind = checked.kind if checked.kind.code != FALLBACK else None
    near = {one.case.pk: one for one in open_near(said.longitude, said.latitude, kind=kind)}
    for key, one in chances.items():
        if one.chance >= LIKELY and one.metres is not None:
            near.setdefault(key, Near(one.case, one.metres))
    found = sorted(
        near.values(),
        key=lambda one: (-chances[one.case.pk].chance if one.case.pk in chances else 0, one.metres),
    )
    return found[:most]


def _ranked(
    subject: str,
    body: str,
    address: str,
    longitude: float | None,
    latitude: float | None,
    division: int,
    at: datetime,
) -> list[Possible]:
    open_ones = Case.objects.filter(closed_at__isnull=True, reported_at__lte=at)
    if longitude is not None and latitude is not None:
        found = open_ones.filter(cell__in=cells_around(longitude, latitude, WITHIN_M))
    else:
        found = open_ones.filter(division=division)
    rows = (
        found.select_related("kind", "unit", "division")
        .defer("division__outline")
        .order_by("-reported_at")[:LOOKED_AT]
    )
    kinds = world().finder.suggest(f"{subject}\n{body}", at_most=1)
    own = _pairs(f"{subject}\n{body}", address)
    possible = []
    for case in rows:
        metres: float | None = None
        if None not in (longitude, latitude, case.longitude, case.latitude):
            metres = distance_m(longitude, latitude, case.longitude, case.latitude)  # type: ignore[arg-type]
            if metres > WITHIN_M:
                continue
        chance = chance_of_same(
            metres=metres if metres is not None else _by_address(address, case.address),
            days=abs((at - case.reported_at).total_seconds()) / 86_400,
            same_kind=kinds[0].code == case.kind_id if kinds else None,
            alike=overlap(own, _pairs(case.description, case.address)),
        )
        possible.append(Possible(case, chance, None if metres is None else round(metres)))
    return sorted(possible, key=lambda one: (-one.chance, one.case.pk))


def _by_address(one: str, other: str) -> float:
    same = bool(one) and one[:ADDRESS] == other[:ADDRESS]
    return SAME_ADDRESS_M if same else SAME_COMMUNITY_M


def _pairs(text: str, address: str) -> frozenset[str]:
    """The pairs of Chinese characters of a text, without those that only say where it is."""
    found = {one for one in pieces(text) if len(one) == 2 and not one.isascii()}
    return frozenset(found.difference(pieces(address)))
