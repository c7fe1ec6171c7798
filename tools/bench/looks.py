"""Look-alike photographs: a search among a million, and how often 2,000 made pairs are told right.

The pairs are drawn streets (and, where scikit-image and scikit-learn happen to be installed, the
photographs that they ship), each changed in one of the ways in which a photograph is used again, or
really different: another street, or the same street on another day. All from one seed. Beside the
search stands plain Python comparing one number with each.
"""

from __future__ import annotations

import io
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from meicheng.engine.provenance import (
    NEAR,
    PARTS,
    Looks,
    compare,
    distance,
    looks_of,
    question_of,
)
from tools.bench import record, spread, stopwatch

PICTURES = 1_000_000
PAIRS = 2_000
SEED = 20261125
Change = Callable[[Image.Image, random.Random], Image.Image]


def main() -> None:
    """Measure both."""
    # The streets are those of the demo city, whose modules want to know the settings.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meicheng.project.settings")
    with tempfile.TemporaryDirectory(prefix="meicheng-bench-") as folder:
        os.environ["MEICHENG_VAR"] = folder
        import django

        django.setup()
        record("looks", {"search": search(), "pairs": pairs()})


def search() -> dict[str, object]:
    """Milliseconds of one search among a million pictures of three looks each."""
    chance = np.random.default_rng(SEED)
    looks = Looks()
    # Pictures of streets resemble each other: looks of drawn ones, with 14 bits turned at random.
    seen = np.array([looks_of(street(random.Random(f"{SEED}/like/{n}"))) for n in range(300)])
    for start in range(0, PICTURES, 100_000):
        rows = seen[chance.integers(0, len(seen), 100_000)]
        for _bit in range(14):
            rows = rows ^ (np.int64(1) << chance.integers(0, 63, rows.shape))
        looks.add(zip(range(start, start + 100_000), rows.tolist(), strict=True))
    pictures = [street(random.Random(f"{SEED}/{number}")) for number in range(40)]
    with stopwatch() as reading:
        asked = [question_of(one) for one in pictures]
    looks.add((PICTURES + number, one.looks) for number, one in enumerate(asked))
    times = []
    for number, one in enumerate(asked):
        with stopwatch() as watch:
            found = looks.near(one)
        times.append(watch.seconds)
        if found[0][:2] != (PICTURES + number, 0):
            raise AssertionError(f"picture {number} was not found among {PICTURES:,}")
    own = asked[0].looks[0]
    with stopwatch() as plain:
        sum(1 for look in range(PICTURES) if distance(own, look) <= NEAR)
    return {
        "pictures": len(looks),
        "looks_each": PARTS,
        "looks_asked": len(asked[0].windows),
        "search": spread(times),
        "reading_one_picture_ms": round(reading.seconds / len(asked) * 1000, 1),
        "plain_one_look_only_ms": round(plain.seconds * 1000),
    }


def pairs() -> dict[str, object]:
    """How many pairs of each kind are found by their looks, and how many are confirmed."""
    chance = random.Random(SEED)
    originals = [street(random.Random(f"{SEED}/street/{number}")) for number in range(180)]
    packaged = list(shipped())
    kinds = [*SAME, *DIFFERENT]
    told: dict[str, list[tuple[bool, bool]]] = {kind: [] for kind in kinds}
    seconds = []
    for number in range(PAIRS):
        kind = kinds[number % len(kinds)]
        where = chance.randrange(len(originals))
        one = originals[where]
        if packaged and chance.random() < 0.3 and kind != "same place, another day":
            one = chance.choice(packaged)
        if kind in SAME:
            other = SAME[kind](one, chance)
        elif kind == "same place, another day":
            other = another_day(where, chance)
        else:
            other = originals[(where + chance.randrange(1, 179)) % 180]
        one, other = as_sent(one, 85), as_sent(other, chance.randint(60, 90))
        looks = Looks()
        looks.add([(1, looks_of(one))])
        near = looks.near(question_of(other))
        confirmed = False
        if near:
            with stopwatch() as watch:
                confirmed = compare(other, one, mirrored=near[0].mirrored).same_picture
            seconds.append(watch.seconds)
        told[kind].append((bool(near), confirmed))
    hits = sum(yes for kind in SAME for _near, yes in told[kind])
    false = sum(yes for kind in DIFFERENT for _near, yes in told[kind])
    among = sum(len(told[kind]) for kind in SAME)
    return {
        "pairs": PAIRS,
        "packaged_photographs": len(packaged),
        "precision": round(hits / (hits + false), 4),
        "recall": round(hits / among, 4),
        "kinds": {
            kind: {
                "pairs": len(rows),
                "near_by_looks": round(sum(near for near, _yes in rows) / len(rows), 3),
                "said_to_be_the_same": round(sum(yes for _near, yes in rows) / len(rows), 3),
            }
            for kind, rows in told.items()
        },
        "comparing": spread(seconds),
    }


