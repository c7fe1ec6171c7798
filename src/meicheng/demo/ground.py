"""The ground of the demo city: a bent grid with a river, divisions, streets and blocks.

Everything is laid out on a plane of 12 by 8 units, `WIDE` by `HIGH`: two districts north of the
river at `RIVER`, one south of it. The plane is then bent by a few sines, so that no street is quite
straight and the river meanders, and put on the globe. Neighbours share their bent edges.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from .names import Names, romanised
from .sizes import Grid, Size

LONGITUDE, LATITUDE = 114.3, 34.2
WIDE, HIGH = 12.0, 8.0
RIVER, BANK = 4.0, 0.13  # where the river runs, and half its width
KM_PER_DEGREE = 111.2
STEP = 0.5  # a bent line is drawn with a corner at least this often
INSIDE = 0.02  # units that a house stands off its street's middle

DISTRICTS = [
    # code, zh, en, west, east, south, north on the plane
    ("LC", "柳池区", "Liuchi District", 0.0, 5.6, RIVER, HIGH),
    ("XC", "杏川区", "Xingchuan District", 5.6, WIDE, RIVER, HIGH),
    ("SF", "沙坊区", "Shafang District", 0.0, WIDE, 0.0, RIVER),
]
LANES = ["巷", "胡同", "一巷", "南巷", "里弄"]
RIVER_NAME = ("沐柳河", "Muliu River")
Point = tuple[float, float]
Box = tuple[float, float, float, float]  # west, east, south, north


@dataclass(frozen=True)
class Way:
    """A stretch of street or lane along one side of houses, within one community."""

    name: str
    name_en: str
    kind: str  # "street" or "lane"
    flat: bool  # runs west to east
    at: float  # its other coordinate, on the side of the houses
    begin: float
    end: float
    number: int  # of the first house


@dataclass
class Area:
    """A division on the plane."""

    code: str
    name: str
    name_en: str
    level: str
    box: Box
    parent: Area | None
    path: str
    population: int = 0
    ways: list[Way] = field(default_factory=list)
    estates: list[str] = field(default_factory=list)
    edge: bool = False  # at the outer border of the city, in the south
    pk: int = 0

    @property
    def district(self) -> Area:
        area = self
        while area.level != "district" and area.parent is not None:
            area = area.parent
        return area


@dataclass(frozen=True)
class Spot:
    """An address with its position."""

    street: str
    address: str
    longitude: float
    latitude: float


class Ground:
    """Where everything is; the same seed and size give the same ground."""

    def __init__(self, size: Size, seed: int) -> None:
        self._random = random.Random(f"{seed}/ground")
        self.names = Names(f"{seed}/names")
        self.size = size
        self._phases = [self._random.uniform(0, 2 * math.pi) for _ in range(4)]
        self._x = size.km / (KM_PER_DEGREE * math.cos(math.radians(LATITUDE)))
        self._y = size.km / KM_PER_DEGREE
        self.layers: dict[str, list[dict[str, Any]]] = {
            "block": [], "park": [], "water": [], "lane": [], "street": []
        }  # fmt: skip
        self.districts: list[Area] = []
        self.subdistricts: list[Area] = []
        self.communities: list[Area] = []
        self._divide()
        self._draw_river()

    # --- from the plane to the globe ---

    def position(self, u: float, v: float) -> Point:
        """Longitude and latitude of a point of the plane.

        The bends are slight enough never to fold: the determinant of their derivatives is at least
        0.87 × 0.88 - 0.31 × 0.36 > 0.6.
        """
        a, b, c, d = self._phases
        x = u + 0.56 * math.sin(0.55 * v + a) + 0.15 * math.sin(0.85 * u + b)
        y = (
            v
            + 0.55 * math.sin(0.45 * u + c)
            + 0.08 * math.sin(1.4 * u + b)
            + 0.13 * math.sin(0.9 * v + d)
        )
        return LONGITUDE + (x - WIDE / 2) * self._x, LATITUDE + (y - HIGH / 2) * self._y

    def line(self, begin: Point, end: Point) -> list[Point]:
        """The bent line between two points of the plane, with both ends."""
        length = max(abs(end[0] - begin[0]), abs(end[1] - begin[1]))
        count = max(1, math.ceil(length / STEP))
        return [
            self.position(
                begin[0] + (end[0] - begin[0]) * i / count,
                begin[1] + (end[1] - begin[1]) * i / count,
            )
            for i in range(count + 1)
        ]

    def outline(self, box: Box) -> dict[str, Any]:
        """A box of the plane as a GeoJSON polygon, counter-clockwise and closed."""
        west, east, south, north = box
        corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        ring: list[Point] = []
        for begin, end in pairwise(corners):
            ring += self.line(begin, end)[:-1]
        ring.append(ring[0])
        return {"type": "Polygon", "coordinates": [rounded(ring)]}

    def spot(self, area: Area, way: Way, chance: random.Random) -> Spot:
        """A house on a way of a community."""
        along = chance.uniform(way.begin, way.end)
        u, v = (along, way.at) if way.flat else (way.at, along)
        longitude, latitude = self.position(u, v)
        metres = (along - way.begin) * self.size.km * 1000
        number = way.number + 2 * int(metres / 14)
        return Spot(
            way.name,
            f"{way.name}{number}号",
            round(longitude, 6),
            round(latitude, 6),
        )

    def cells(self, area: Area) -> Iterable[tuple[str, dict[str, Any]]]:
        """The four grid cells of a community, each with its code and outline."""
        for place, box in enumerate(_parts(area.box, (2, 2), self._random, even=True), 1):
            yield f"{area.code}-G{place}", self.outline(box)

    # --- laying it out ---

    def _divide(self) -> None:
        people = self.size.sites / 265 * 100_000  # as many as need so many sites
        for (code, zh, en, *box), grid in zip(DISTRICTS, self.size.subdistricts, strict=True):
            district = Area(code, zh, en, "district", _box(box), None, f"/CITY/{code}/")
            self.districts.append(district)
            for serial, part in enumerate(_parts(district.box, grid, self._random), 1):
                rural = code == "SF" and part[2] == 0.0
                name = self.names.pair("镇" if rural else "街道")
                self.subdistricts.append(
                    sub := _below(district, f"{serial:02d}", name, "subdistrict", part)
                )
                for number, inner in enumerate(
                    _parts(part, self.size.communities, self._random), 1
                ):
                    community = _below(
                        sub, f"{number:02d}", self.names.pair("社区"), "community", inner
                    )
                    community.edge = rural and inner[2] == 0.0
                    share = self._random.uniform(0.6, 1.4) * (0.5 if community.edge else 1)
                    community.population = int(people * share)  # a weight, made people below
                    community.estates = [
                        self.names.pair(self._random.choice(["小区", "花园", "家园", "苑", "里"]))
                        for _ in range(4)
                    ]
                    self.communities.append(community)
        whole = sum(one.population for one in self.communities)
        for one in self.communities:
            one.population = round(one.population / whole * people)
        for one in [*self.subdistricts, *self.districts]:
            one.population = sum(
                c.population for c in self.communities if c.path.startswith(one.path)
            )
        self._lay_streets()

    def _lay_streets(self) -> None:
        """A named street along every border, lanes and blocks inside every community."""
        known: dict[tuple[bool, float, str], str] = {}

        def named(flat: bool, at: float, within: str, ending: str) -> str:
            key = (flat, round(at, 4), within)
            if key not in known:
                known[key] = self.names.pair(ending)
            return known[key]

        drawn: set[tuple[str, float, float]] = set()
        for area in self.communities:
            west, east, south, north = area.box
            sub = area.parent
            assert sub is not None
            for flat, at, inside in (
                (True, south, INSIDE),
                (True, north, -INSIDE),
                (False, west, INSIDE),
                (False, east, -INSIDE),
            ):
                border = at in sub.box
                within = "" if border else sub.code
                ending = ("大道" if flat else "路") if border else ("路" if flat else "街")
                begin, end = (west, east) if flat else (south, north)
                if at == RIVER and flat:
                    inside += math.copysign(BANK, inside)
                    ending, within = "路", "north" if inside > 0 else "south"
                name = named(flat, at, within, ending)
                area.ways.append(self._way(name, "street", flat, at + inside, begin, end))
                key = (name, round(begin, 3), round(end, 3))
                if key not in drawn:
                    drawn.add(key)
                    middle = at + (inside if at == RIVER else 0)
                    self._draw("street", name, self._ends(flat, middle, begin, end))
            self._lay_lanes(area)

    def _lay_lanes(self, area: Area) -> None:
        """Lanes across and upright, and between them and the streets blocks, parks and lakes."""
        west, east, south, north = area.box
        columns, rows = self.size.lanes
        low = south + (BANK if south == RIVER else 0)
        high = north - (BANK if north == RIVER else 0)
        upright = self._cuts(west, east, columns)
        across = self._cuts(low, high, rows)
        gap = 2 * INSIDE
        for flat, places, begin, end in (
            (True, across, west, east),
            (False, upright, low, high),
        ):
            for at in places[1:-1]:
                name = self.names.pair(self._random.choice(LANES))
                way = self._way(name, "lane", flat, at + INSIDE / 2, begin + gap, end - gap)
                area.ways.append(way)
                self._draw("lane", name, self._ends(flat, at, begin + gap, end - gap))
        for left, right in pairwise(upright):
            for below, above in pairwise(across):
                box = (left + gap, right - gap, below + gap, above - gap)
                what = self._random.random()
                if what < 0.05:
                    self._block("park", box, self.names.pair("公园"))
                elif what < 0.055:
                    self._block("water", box, self.names.pair("湖"))
                else:
                    self._block("block", box, "")

    def _block(self, layer: str, box: Box, name: str) -> None:
        self.layers[layer].append(_feature(self.outline(box), name))

    def _cuts(self, low: float, high: float, lanes: int) -> list[float]:
        """Where lanes lie between two streets, with the streets."""
        step = (high - low) / (lanes + 1)
        inner = [
            low + step * (place + self._random.uniform(-0.2, 0.2)) for place in range(1, lanes + 1)
        ]
        return [low, *inner, high]

    def _way(self, name: str, kind: str, flat: bool, at: float, begin: float, end: float) -> Way:
        number = int(begin * self.size.km * 1000 / 14) % 400 + 1
        return Way(name, street_en(name), kind, flat, at, begin, end, number)

    def _ends(self, flat: bool, at: float, begin: float, end: float) -> list[Point]:
        return self.line((begin, at), (end, at)) if flat else self.line((at, begin), (at, end))

    def _draw(self, layer: str, name: str, line: list[Point]) -> None:
        shape = {"type": "LineString", "coordinates": rounded(line)}
        self.layers[layer].append(_feature(shape, name))

    def _draw_river(self) -> None:
        beyond = 0.6
        south = self.line((-beyond, RIVER - BANK), (WIDE + beyond, RIVER - BANK))
        north = self.line((WIDE + beyond, RIVER + BANK), (-beyond, RIVER + BANK))
        ring = [*south, *north, south[0]]
        shape = {"type": "Polygon", "coordinates": [rounded(ring)]}
        self.layers["water"].append(_feature(shape, RIVER_NAME[0]))


def street_en(name: str) -> str:
    """A street's name in English: "清和路" is "Qinghe Road"."""
    for ending, words in (("大道", "Avenue"), ("胡同", "Hutong"), ("一巷", "1st Lane"),
                          ("南巷", "South Lane"), ("里弄", "Alley"), ("巷", "Lane"),
                          ("街", "Street"), ("路", "Road")):  # fmt: skip
        if name.endswith(ending):
            return f"{romanised(name.removesuffix(ending))} {words}"
    return romanised(name)


