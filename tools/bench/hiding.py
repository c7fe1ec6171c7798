"""How many faces and number plates are found, by size, angle and light, and how long it takes.

Plates are drawn onto drawn streets. Faces are those of the photographs that scikit-image ships, where
it happens to be installed (one portrait, and a hundred of 25 dots each, which are poor ones); without
it, faces are not measured.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from meicheng.engine.provenance.hiding import Box, find_faces_and_plates
from tools.bench import record, spread, stopwatch
from tools.bench.looks import SEED, as_sent, street

PLATES = 480
FACES = 300
COLOURS = {
    "blue": ((24, 70, 190), (245, 245, 245)),
    "green": ((120, 205, 130), (20, 20, 20)),
    "yellow": ((235, 180, 30), (20, 20, 20)),
    "white": ((236, 236, 234), (20, 20, 20)),
}


def main() -> None:
    """Measure both."""
    record("hiding", {"plates": plates(), "faces": faces(), "streets_without": falsely()})


def plates() -> dict[str, object]:
    """Shares of drawn plates of which at least 70 % of the area is hidden."""
    chance = random.Random(SEED)
    told: dict[str, list[bool]] = {}
    seconds = []
    for number in range(PLATES):
        width = (36, 60, 90, 140)[number % 4]
        angle = (0, 8, 20)[number // 4 % 3]
        light = (0.45, 1.0)[number // 12 % 2]
        colour = list(COLOURS)[number // 24 % 4]
        picture, box = with_plate(chance, colour, width, angle, light)
        with stopwatch() as watch:
            found = find_faces_and_plates(picture)
        seconds.append(watch.seconds)
        hidden = covered(box, found) >= 0.7
        for key in (f"{width} dots wide", f"turned {angle}°", f"light {light}", colour, "all"):
            told.setdefault(key, []).append(hidden)
    return {
        "found": {k: round(sum(v) / len(v), 3) for k, v in told.items()},
        "time": spread(seconds),
    }


def faces() -> dict[str, object] | str:
    """Shares of pasted faces that are found."""
    sources = list(shipped_faces())
    if not sources:
        return "not measured: scikit-image is not installed"
    chance = random.Random(SEED)
    told: dict[str, list[bool]] = {}
    for number in range(FACES):
        kind, face = sources[0] if number % 3 == 0 else chance.choice(sources[1:])
        size = (32, 64, 120)[number // 3 % 3]
        angle = (0, 10, 20)[number // 9 % 3]
        light = (0.5, 1.0)[number // 27 % 2]
        picture = street(random.Random(f"{SEED}/face/{number}"))
        shown = face.resize((size, size), Image.Resampling.BICUBIC)
        mask = Image.new("L", (size, size), 255).rotate(angle)
        x, y = chance.randint(20, 640 - size - 20), chance.randint(150, 480 - size - 10)
        picture.paste(shown.rotate(angle, Image.Resampling.BICUBIC), (x, y), mask)
        picture = as_sent(ImageEnhance.Brightness(picture).enhance(light), 80)
        inner = Box(
            (x + size * 0.2) / 640, (y + size * 0.2) / 480, size * 0.6 / 640, size * 0.6 / 480
        )
        hidden = covered(inner, find_faces_and_plates(picture)) >= 0.7
        for key in (
            f"{kind}, {size} dots",
            f"{kind}, turned {angle}°",
            f"{kind}, light {light}",
            kind,
        ):
            told.setdefault(key, []).append(hidden)
    return {key: round(sum(rows) / len(rows), 3) for key, rows in sorted(told.items())}


def falsely() -> dict[str, object]:
    """What is hidden in drawn streets in which there is neither face nor plate."""
    counts = [
        len(find_faces_and_plates(as_sent(street(random.Random(f"{SEED}/none/{n}")), 80)))
        for n in range(60)
    ]
    return {"pictures": 60, "boxes_each": round(sum(counts) / 60, 2)}


def with_plate(
    chance: random.Random, colour: str, width: int, angle: float, light: float
) -> tuple[Image.Image, Box]:
    """A street with a car's plate of this width in dots, and where it is."""
    picture = street(chance)
    board, ink = COLOURS[colour]
    plate = Image.new("RGBA", (440, 140), (*board, 255))
    canvas = ImageDraw.Draw(plate)
    canvas.rectangle([6, 6, 433, 133], outline=ink, width=4)
    text = chance.choice("ABCDEFGH") + " " + "".join(chance.choices("ABCDEFGHJK0123456789", k=5))
    canvas.text((24, 18), chance.choice("KXMW") + text, fill=ink, font_size=100, stroke_width=4)
    plate = plate.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    high = width * plate.height // plate.width
    plate = plate.resize((width, max(1, high)), Image.Resampling.LANCZOS)
    x, y = chance.randint(30, 600 - width), chance.randint(300, 470 - high)
    body = tuple(chance.randrange(20, 230) for _ in range(3))
    ImageDraw.Draw(picture).rounded_rectangle(
        [x - width, y - width, x + 2 * width, y + high + width // 3], width // 5, fill=body
    )
    picture.paste(plate, (x, y), plate)
    picture = picture.filter(ImageFilter.GaussianBlur(chance.uniform(0, 0.7)))
    picture = as_sent(ImageEnhance.Brightness(picture).enhance(light), 80)
    return picture, Box(x / 640, y / 480, width / 640, high / 480, "plate")


def shipped_faces() -> Iterator[tuple[str, Image.Image]]:
    """The portrait first, then the small ones; nothing where they are not installed."""
    found = find_spec("skimage")
    if found is None or found.origin is None:
        return
    folder = Path(found.origin).parent / "data"
    portrait = Image.open(folder / "astronaut.png").convert("RGB")
    yield "portrait", portrait.crop((150, 20, 300, 170))
    for face in np.load(folder / "lfw_subset.npy")[:100]:
        yield "poor ones", Image.fromarray((face * 255).astype(np.uint8)).convert("RGB")


def covered(box: Box, found: list[Box]) -> float:
    """The share of a box that lies in the largest part of it that one found box covers."""
    return max((one.overlaps(box) * min(1.0, one.width * one.height / (box.width * box.height))
                for one in found), default=0.0)  # fmt: skip


if __name__ == "__main__":
    main()
