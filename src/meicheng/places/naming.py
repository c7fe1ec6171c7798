"""Places by name: what somebody types as "near …", found among sites, streets and divisions."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Count, F, Max, Q, TextField, Value
from django.db.models.functions import Length
from shapely.geometry import shape
from shapely.ops import nearest_points

from .models import Division, MapLayer, Site

STREETS = ("street", "lane")  # layers whose lines have names
FEWEST = 2  # characters of a name; one finds everything
LEVELS = (Division.Level.SUBDISTRICT, Division.Level.COMMUNITY)


@dataclass(frozen=True)
class NamedPlace:
    """A place that a name leads to, with what tells it from others of the name."""

    name: str
    about: str
    longitude: float
    latitude: float


def named_places(words: str, *, at_most: int = 6) -> list[NamedPlace]:
    """The places whose names are like the words, best first (at most 4 SQL statements).

    First those whose names hold what was typed, then those whose names stand in it
    (“木槿巷 3 号对面”), the longer names first; sites before streets before divisions.
    """
    said = unicodedata.normalize("NFKC", words).strip()[:100]
    if len(said) < FEWEST:
        return []
    lines = _lines(_mark())
    found = [*_sites_like(said, at_most), *_like(said, lines)]
    if len(found) < at_most:
        found += [*_sites_in(said, at_most), *_inside(said, lines)]
    seen: dict[tuple[str, str], NamedPlace] = {}
    for one in found:
        seen.setdefault((one.name, one.about), one)
    return list(seen.values())[:at_most]


def _sites() -> Any:
    return (
        Site.objects.filter(active=True, longitude__isnull=False, latitude__isnull=False)
        .select_related("kind", "division")
        .defer("division__outline")
    )


def _sites_like(said: str, at_most: int) -> list[NamedPlace]:
    like = Q(name_zh__icontains=said) | Q(name_en__icontains=said) | Q(code__iexact=said)
    return [
        _of(site) for site in _sites().filter(like).order_by(Length("name_zh"), "code")[:at_most]
    ]


def _sites_in(said: str, at_most: int) -> list[NamedPlace]:
    typed = _sites().annotate(typed=Value(said, output_field=TextField()))
    inside = typed.filter(typed__contains=F("name_zh"))
    return [_of(site) for site in inside.order_by(-Length("name_zh"), "code")[:at_most]]


def _of(site: Site) -> NamedPlace:
    about = f"{site.kind.name} · {site.division.name}"
    return NamedPlace(site.name, about, site.longitude or 0, site.latitude or 0)


def _like(said: str, lines: Iterable[tuple[str, NamedPlace]]) -> list[NamedPlace]:
    folded = said.casefold()
    return [place for name, place in lines if folded in name]


def _inside(said: str, lines: Iterable[tuple[str, NamedPlace]]) -> list[NamedPlace]:
    folded = said.casefold()
    found = [(name, place) for name, place in lines if len(name) >= FEWEST and name in folded]
    return [place for _name, place in sorted(found, key=lambda one: -len(one[0]))]


def _mark() -> tuple[Any, ...]:
    """What changes when a street or a division does (2 SQL statements)."""
    layers = MapLayer.objects.filter(code__in=STREETS).aggregate(
        n=Count("pk"), at=Max("updated_at")
    )
    divisions = Division.objects.aggregate(n=Count("pk"), last=Max("pk"))
    return (*layers.values(), *divisions.values())


@lru_cache(maxsize=1)
def _lines(mark: tuple[Any, ...]) -> tuple[tuple[str, NamedPlace], ...]:
    """Streets and divisions by their folded names; kept until one of them changes."""
    found: list[tuple[str, NamedPlace]] = []
    for layer in MapLayer.objects.filter(code__in=STREETS):
        for feature in layer.features.get("features", []):
            name = str((feature.get("properties") or {}).get("name") or "")
            if name and feature.get("geometry"):
                found.append((name.casefold(), _place(name, "", feature["geometry"])))
    for division in Division.objects.filter(level__in=LEVELS, outline__isnull=False):
        about = ""
        for name in {division.name_zh, division.name_en} - {""}:
            found.append((name.casefold(), _place(name, about, division.outline)))
    return tuple(found)


def _place(name: str, about: str, geometry: Any) -> NamedPlace:
    """The point of a line or an outline that is nearest to its middle."""
    drawn = shape(geometry)
    point, _middle = nearest_points(drawn, drawn.centroid)
    return NamedPlace(name, about, round(point.x, 6), round(point.y, 6))