def rounded(line: Sequence[Point]) -> list[list[float]]:
    """Positions to a metre."""
    return [[round(longitude, 5), round(latitude, 5)] for longitude, latitude in line]


def _feature(shape: dict[str, Any], name: str) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"name": name} if name else {}, "geometry": shape}


def _box(numbers: Sequence[Any]) -> Box:
    west, east, south, north = numbers
    return float(west), float(east), float(south), float(north)


def _below(parent: Area, ending: str, name: str, level: str, box: Box) -> Area:
    code = parent.code + ending
    stem = name[:2]
    words = {"镇": "Town", "街道": "Subdistrict", "社区": "Community"}[name[2:]]
    english = f"{romanised(stem)} {words}"
    return Area(code, name, english, level, box, parent, f"{parent.path}{code}/")


def _parts(box: Box, grid: Grid, chance: random.Random, *, even: bool = False) -> list[Box]:
    """A box cut into columns and rows of slightly different widths, from the south-west."""
    columns, rows = grid
    west, east, south, north = box

    def cuts(low: float, high: float, count: int) -> list[float]:
        inner = [
            low + (high - low) * (i + (0 if even else chance.uniform(-0.15, 0.15))) / count
            for i in range(1, count)
        ]
        return [low, *inner, high]

    across, up = cuts(west, east, columns), cuts(south, north, rows)
    return [
        (across[i], across[i + 1], up[j], up[j + 1]) for j in range(rows) for i in range(columns)
    ]
