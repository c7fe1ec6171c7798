"""Cases that are about the same place: the same site, or so near that it is one spot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from meicheng.engine.space import distance_m

METRES_OF_DEGREE = 111_195.0
COS_60 = 0.5


@dataclass(frozen=True)
class Spot:
    """Where a problem of a kind is; `site` 0 is none."""

    kind: str
    site: int = 0
    longitude: float | None = None
    latitude: float | None = None

    @property
    def known(self) -> bool:
        """Whether anything says where it is."""
        return bool(self.site) or self.longitude is not None

    def same_as(self, other: Spot, metres: float) -> bool:
        """Whether the two are one place: the same kind, and the same site or near enough."""
        if self.kind != other.kind:
            return False
        if self.site and self.site == other.site:
            return True
        here, there = (self.longitude, self.latitude), (other.longitude, other.latitude)
        if None in here or None in there:
            return False
        lon, lat, lon2, lat2 = (float(value or 0) for value in (*here, *there))
        return distance_m(lon, lat, lon2, lat2) <= metres


@dataclass
class Spots:
    """Places found so far; looks only at those in the squares around a spot."""

    metres: float
    _squares: dict[tuple[str, int, int], list[Spot]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _sites: dict[tuple[str, int], list[Spot]] = field(default_factory=lambda: defaultdict(list))

    def add(self, spot: Spot) -> None:
        """Take in a place."""
        if spot.longitude is not None and spot.latitude is not None:
            self._squares[(spot.kind, *self._square(spot))].append(spot)
        if spot.site:
            self._sites[spot.kind, spot.site].append(spot)

    def holds(self, spot: Spot) -> bool:
        """Whether one of the places is this one."""
        if spot.site and self._sites.get((spot.kind, spot.site)):
            return True
        if spot.longitude is None or spot.latitude is None:
            return False
        x, y = self._square(spot)
        near = (
            other
            for east in (-1, 0, 1)
            for north in (-1, 0, 1)
            for other in self._squares.get((spot.kind, x + east, y + north), ())
        )
        return any(spot.same_as(other, self.metres) for other in near)

    def _square(self, spot: Spot) -> tuple[int, int]:
        """The square that a position lies in, at least `metres` a side up to 60° from the equator."""
        latitude, longitude = spot.latitude or 0.0, spot.longitude or 0.0
        east = longitude * METRES_OF_DEGREE * COS_60
        return int(east // self.metres), int(latitude * METRES_OF_DEGREE // self.metres)


def distinct(spots: Iterable[Spot], metres: float) -> list[Spot]:
    """The places among these, each once: a spot near one taken before is that place."""
    found, kept = Spots(metres), []
    for spot in spots:
        if spot.known and not found.holds(spot):
            found.add(spot)
            kept.append(spot)
    return kept