def street(chance: random.Random, *, after: bool = False, day: int = 0) -> Image.Image:
    """A drawn street; the same houses for the same chance, other things lying about another day."""
    from meicheng.demo.pictures import HEIGHT, THINGS, WIDTH, draw

    scene = chance.choice(sorted(set(THINGS) - {"lamp"}))
    picture = draw(scene, chance, after=after)
    things = random.Random(f"{chance.random()}/{day}")
    canvas = ImageDraw.Draw(picture)
    for _ in range(things.randint(3, 9)):  # people, bags, shadows, leaves: whatever a day brings
        x, y = things.randrange(WIDTH), things.randrange(230, HEIGHT)
        tone = tuple(things.randrange(20, 235) for _ in range(3))
        w, h = things.randint(8, 46), things.randint(8, 70)
        getattr(canvas, things.choice(["ellipse", "rectangle"]))([x, y - h, x + w, y], fill=tone)
    return picture


def another_day(where: int, chance: random.Random) -> Image.Image:
    """The same street by another light, from a step aside, with other things lying about."""
    day = chance.randrange(1, 1000)
    picture = street(random.Random(f"{SEED}/street/{where}"), after=chance.random() < 0.5, day=day)
    width, height = picture.size
    angle, by = chance.uniform(-3, 3), chance.uniform(0.88, 0.97)
    picture = picture.rotate(angle, Image.Resampling.BICUBIC, expand=False)
    picture = crop(picture, by * 0.97, chance).resize((width, height), Image.Resampling.BICUBIC)
    bend = chance.uniform(-0.06, 0.06)  # seen from a step aside, lines run together
    quad = (0, height * max(0, bend), 0, height * (1 - max(0, bend)), width,
            height * (1 + min(0, bend)), width, height * max(0, -bend))  # fmt: skip
    picture = picture.transform((width, height), Image.Transform.QUAD, quad)
    picture = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.6, 1.3))
    picture = ImageEnhance.Contrast(picture).enhance(chance.uniform(0.7, 1.2))
    canvas = ImageDraw.Draw(picture, "RGBA")
    for _ in range(chance.randint(1, 4)):  # shadows of another hour
        x = chance.randrange(width)
        canvas.polygon(
            [(x, 0), (x + 90, 0), (x + 10, height), (x - 120, height)], fill=(0, 0, 0, 70)
        )
    grain = Image.effect_noise((width, height), 24).convert("RGB")
    return Image.blend(picture, grain, 0.08)


def shipped() -> Iterator[Image.Image]:
    """Photographs that installed packages bring along, if any."""
    for module, files in {
        "skimage": ["data/astronaut.png", "data/coffee.png", "data/chelsea.png", "data/rocket.jpg",
                    "data/camera.png", "data/motorcycle_left.png"],
        "sklearn": ["datasets/images/china.jpg", "datasets/images/flower.jpg"],
    }.items():  # fmt: skip
        where = find_spec(module)
        if where is not None and where.origin:
            for file in files:
                yield Image.open(Path(where.origin).parent / file).convert("RGB")


