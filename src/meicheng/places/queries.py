"""What people look at of places: where a position lies, lists of sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

from django.db.models import F, Q, QuerySet

from meicheng.engine.space import distance_m
from meicheng.tables.pages import Page, page_of

from .finding import DivisionFinder
from .models import Division, Site, SiteKind


def division_at(longitude: float, latitude: float) -> Division | None:
    """The deepest division around a position; None outside the city (at most 2 SQL statements).

    Where the edge of the city is not known, every other position lies in the city itself.
    """
    finder = DivisionFinder()
    (found,) = finder.locate([(longitude, latitude)])
    return found if found is not None or finder.drawn else finder.city


def sites_in(
    within: Q, *, kind: SiteKind | None, division: Division | None, words: str
) -> QuerySet[Site]:
    """The active sites of a scope, narrowed down (no SQL yet)."""
    sites = Site.objects.filter(within, active=True)
    if kind is not None:
        sites = sites.filter(kind=kind)
    if division is not None:
        sites = sites.filter(division__path__startswith=division.path)
    if words:
        sites = sites.filter(
            Q(name_zh__icontains=words)
            | Q(name_en__icontains=words)
            | Q(address__icontains=words)
            | Q(code__istartswith=words)
        )
    return sites.order_by("code")


def site_list(sites: QuerySet[Site], *, page: int) -> Page[Site]:
    """One page of sites (3 SQL statements)."""
    whole = Site.objects.select_related("kind", "division__district")
    return page_of(sites, page, whole.defer("division__outline", "division__district__outline"))


@dataclass(frozen=True)
class NearSite:
    """A site and how far it is from where somebody stands, where that is known."""

    site: Site
    metres: int | None = None


def nearest_sites(
    kinds: Sequence[str], *, position: tuple[float, float] | None = None, at_most: int = 20
) -> list[NearSite]:
    """Sites of some kinds, nearest first; by name where no position is known (1 SQL statement)."""
    sites = (
        Site.objects.filter(kind__in=kinds, active=True)
        .select_related("kind", "division__district")
        .defer("division__outline", "division__district__outline")
    )
    if position is None:
        return [NearSite(site) for site in sites.order_by("division__path", "code")[:at_most]]
    longitude, latitude = position
    # On some kilometres the earth is flat enough to be sorted by.
    shrunk = cos(radians(latitude)) ** 2
    east, north = F("longitude") - longitude, F("latitude") - latitude
    placed = sites.filter(longitude__isnull=False, latitude__isnull=False)
    found = placed.order_by(east * east * shrunk + north * north, "code")[:at_most]
    return [
        NearSite(site, round(distance_m(longitude, latitude, site.longitude, site.latitude)))
        for site in found
        if site.longitude is not None and site.latitude is not None
    ]
