"""What the parts of the demo city's making know of each other."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from meicheng.organisation.models import Unit
from meicheng.standards.models import CaseKind, Item

from .ground import Area, Ground
from .sizes import Size

DAYS = 730  # two years
CITY_HOURS = timedelta(hours=8)  # the city's clock; it has no summer time


class Person(NamedTuple):
    """Somebody who does things, as events name them."""

    pk: int
    name: str


@dataclass
class Crew:
    """A unit with its people and how well it works."""

    unit: Unit
    on_time: float  # share of its cases that it solves in time
    redo: float  # share that has to be done again
    liked: float  # share of ratings of 4 or 5
    does: frozenset[str] = frozenset()  # the kinds of cases that it is there for
    workers: list[Person] = field(default_factory=list)


class Place(NamedTuple):
    """A site, with how well it is kept (a normal score)."""

    pk: int
    kind: str
    area: Area
    name: str
    address: str
    longitude: float
    latitude: float
    cell: int
    quality: float


class Failure(NamedTuple):
    """An item that failed on a visit and opens a case."""

    at: datetime
    place: Place
    item: Item
    by: Person


@dataclass
class World:
    """The city while it is being made."""

    size: Size
    seed: int
    until: datetime  # everything happened before this, in UTC
    ground: Ground
    kinds: dict[str, CaseKind] = field(default_factory=dict)
    items: dict[str, list[Item]] = field(default_factory=dict)  # by kind of site
    division_pks: dict[str, int] = field(default_factory=dict)
    crews: dict[tuple[str, str], list[Crew]] = field(default_factory=dict)  # role, district
    desk: list[Person] = field(default_factory=list)
    verifiers: dict[str, list[Person]] = field(default_factory=dict)  # by district
    inspectors: list[Person] = field(default_factory=list)
    leads: list[Person] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    # Of each scene, keys of a picture before and of one after, and the latter's hash.
    pictures: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)
    # Pictures with a parked car that a unit added to its own, as (key, hash), and what came of them.
    parked: list[tuple[int, str]] = field(default_factory=list)

    @property
    def start(self) -> datetime:
        """Midnight in the city, two years before the end."""
        local = self.until + CITY_HOURS
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=DAYS) - CITY_HOURS

    def chance(self, name: str) -> random.Random:
        """A stream of random numbers of its own for each part."""
        return random.Random(f"{self.seed}/{name}")

    def numbers(self, place: int) -> list[int]:
        """The seed of a numpy generator for each part."""
        return [self.seed, place]


def city_time(at: datetime) -> datetime:
    """The city's clock at an instant, as if it were UTC; for quick arithmetic only."""
    return at + CITY_HOURS


def month_number(at: datetime) -> int:
    """As `places.time.month_of`, for instants in UTC and the city's fixed clock."""
    local = at + CITY_HOURS
    return local.year * 100 + local.month


def utc(day: datetime) -> datetime:
    """A naive moment of the city's clock as an instant."""
    return (day - CITY_HOURS).replace(tzinfo=UTC)
