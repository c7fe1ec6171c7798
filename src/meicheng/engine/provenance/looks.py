"""Photographs that look alike: a fingerprint of 64 bits and how far two of them are apart."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image

_BITS = (1 << 64) - 1
ALIKE = 6  # bits that may differ between a picture and the same one recompressed or scaled


def look_of(picture: Image.Image) -> int:
    """The difference hash of a picture as a signed number of 64 bits, as databases keep it.

    The picture becomes 9 × 8 grey dots; each bit says whether a dot is brighter than its right
    neighbour. Scaling, recompression and brightness hardly move it; a turned, mirrored or strongly
    cropped picture has another. Plain surfaces all look alike: 0. What is transparent counts as
    white. The picture is not changed.

    Source: the "dHash" method described by N. Krawetz, "Kind of Like That" (2013).
    """
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        picture = Image.alpha_composite(white, seen)
    small = picture.convert("L").resize((9, 8), Image.Resampling.BOX, reducing_gap=3.0)
    dots = np.asarray(small, dtype=np.int16)
    brighter = (dots[:, :-1] > dots[:, 1:]).flatten()
    bits = int.from_bytes(np.packbits(brighter).tobytes(), "big")
    return bits - (1 << 64) if bits >> 63 else bits


def distance(one: int, other: int) -> int:
    """In how many of their 64 bits two looks differ (Hamming distance).

    >>> distance(0b1011, 0b0010), distance(-1, 0)
    (2, 64)
    """
    return ((one ^ other) & _BITS).bit_count()


class Looks:
    """Many looks in memory, eight bytes each, searched through from end to end."""

    def __init__(self, looks: Iterable[int] = ()) -> None:
        self._looks = np.fromiter(looks, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._looks)

    def near(self, look: int, within: int = ALIKE) -> list[tuple[int, int]]:
        """Position and distance of every look within `within` bits, the nearest first."""
        # numpy counts the bits of a negative number's absolute value, so it is counted unsigned.
        apart = np.bitwise_count((self._looks ^ np.int64(look)).view(np.uint64))
        places = np.flatnonzero(apart <= within)
        order = np.argsort(apart[places], kind="stable")
        return [(int(place), int(apart[place])) for place in places[order]]
