"""Faces and number plates in a photograph: where they are, and the picture with them hidden.

Faces by the cascades that OpenCV ships (P. Viola and M. Jones, 2001; frontal and profile). Plates by
its cascade for plates and, because that knows no Chinese ones, by what these look like: a blue, green,
yellow or white board, two to five times as wide as high, with upright strokes of another tone side by
side (GA 36-2018). Both prefer to hide too much. How far that goes is in docs/measured.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from PIL import Image, ImageFilter

What = Literal["face", "plate", "hand"]
SIDE = 1280  # dots of the longer side in which is looked
LEAST = 22  # dots that a face has at least
# Blue (small cars), green (electric), yellow (large vehicles): hue 0–180, saturation, brightness.
COLOURS = [
    ((98, 90, 50), (130, 255, 255)),
    ((35, 45, 60), (90, 255, 255)),
    ((14, 90, 80), (34, 255, 255)),
]


@dataclass(frozen=True)
class Box:
    """A part of a picture, as shares of its sides from its upper left corner, 0 to 1."""

    left: float
    top: float
    width: float
    height: float
    what: What = "hand"

    def grown(self, by: float) -> Box:
        """The same, larger on every side by a share of its own size, and within the picture."""
        left, top = max(0.0, self.left - by * self.width), max(0.0, self.top - by * self.height)
        right = min(1.0, self.left + (1 + by) * self.width)
        bottom = min(1.0, self.top + (1 + by) * self.height)
        return Box(left, top, right - left, bottom - top, self.what)

    def overlaps(self, other: Box) -> float:
        """The common part, as a share of the smaller of the two."""
        wide = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        high = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        smaller = min(self.width * self.height, other.width * other.height)
        return max(0.0, wide) * max(0.0, high) / smaller if smaller else 0.0


def find_faces_and_plates(picture: Image.Image) -> list[Box]:
    """Where faces and number plates may be; too many rather than too few. Not the same in any order."""
    seen = picture.convert("RGB")
    if max(seen.size) > SIDE:
        seen.thumbnail((SIDE, SIDE))
    colours = np.asarray(seen)
    high, wide = colours.shape[:2]
    grey = cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY)
    found = [_box(one, wide, high, "face") for one in _faces(grey)]
    found += [_box(one, wide, high, "plate") for one in _plates(colours, grey)]
    return _apart(one.grown(0.12) for one in found)


def hide(picture: Image.Image, boxes: Iterable[Box]) -> Image.Image:
    """A copy of the picture in which these parts cannot be made out.

    Each becomes a few large dots, and these are blurred: what was there is gone, not veiled.
    """
    result = picture.convert("RGB")
    for box in boxes:
        left, top = int(box.left * result.width), int(box.top * result.height)
        right = min(result.width, max(left + 1, round((box.left + box.width) * result.width)))
        bottom = min(result.height, max(top + 1, round((box.top + box.height) * result.height)))
        part = result.crop((left, top, right, bottom))
        dots = part.resize((5, max(2, min(6, 5 * part.height // part.width))), Image.Resampling.BOX)
        veil = dots.resize(part.size, Image.Resampling.NEAREST)
        result.paste(veil.filter(ImageFilter.GaussianBlur(max(part.size) / 14)), (left, top))
    return result


@cache
def _cascade(name: str) -> Any:
    path = Path(cv2.__file__).parent / "data" / f"haarcascade_{name}.xml"
    cascade = cv2.CascadeClassifier(str(path))
    if cascade.empty():
        raise RuntimeError(f"OpenCV ships no detector {name}; pictures cannot be made public")
    return cascade


def _faces(grey: Any) -> list[tuple[int, int, int, int]]:
    even = cv2.createCLAHE(2.0, (8, 8)).apply(grey)
    found: list[tuple[int, int, int, int]] = []
    for name, least in (("frontalface_alt2", 2), ("profileface", 3)):
        for one in _cascade(name).detectMultiScale(even, 1.15, least, minSize=(LEAST, LEAST)):
            found.append(tuple(int(part) for part in one))  # type: ignore[arg-type]
    turned = np.ascontiguousarray(even[:, ::-1])
    for x, y, w, h in _cascade("profileface").detectMultiScale(
        turned, 1.15, 3, minSize=(LEAST, LEAST)
    ):
        found.append((grey.shape[1] - int(x) - int(w), int(y), int(w), int(h)))
    return found


def _plates(colours: Any, grey: Any) -> list[tuple[int, int, int, int]]:
    found: list[tuple[int, int, int, int]] = []
    for one in _cascade("russian_plate_number").detectMultiScale(grey, 1.1, 3, minSize=(40, 12)):
        found.append(tuple(int(part) for part in one))  # type: ignore[arg-type]
    tones = cv2.cvtColor(colours, cv2.COLOR_RGB2HSV)
    masks = [cv2.inRange(tones, np.array(low), np.array(high)) for low, high in COLOURS]
    masks.append(cv2.inRange(tones, np.array((0, 0, 165)), np.array((180, 40, 255))))
    strokes = cv2.Sobel(grey, cv2.CV_32F, 1, 0)
    for mask in masks:
        for wide in (5, 13):  # the strokes cut the board's colour apart; close the gaps
            kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (wide, 5))
            closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
            contours, _tree = cv2.findContours(closed, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
            found += [box for one in contours if (box := _as_plate(one, grey, strokes)) is not None]
    return found


def _as_plate(contour: Any, grey: Any, strokes: Any) -> tuple[int, int, int, int] | None:
    """The box of a contour that has a plate's shape, size and upright strokes; else None."""
    x, y, wide, high = cv2.boundingRect(contour)
    if wide < 26 or high < 8 or wide * high > grey.size * 0.15:
        return None
    _middle, (one, other), _angle = cv2.minAreaRect(contour)
    long, short = max(one, other), min(one, other)
    if short < 6 or not 1.7 <= long / short <= 6 or cv2.contourArea(contour) < 0.5 * long * short:
        return None
    part = strokes[y : y + high, x : x + wide]
    tones = grey[y : y + high, x : x + wide]
    strong = np.abs(part) > max(30.0, 0.9 * float(tones.std()))
    # Seven or eight characters: the middle line is crossed by many strokes.
    middle = strong[high // 4 : high - high // 4]
    crossed = np.count_nonzero(np.diff(middle.astype(np.int8), axis=1) == 1, axis=1)
    if not len(crossed) or np.median(crossed) < 7 or not 0.12 < strong.mean() < 0.8:
        return None
    return int(x), int(y), int(wide), int(high)


def _box(found: tuple[int, int, int, int], wide: int, high: int, what: What) -> Box:
    x, y, w, h = found
    return Box(x / wide, y / high, w / wide, h / high, what)


def _apart(boxes: Iterable[Box]) -> list[Box]:
    """Each place once: of boxes that lie on each other the largest."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda one: -one.width * one.height):
        if all(box.what != other.what or box.overlaps(other) < 0.6 for other in kept):
            kept.append(box)
    return kept
