"""In which division a new case lies."""

from __future__ import annotations

from django.utils.translation import gettext as _

from meicheng.places.models import Division, Site
from meicheng.places.queries import division_at


class NowhereKnown(ValueError):
    """A place that no division of the city holds; the message says what is missing."""


def place_of(
    *,
    site: Site | None = None,
    division: Division | None = None,
    longitude: float | None = None,
    latitude: float | None = None,
) -> Division:
    """The division of a site, or the one named, or the one whose outline holds the position.

    Raises `NowhereKnown`.
    """
    if site is not None:
        return site.division
    if division is not None:
        return division
    if longitude is None or latitude is None:
        raise NowhereKnown(
            _("Say where it is: choose a site, a community, or a position on the map")
        )
    found = division_at(longitude, latitude)
    if found is None:
        raise NowhereKnown(
            _("The position %(longitude).5f, %(latitude).5f lies outside the city; choose another")
            % {"longitude": longitude, "latitude": latitude}
        )
    return found
