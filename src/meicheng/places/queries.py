"""What people look at of places: where a position lies, lists of sites."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from .finding import DivisionFinder
from .models import Division, Site, SiteKind

PAGE_SIZE = 50
COUNT_CAP = 10_000


def division_at(longitude: float, latitude: float) -> Division | None:
    """The deepest division around a position; None outside the city (at most 2 SQL statements).

    Where the edge of the city is not known, every other position lies in the city itself.
    """
    finder = DivisionFinder()
    (found,) = finder.locate([(longitude, latitude)])
    return found if found is not None or finder.drawn else finder.city


@dataclass(frozen=True)
class SitePage:
    """One page of the list of sites."""

    sites: list[Site]
    page: int
    pages: int
    count: int
    capped: bool


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


def site_list(sites: QuerySet[Site], *, page: int) -> SitePage:
    """One page of sites (2 SQL statements)."""
    count = sites.order_by().values("pk")[: COUNT_CAP + 1].count()
    capped, count = count > COUNT_CAP, min(count, COUNT_CAP)
    pages = max(1, -(-count // PAGE_SIZE))
    page = max(1, min(page, pages))
    start = (page - 1) * PAGE_SIZE
    shown = list(
        sites.select_related("kind", "division", "division__district")[start : start + PAGE_SIZE]
    )
    return SitePage(shown, page, pages, count, capped)
