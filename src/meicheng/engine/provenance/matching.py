"""Two photographs side by side: are they one picture, and do they show one place?

Corners and spots of both (ORB) are paired; where enough pairs agree on one way of laying the first
picture over the second, they show the same things. Laid over each other, two copies of one
photograph then agree nearly everywhere, down to the grain; the same place on another day does not.

Source: E. Rublee and others, "ORB: an efficient alternative to SIFT or SURF" (2011), as in OpenCV.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image

SIDE = 480  # dots of the longer side at which pictures are compared
FEATURES = 900
PAIRS = 14  # pairs of features that agree, from which on the same things are seen
SAME = 0.62  # share of the common part that must agree for one picture
BLOCK = 16


@dataclass(frozen=True)
class Comparison:
    """What two photographs have in common.

    `pairs` are the features that agree on one way of laying them over each other; `features` the
    smaller number of features found in one of them; `agree` is the share of the common part in
    which the pictures are the same, 0 to 1; `common` the share of the smaller that is common.
    """

    pairs: int
    features: int
    agree: float
    common: float

    @property
    def same_picture(self) -> bool:
        """Whether both are copies of one photograph, cut, stamped or compressed as they may be."""
        return self.pairs >= PAIRS and self.agree >= SAME and self.common >= 0.25

    @property
    def same_things(self) -> bool | None:
        """Whether the same things are seen in both; None where there is too little to tell by."""
        if self.pairs >= PAIRS:
            return True
        return False if self.features >= 150 else None


def compare(one: Image.Image, other: Image.Image, *, mirrored: bool = False) -> Comparison:
    """Lay a picture over another and see how far they agree; `mirrored` turns the first round."""
    first, second = _grey(one), _grey(other)
    if mirrored:
        first = np.ascontiguousarray(first[:, ::-1])
    orb = cv2.ORB.create(nfeatures=FEATURES, fastThreshold=10)
    spots, said = orb.detectAndCompute(first, None)
    others, told = orb.detectAndCompute(second, None)
    features = min(len(spots), len(others))
    if said is None or told is None or features < 8:
        return Comparison(0, features, 0.0, 0.0)
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    pairs = [
        pair[0]
        for pair in matcher.knnMatch(said, told, k=2)
        if len(pair) == 2 and pair[0].distance < 0.8 * pair[1].distance
    ]
    if len(pairs) < 8:
        return Comparison(len(pairs), features, 0.0, 0.0)
    here = np.array([spots[one.queryIdx].pt for one in pairs], dtype=np.float32)
    there = np.array([others[one.trainIdx].pt for one in pairs], dtype=np.float32)
    cv2.setRNGSeed(1)  # the same two pictures give the same answer every time
    way, agreeing = cv2.estimateAffine2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=3.0)
    if way is None:
        return Comparison(0, features, 0.0, 0.0)
    count = int(agreeing.sum())
    if count < 8 or not 0.02 < abs(float(np.linalg.det(way[:, :2]))) < 50:
        return Comparison(count, features, 0.0, 0.0)
    agree, common = _agreement(first, second, way)
    return Comparison(count, features, agree, common)


def _grey(picture: Image.Image) -> Any:
    grey = picture.convert("L")
    grey.thumbnail((SIDE, SIDE))
    return np.asarray(grey)


def _agreement(first: Any, second: Any, way: Any) -> tuple[float, float]:
    """The share of the common part in which both are the same, and how large that part is."""
    high, wide = second.shape
    laid = cv2.warpAffine(first, way, (wide, high), flags=cv2.INTER_AREA)
    inside = cv2.warpAffine(np.full_like(first, 255), way, (wide, high)) > 254
    one, other = (cv2.GaussianBlur(x, (0, 0), 1.2).astype(np.float32) for x in (laid, second))
    rows, columns = high // BLOCK, wide // BLOCK
    if not rows or not columns:
        return 0.0, 0.0
    a, b, within = (_blocks(x, rows, columns) for x in (one, other, inside.astype(np.float32)))
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (a, b))
    spread = np.sqrt((a**2).mean(axis=1)), np.sqrt((b**2).mean(axis=1))
    whole = within.mean(axis=1) > 0.98
    common = whole.mean()
    smaller = min(1.0, first.size * abs(np.linalg.det(way[:, :2])) / second.size)
    seen = whole & ((spread[0] > 3) | (spread[1] > 3))  # plain in both says nothing
    if seen.sum() < 12:
        return 0.0, 0.0
    likeness = (a * b).mean(axis=1) / np.maximum(spread[0] * spread[1], 1e-6)
    return float((likeness[seen] > 0.8).mean()), float(common / max(smaller, 1e-6))


def _blocks(picture: Any, rows: int, columns: int) -> Any:
    cut = picture[: rows * BLOCK, : columns * BLOCK]
    blocks = cut.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2)
    return blocks.reshape(rows * columns, BLOCK * BLOCK)
