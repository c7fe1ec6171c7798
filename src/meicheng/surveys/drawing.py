"""Who could be asked, and drawing among them: lists of households, venues, visitors, a panel."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from meicheng.engine.planning.drawing import frame_hash
from meicheng.engine.surveys.samples import DrawnCell, Frame, draw_sample
from meicheng.places.models import Division, Site

from .models import Wave

PERSONS = 2.62  # in a household, where nothing is said: the national census of 2020
PASSERS = 1000  # visitors of a site on the days of asking, where nothing is said
MOST = 20_000  # to be asked in one wave
LEAST = 5  # asked together at least: an answer of one alone would say whose it is
LEVELS = ("city", "district", "subdistrict", "community")


class BadSample(ValueError):
    """A sample that cannot be drawn; the message says why."""


@dataclass(frozen=True)
class Asked:
    """Who shall be asked: where, whom, how many, and what is known of how many there are.

    persons: people in a household. passers: visitors of each site. panel: lines of a community's
    code and a member's code. clusters: how many communities (of visitors: sites) are drawn first in
    each stratum; 0 for all.
    """

    audience: str
    areas: Sequence[Division]
    level: str
    count: int
    clusters: int = 0
    site_kinds: Sequence[str] = ()
    persons: float = PERSONS
    passers: int = PASSERS
    panel: str = ""


@dataclass(frozen=True)
class Sample:
    """What was drawn, with all that is needed to draw it again."""

    seed: str
    frames: list[Frame]
    cells: list[DrawnCell]
    places: dict[str, tuple[Division, Site | None]]
    hash: str

    @property
    def cells_there(self) -> dict[str, int]:
        """How many cells each stratum has."""
        return dict(Counter(one.stratum for one in self.frames if one.size))


def draw(asked: Asked, *, seed: str = "") -> Sample:
    """Draw whom to ask (2 SQL statements). Raises `BadSample`.

    The seed is made now unless it is given, which is how the demo city is made.
    """
    if not 1 <= asked.count <= MOST:
        raise BadSample(
            _("Ask 1 to %(most)d, not %(count)d") % {"most": MOST, "count": asked.count}
        )
    places: dict[str, tuple[Division, Site | None]] = {}
    frames = list(_frames(asked, places))
    if not any(frame.size for frame in frames):
        raise BadSample(
            _("There is nobody to draw: no population of communities, no such sites, no panel")
        )
    _check(frames, asked)
    seed = seed or secrets.token_hex(16)
    cells = draw_sample(frames, asked.count, seed, clusters=asked.clusters, least=LEAST)
    return Sample(seed, frames, cells, places, hash_of(frames))


def hash_of(frames: Iterable[Frame]) -> str:
    """A hash of everybody who could be drawn."""
    return frame_hash(
        f"{one.cell}|{one.stratum}|{','.join(sorted(one.codes)) or one.count}" for one in frames
    )


def stored(frames: Sequence[Frame]) -> list[list[Any]]:
    """Frames as a wave keeps them."""
    return [[one.cell, one.stratum, list(one.codes) or one.count] for one in frames]


def frames_of(wave: Wave) -> list[Frame]:
    """Who could be drawn, as the wave keeps it; nothing else of the database is asked."""
    return [
        Frame(cell, stratum, codes=who)
        if isinstance(who, list)
        else Frame(cell, stratum, count=who)
        for cell, stratum, who in wave.frame
    ]


def drawn_again(wave: Wave) -> list[DrawnCell]:
    """The draw of a wave, made again from its frame and seed."""
    return draw_sample(frames_of(wave), wave.asked, wave.seed, clusters=wave.clusters, least=LEAST)


def _check(frames: Sequence[Frame], asked: Asked) -> None:
    """Raise `BadSample` where somebody would be asked almost alone."""
    small = next((one for one in frames if 0 < one.size < LEAST), None)
    if small is not None:
        raise BadSample(
            _("“%(cell)s” has only %(count)d to ask: choose larger strata. At least %(least)d are asked "
              "together, so that no answer shows whose it is")
            % {"cell": small.cell, "count": small.size, "least": LEAST}
        )  # fmt: skip
    cells = Counter(one.stratum for one in frames if one.size)
    needed = LEAST * sum(min(asked.clusters or count, count) for count in cells.values())
    if asked.count < needed:
        raise BadSample(
            _("At least %(needed)d must be asked: %(least)d in each of %(cells)d places. Draw fewer "
              "communities in each stratum first, or choose larger strata")
            % {"needed": needed, "least": LEAST, "cells": needed // LEAST}
        )  # fmt: skip


def _frames(asked: Asked, places: dict[str, tuple[Division, Site | None]]) -> Iterable[Frame]:
    communities = _communities(asked.areas)
    if asked.audience == Wave.Audience.HOUSEHOLDS:
        if not 1 <= asked.persons <= 10:
            raise BadSample(_("A household has 1 to 10 people on average"))
        for one in communities:
            cell = f"{one.code}/household"
            places[cell] = (one, None)
            yield Frame(
                cell, f"{_stratum(one, asked.level)}/household",
                count=round((one.population or 0) / asked.persons),
            )  # fmt: skip
        return
    if asked.audience == Wave.Audience.PANEL:
        yield from _panel(asked, communities, places)
        return
    by_pk = {one.pk: one for one in communities}
    sites = Site.objects.filter(
        active=True, kind__in=asked.site_kinds, division__in=by_pk
    ).order_by("code")
    venues: dict[str, list[str]] = {}
    for site in sites:
        community = by_pk[site.division_id]
        stratum = f"{_stratum(community, asked.level)}/{site.kind_id}"
        if asked.audience == Wave.Audience.VISITORS:
            places[site.code] = (community, site)
            yield Frame(site.code, stratum, count=asked.passers)
        else:
            venues.setdefault(stratum, []).append(site.code)
    yield from _listed(venues, places)


def _panel(
    asked: Asked,
    communities: Sequence[Division],
    places: dict[str, tuple[Division, Site | None]],
) -> Iterable[Frame]:
    by_code = {one.code: one for one in communities}
    members: dict[str, list[str]] = {}
    for number, line in enumerate(asked.panel.splitlines(), 1):
        words = line.replace(",", " ").replace("，", " ").split()
        if not words:
            continue
        if len(words) != 2 or words[0] not in by_code or len(words[1]) > 40:
            raise BadSample(
                _("Panel, line %(line)d: expected a community's code here and a member's code of at "
                  "most 40 characters, never a name") % {"line": number}
            )  # fmt: skip
        stratum = f"{_stratum(by_code[words[0]], asked.level)}/panel"
        members.setdefault(stratum, []).append(words[1])
    yield from _listed(members, places)


def _listed(
    strata: dict[str, list[str]], places: dict[str, tuple[Division, Site | None]]
) -> Iterable[Frame]:
    """Strata whose members are known by their codes: each is one cell (1 SQL statement)."""
    codes = {name.split("/")[0] for name in strata}
    divisions = {one.code: one for one in Division.objects.filter(code__in=codes).defer("outline")}
    for name, members in sorted(strata.items()):
        places[name] = (divisions[name.split("/")[0]], None)
        yield Frame(name, name, codes=sorted(set(members)))


def _communities(areas: Sequence[Division]) -> list[Division]:
    """The communities in these areas, each once."""
    found = Division.objects.filter(level=Division.Level.COMMUNITY).defer("outline")
    paths = tuple(one.path for one in areas)
    return [one for one in found.order_by("path") if one.path.startswith(paths)]


def _stratum(community: Division, level: str) -> str:
    """The code of the division of a level that a community lies in."""
    codes = community.path.strip("/").split("/")
    return codes[min(LEVELS.index(level), len(codes) - 1)]