def crop(picture: Image.Image, side: float, chance: random.Random) -> Image.Image:
    """A part with `side` of both sides, somewhere in the picture."""
    wide, high = int(picture.width * side), int(picture.height * side)
    x, y = chance.randint(0, picture.width - wide), chance.randint(0, picture.height - high)
    return picture.crop((x, y, x + wide, y + high))


def as_sent(picture: Image.Image, quality: int) -> Image.Image:
    """A picture as it arrives: a JPEG."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue()))


def _recompressed(picture: Image.Image, chance: random.Random) -> Image.Image:
    by = chance.uniform(0.4, 1.3)
    picture = picture.resize((int(picture.width * by), int(picture.height * by)))
    picture = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.85, 1.15))
    return as_sent(picture, chance.randint(25, 60))


def _small_crop(picture: Image.Image, chance: random.Random) -> Image.Image:
    return crop(picture, chance.uniform(0.88, 0.98), chance)


def _large_crop(picture: Image.Image, chance: random.Random) -> Image.Image:
    return crop(picture, chance.uniform(0.7, 0.88), chance)


def _overlay(picture: Image.Image, chance: random.Random) -> Image.Image:
    """A camera app's stamp: time and place at the bottom, and a logo."""
    picture = picture.copy()
    canvas = ImageDraw.Draw(picture, "RGBA")
    width, height = picture.size
    high = int(height * chance.uniform(0.12, 0.25))
    canvas.rectangle([8, height - high, int(width * 0.62), height - 8], fill=(20, 40, 90, 150))
    for line in range(3):
        text = f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d} {chance.randint(0, 23):02d}:15 No. {chance.randint(1, 999)}"
        canvas.text(
            (16, height - high + 6 + line * high // 4), text, fill="white", font_size=high // 5
        )
    x = int(width * 0.75)
    canvas.ellipse([x, 12, x + width // 6, 12 + width // 6], fill=(200, 40, 40, 140))
    return picture


def _screenshot(picture: Image.Image, chance: random.Random) -> Image.Image:
    """On a telephone's screen, with its bars."""
    width = 540
    shown = picture.resize((width, picture.height * width // picture.width))
    tone = chance.choice([(0, 0, 0), (255, 255, 255), (24, 24, 28)])
    screen = Image.new("RGB", (width, 1170), tone)
    top = chance.randint(170, 1170 - shown.height - 150) if shown.height < 850 else 0
    screen.paste(shown, (0, top))
    canvas = ImageDraw.Draw(screen)
    ink = (210, 210, 210) if sum(tone) < 300 else (40, 40, 40)
    canvas.text((20, 14), f"{chance.randint(0, 23):02d}:41", fill=ink, font_size=24)
    canvas.text((430, 14), "5G  87%", fill=ink, font_size=22)
    for place in range(4):
        canvas.ellipse([60 + place * 120, 1100, 94 + place * 120, 1134], outline=ink, width=3)
    return screen


def _mirrored(picture: Image.Image, chance: random.Random) -> Image.Image:
    return _recompressed(ImageOps.mirror(picture), chance)


def _several(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Cropped, stamped, blurred and recompressed."""
    picture = crop(picture, chance.uniform(0.85, 0.97), chance)
    picture = _overlay(picture, chance).filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.2)))
    return _recompressed(picture, chance)


SAME: dict[str, Change] = {
    "recompressed, scaled": _recompressed,
    "cropped to 88–98 % of the sides": _small_crop,
    "cropped to 70–88 % of the sides": _large_crop,
    "stamped over": _overlay,
    "screenshot": _screenshot,
    "mirrored": _mirrored,
    "cropped, stamped, recompressed": _several,
}
DIFFERENT = ["another street", "same place, another day"]


if __name__ == "__main__":
    main()
