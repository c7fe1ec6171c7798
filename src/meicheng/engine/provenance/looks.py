"""Photographs that look alike: fingerprints of 64 bits and how far two of them are apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

_BITS = (1 << 64) - 1
NEAR = 10  # bits within which two looks are worth comparing picture by picture
PARTS = 3  # looks that are kept of a picture: whole, without its frame, and the middle of that
MIDDLE = 0.55  # of each side
SIDES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)  # of a crop that is looked for, of both sides
STEP = 0.045  # of the old picture's side, by which the places of a crop are apart
BANDS = (11, 11, 11, 11, 10, 10)  # bits; looks up to 5 bits apart agree in one of six bands
TAIL = 20_000  # looks that are searched one by one before they are put in order
FRAME = 0.8  # share of a line's dots with the tone of the edge, from which on it is frame
GRID = 256

Ints = NDArray[np.int64]


class Candidate(NamedTuple):
    """A picture that may be the same: its key, in how many bits, and whether it was mirrored."""

    key: int
    distance: int
    mirrored: bool


@dataclass(frozen=True)
class Question:
    """What is asked for a picture that may have been used before.

    `looks` are those that are kept of it, `mirrored` those of its mirror image, `windows` those of
    its parts that may be the middle of the picture that it was cut from.
    """

    looks: tuple[int, ...]
    mirrored: tuple[int, ...]
    windows: tuple[int, ...]


def look_of(picture: Image.Image) -> int:
    """The difference hash of a picture as a signed number of 64 bits, as databases keep it.

    The picture becomes 9 × 8 grey dots; each bit says whether a dot is brighter than its right
    neighbour. Scaling, recompression and brightness hardly move it; a turned, mirrored or strongly
    cropped picture has another. Plain surfaces all look alike: 0. What is transparent counts as
    white. The picture is not changed.

    Source: the "dHash" method described by N. Krawetz, "Kind of Like That" (2013).
    """
    return int(_looks(_sums(_grey(picture)), [(0.0, 0.0, 1.0, 1.0)])[0])


def looks_of(picture: Image.Image) -> tuple[int, ...]:
    """The looks that are kept of a picture, `PARTS` of them.

    Whole; without the bars of a screenshot; and the middle of that, which is still there when the
    picture is cropped. 0 stands for a surface too plain to be told from others.
    """
    grey = _grey(picture)
    inner = _sums(without_frame(grey))
    edge = (1 - MIDDLE) / 2
    boxes = [(0.0, 0.0, 1.0, 1.0), (edge, edge, 1 - edge, 1 - edge)]
    found = [*_looks(_sums(grey), boxes[:1]), *_looks(inner, boxes)]
    return tuple(_telling(int(one)) for one in found)


def question_of(picture: Image.Image) -> Question:
    """What to ask of `Looks` for a picture: a few looks, and those of some hundred windows."""
    grey = _grey(picture)
    windows = _looks(_sums(without_frame(grey)), _windows())
    telling = dict.fromkeys(_telling(int(one)) for one in windows)
    return Question(
        looks_of(grey), looks_of(ImageOps.mirror(grey)), tuple(one for one in telling if one)
    )


def without_frame(picture: Image.Image) -> Image.Image:
    """A picture without the bars around it that a screenshot adds; itself where it has none.

    From each edge inward a line is frame where nearly all its dots have the edge's own tone. What
    is left must be at least a quarter of each side.
    """
    grey = picture.convert("L")
    width, height = grey.size
    rows = np.asarray(grey.resize((64, height), Image.Resampling.BOX), dtype=np.int16)
    top, bottom = _inside(rows)
    columns = np.asarray(
        grey.crop((0, top, width, bottom)).resize((width, 64), Image.Resampling.BOX), dtype=np.int16
    )
    left, right = _inside(columns.T)
    if (bottom - top) * 4 < height or (right - left) * 4 < width:
        return picture
    return picture.crop((left, top, right, bottom))


def distance(one: int, other: int) -> int:
    """In how many of their 64 bits two looks differ (Hamming distance).

    >>> distance(0b1011, 0b0010), distance(-1, 0)
    (2, 64)
    """
    return ((one ^ other) & _BITS).bit_count()


class Looks:
    """The looks of many pictures in memory, 32 bytes each and an index of 216, found by bands.

    Two looks that differ in at most five bits agree in one of six bands, so each look is compared
    only with those that share a band (multi-index hashing: M. Norouzi and others, "Fast Search in
    Hamming Space with Multi-Index Hashing", 2012). Up to five bits apart nothing is missed, and of
    those up to `NEAR` most are found.
    """

    def __init__(self) -> None:
        self._keys: Ints = np.zeros(0, dtype=np.int64)
        self._columns = [_Column() for _part in range(PARTS)]
        self.last = 0  # the greatest key there is

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, pictures: Iterable[tuple[int, Sequence[int]]]) -> None:
        """Take in pictures: a key and `PARTS` looks each."""
        rows = list(pictures)
        if not rows:
            return
        keys = np.array([key for key, _looks in rows], dtype=np.int64)
        self._keys = np.concatenate([self._keys, keys])
        self.last = max(self.last, int(keys.max()))
        looks = np.array([looks for _key, looks in rows], dtype=np.int64)
        for part, column in enumerate(self._columns):
            column.add(looks[:, part])

    def near(self, asked: Question, within: int = NEAR) -> list[Candidate]:
        """The pictures that may hold this one, or be held by it, the nearest first."""
        straight = [one for one in dict.fromkeys(asked.looks[:2]) if one]
        turned = [one for one in dict.fromkeys(asked.mirrored[:2]) if one]
        best: dict[int, Candidate] = {}
        for part, column in enumerate(self._columns):
            windows = list(asked.windows) if part else []
            for looks, mirrored in ((straight + windows, False), (turned, True)):
                for place, apart in column.near(np.array(looks, dtype=np.int64), within):
                    key = int(self._keys[place])
                    other = best.get(key)
                    if other is None or apart < other.distance:
                        best[key] = Candidate(key, apart, mirrored)
        return sorted(best.values(), key=lambda one: (one.distance, one.key))


class _Column:
    """One look of every picture, in order by each band; the newest ones not yet."""

    def __init__(self) -> None:
        self._looks: Ints = np.zeros(0, dtype=np.int64)
        self._orders: list[NDArray[np.int32]] = []
        # The looks themselves in each band's order: those of a bucket are read one after the other
        # instead of here and there, and that is most of a search.
        self._ordered_looks: list[NDArray[np.uint64]] = []
        self._starts: list[Ints] = []
        self._ordered = 0
        self._put_in_order()

    def add(self, looks: Ints) -> None:
        self._looks = np.concatenate([self._looks, looks])
        if len(self._looks) - self._ordered > max(TAIL, self._ordered // 50):
            self._put_in_order()

    def near(self, asked: Ints, within: int) -> list[tuple[int, int]]:
        """Place and distance of what is near to any of these; a place may come twice."""
        if not len(asked):
            return []
        found = list(self._among(asked, within))
        tail = self._looks[self._ordered :]
        for look in asked if len(tail) else []:
            found.append(_counted(np.arange(len(tail)) + self._ordered, tail, look, within))
        return [
            (int(place), int(apart))
            for places, distances in found
            for place, apart in zip(places, distances, strict=True)
        ]

    def _among(self, asked: Ints, within: int) -> Iterable[tuple[Ints, Ints]]:
        # numpy counts the bits of a negative number's absolute value, so they are counted unsigned.
        unsigned = asked.view(np.uint64)
        bands = zip(self._orders, self._ordered_looks, self._starts, _bands(asked), strict=True)
        for order, looks, starts, values in bands:
            begin = starts[values]
            counts = starts[values + 1] - begin
            before = np.cumsum(counts) - counts
            # Every member of every bucket in one array: the buckets' begins, counted up.
            members = np.arange(counts.sum(), dtype=np.int32)
            members += np.repeat((begin - before).astype(np.int32), counts)
            mine = looks[members]
            apart = np.bitwise_count(mine ^ np.repeat(unsigned, counts))
            hits = np.flatnonzero((apart <= within) & (mine != 0))
            yield order[members[hits]].astype(np.int64), apart[hits].astype(np.int64)

    def _put_in_order(self) -> None:
        self._orders, self._ordered_looks, self._starts = [], [], []
        for values, bits in zip(_bands(self._looks), BANDS, strict=True):
            order = np.argsort(values, kind="stable").astype(np.int32)
            self._orders.append(order)
            self._ordered_looks.append(self._looks.view(np.uint64)[order])
            counts = np.bincount(values, minlength=1 << bits)
            self._starts.append(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
        self._ordered = len(self._looks)


def _counted(
    places: NDArray[np.int32] | Ints, looks: Ints, asked: Ints, within: int
) -> tuple[Ints, Ints]:
    apart = np.bitwise_count((looks ^ asked).view(np.uint64))
    hits = (apart <= within) & (looks != 0)
    return places[hits].astype(np.int64), apart[hits].astype(np.int64)


def _bands(looks: Ints) -> list[Ints]:
    """The bits of each band as small numbers."""
    whole = looks.view(np.uint64)
    result, place = [], 0
    for bits in BANDS:
        result.append(((whole >> np.uint64(place)) & np.uint64((1 << bits) - 1)).astype(np.int64))
        place += bits
    return result


def _windows() -> list[tuple[float, float, float, float]]:
    """The parts of a crop that may be the middle of the picture it was cut from.

    A crop with `side` of both sides may begin anywhere in the rest; the middle of the old picture
    then lies as many steps into it.
    """
    edge = (1 - MIDDLE) / 2
    boxes = []
    for side in SIDES:
        rest = min(1 - side, edge)
        steps = round(rest / STEP) + 1
        begins = [(edge - rest * step / max(1, steps - 1)) / side for step in range(steps)]
        size = MIDDLE / side
        begins = [one for one in begins if one + size <= 1.001]
        boxes += [(x, y, min(1.0, x + size), min(1.0, y + size)) for y in begins for x in begins]
    return boxes


def _grey(picture: Image.Image) -> Image.Image:
    """In grey, what is transparent on white, and no larger than is needed."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        picture = Image.alpha_composite(white, seen)
    if picture.width > 1280:
        picture = picture.resize(
            (1280, max(1, picture.height * 1280 // picture.width)), reducing_gap=3.0
        )
    return picture.convert("L")


def _sums(grey: Image.Image) -> NDArray[np.float64]:
    """Sums of all dots above and left, so that the mean of any box is four of them."""
    dots = np.asarray(grey.resize((GRID, GRID), Image.Resampling.BOX), dtype=np.float64)
    return np.pad(dots.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))


def _looks(sums: NDArray[np.float64], boxes: Sequence[tuple[float, float, float, float]]) -> Ints:
    """The look of each part: (left, top, right, bottom) as shares of the sides."""
    left, top, right, bottom = np.array(boxes).T * GRID
    xs = np.rint(left[:, None] + (right - left)[:, None] * np.arange(10) / 9).astype(np.int64)
    ys = np.rint(top[:, None] + (bottom - top)[:, None] * np.arange(9) / 8).astype(np.int64)
    corners = sums[ys[:, :, None], xs[:, None, :]]
    cells = corners[:, 1:, 1:] - corners[:, :-1, 1:] - corners[:, 1:, :-1] + corners[:, :-1, :-1]
    areas = np.diff(ys, axis=1)[:, :, None] * np.diff(xs, axis=1)[:, None, :]
    means = np.rint(cells / np.maximum(areas, 1))
    brighter = (means[:, :, :-1] > means[:, :, 1:]).reshape(len(boxes), 64)
    looks: Ints = np.packbits(brighter, axis=1).view(">u8").astype(np.uint64).view(np.int64)[:, 0]
    return looks


def _telling(look: int) -> int:
    """The look, or 0 for one that many unlike pictures have: nearly all bits are the same."""
    bits = (look & _BITS).bit_count()
    return look if 6 <= bits <= 58 else 0


def _inside(lines: NDArray[np.int16]) -> tuple[int, int]:
    """Begin and end of what is no frame; a few lines of text on a frame belong to it."""
    begin, end = (_first(lines, len(lines)), len(lines) - _first(lines[::-1], len(lines)))
    return (begin, end) if end > begin else (0, len(lines))


def _first(lines: NDArray[np.int16], most: int) -> int:
    tone = np.median(lines[0])
    frame = (np.abs(lines - tone) <= 8).mean(axis=1) >= FRAME
    run = max(2, most // 60)
    inside = np.convolve(~frame, np.ones(run, dtype=np.int64))[run - 1 :]
    found = np.flatnonzero(inside == run)
    return int(found[0]) if len(found) else 0
