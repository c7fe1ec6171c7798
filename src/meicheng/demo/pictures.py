"""Drawn street scenes, so that the demo's cases have photographs that nobody took."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

from meicheng.files.actions import store_photo

from .world import World

WIDTH, HEIGHT = 640, 480
PARKED = 4  # pictures for cases that give more than one
GROUND = 300  # where houses end and the street begins
Draw = ImageDraw.ImageDraw

# Which scene shows a kind of case; other kinds have no photograph.
SCENES = {
    "exposed-litter": "litter", "dirty-road": "litter", "full-bins": "bins", "building-rubble": "rubble",
    "broken-pavement": "hole", "manhole": "manhole", "lamp-out": "lamp", "standing-water": "water",
    "small-adverts": "adverts", "illegal-parking": "cars", "bicycle-parking": "bicycles",
    "dirty-green": "litter", "damaged-green": "tree", "occupied-pavement": "stall",
}  # fmt: skip


def make_pictures(world: World) -> int:
    """Draw and store pictures of every scene, before and after; returns how many."""
    count = 0
    for scene in sorted(set(SCENES.values())):
        pairs = []
        for number in range(world.size.scenes):
            stored = []
            for after in (False, True):
                chance = random.Random(f"{world.seed}/{scene}/{number}")
                file = store_photo(_jpeg(draw(scene, chance, after=after)), name="photo.jpg")
                stored.append(file)
                count += 1
            pairs.append((stored[0].pk, stored[1].pk, stored[1].sha256))
        world.pictures[scene] = pairs
    for number in range(PARKED):
        chance = random.Random(f"{world.seed}/parked/{number}")
        file = store_photo(_jpeg(_parked(chance)), name="photo.jpg")
        world.parked.append((file.pk, file.sha256))
    return count + PARKED


def _parked(chance: random.Random) -> Image.Image:
    """A street with a car whose made-up number plate the public does not see."""
    picture = draw("bins", chance, after=True)
    canvas = ImageDraw.Draw(picture)
    x, y = chance.randint(60, 300), chance.randint(330, 350)
    canvas.rounded_rectangle([x, y, x + 260, y + 110], 22, fill=(160, 164, 170))
    canvas.rectangle([x + 62, y + 52, x + 198, y + 96], fill=(24, 70, 190))
    canvas.text(
        (x + 70, y + 57), f"D {chance.choice('EFGH')}{chance.randint(10000, 99999)}",
        fill="white", font_size=30, stroke_width=1,
    )  # fmt: skip
    return picture


def draw(scene: str, chance: random.Random, *, after: bool) -> Image.Image:
    """A street with the problem of a scene, or without it; the same street for the same chance."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), (198, 214, 226))
    canvas = ImageDraw.Draw(picture)
    _street(canvas, chance)
    THINGS[scene](canvas, chance, after)
    shade = chance.uniform(0.82, 1.0) if not after else chance.uniform(0.92, 1.0)
    grain = Image.frombytes("L", (WIDTH, HEIGHT), chance.randbytes(WIDTH * HEIGHT)).convert("RGB")
    picture = Image.blend(picture.point(lambda value: value * shade), grain, 0.04)
    return picture.filter(ImageFilter.GaussianBlur(0.8))


def _street(canvas: Draw, chance: random.Random) -> None:
    left = 0
    while left < WIDTH:
        width = chance.randint(90, 170)
        top = chance.randint(40, 150)
        tone = chance.randint(150, 205)
        wall = (tone, tone - chance.randint(5, 25), tone - chance.randint(15, 45))
        canvas.rectangle([left, top, left + width, GROUND], fill=wall)
        for x in range(left + 14, left + width - 20, 34):
            for y in range(top + 16, GROUND - 80, 42):
                canvas.rectangle([x, y, x + 18, y + 24], fill=(120, 140, 155))
        canvas.rectangle([left + 8, GROUND - 62, left + width - 8, GROUND], fill=(110, 95, 85))
        sign = (chance.randint(120, 190), chance.randint(50, 110), chance.randint(40, 110))
        canvas.rectangle([left + 8, GROUND - 78, left + width - 8, GROUND - 62], fill=sign)
        left += width + 2
    canvas.rectangle([0, GROUND, WIDTH, GROUND + 60], fill=(176, 172, 166))
    for x in range(0, WIDTH, 32):
        canvas.line([x, GROUND, x - 14, GROUND + 60], fill=(158, 154, 148))
    canvas.rectangle([0, GROUND + 60, WIDTH, GROUND + 68], fill=(205, 203, 198))
    canvas.rectangle([0, GROUND + 68, WIDTH, HEIGHT], fill=(92, 94, 98))
    for x in range(20, WIDTH, 150):
        canvas.rectangle([x, HEIGHT - 60, x + 80, HEIGHT - 53], fill=(220, 220, 214))


def _bin(canvas: Draw, x: int, colour: tuple[int, int, int]) -> None:
    canvas.polygon([(x, 262), (x + 56, 262), (x + 50, 345), (x + 6, 345)], fill=colour)
    canvas.rectangle([x - 4, 252, x + 60, 264], fill=tuple(part - 25 for part in colour))


def _scatter(canvas: Draw, chance: random.Random, count: int, x: int, y: int, spread: int) -> None:
    for _ in range(count):
        left = x + chance.randint(-spread, spread)
        top = y + chance.randint(-18, 22)
        size = chance.randint(6, 24)
        colour = chance.choice(
            [(235, 235, 230), (60, 62, 66), (190, 60, 50), (60, 110, 160), (150, 120, 70)]
        )
        canvas.ellipse([left, top, left + size, top + int(size * 0.7)], fill=colour)


def _litter(canvas: Draw, chance: random.Random, after: bool) -> None:
    x = chance.randint(180, 460)
    if not after:
        _scatter(canvas, chance, 70, x, 340, 110)


def _bins(canvas: Draw, chance: random.Random, after: bool) -> None:
    x = chance.randint(120, 320)
    for place, colour in enumerate([(60, 120, 80), (70, 90, 140), (90, 90, 95)]):
        _bin(canvas, x + place * 74, colour)
    if not after:
        for place in range(3):
            _scatter(canvas, chance, 14, x + 24 + place * 74, 246, 26)
        _scatter(canvas, chance, 40, x + 100, 350, 130)


def _rubble(canvas: Draw, chance: random.Random, after: bool) -> None:
    x = chance.randint(160, 420)
    if after:
        return
    canvas.polygon(
        [(x - 130, 372), (x - 30, 285), (x + 40, 292), (x + 140, 372)], fill=(140, 122, 104)
    )
    for _ in range(60):
        left, top = x + chance.randint(-120, 120), chance.randint(315, 370)
        canvas.rectangle([left, top, left + 14, top + 8], fill=(158, 92, 74))


def _hole(canvas: Draw, chance: random.Random, after: bool) -> None:
    x, y = chance.randint(150, 400), 400
    if after:
        canvas.rectangle([x - 12, y - 12, x + 132, y + 52], fill=(58, 60, 64))
        return
    points = [(x + chance.randint(-12, 12) + dx, y + dy) for dx, dy in
              ((0, 20), (30, -6), (80, -10), (124, 14), (104, 46), (40, 50))]  # fmt: skip
    canvas.polygon(points, fill=(52, 48, 44))
    canvas.polygon([(px * 0.8 + (x + 60) * 0.2, py * 0.7 + 420 * 0.3) for px, py in points],
                   fill=(84, 74, 62))  # fmt: skip


def _manhole(canvas: Draw, chance: random.Random, after: bool) -> None:
    x = chance.randint(200, 380)
    canvas.ellipse([x - 6, 384, x + 116, 446], fill=(120, 118, 114))
    canvas.ellipse([x, 388, x + 110, 442], fill=(72, 70, 68) if after else (14, 14, 16))
    if after:
        for line in range(5):
            canvas.line(
                [x + 12, 400 + line * 8, x + 98, 400 + line * 8], fill=(95, 93, 90), width=2
            )


def _lamp(canvas: Draw, chance: random.Random, after: bool) -> None:
    canvas.rectangle([0, 0, WIDTH, HEIGHT], fill=(22, 26, 40))
    x = chance.randint(200, 440)
    if after:
        for radius in range(190, 20, -10):
            glow = 40 + (190 - radius)
            canvas.ellipse([x - radius, 120 - radius // 2, x + radius, 120 + radius * 2],
                           fill=(min(255, glow), min(240, glow - 8), min(170, glow // 2 + 30)))  # fmt: skip
    canvas.rectangle([x - 4, 110, x + 4, 420], fill=(70, 74, 84))
    canvas.rectangle([x - 40, 100, x + 6, 114], fill=(255, 244, 200) if after else (50, 54, 64))
    canvas.rectangle([0, 420, WIDTH, HEIGHT], fill=(60, 60, 62) if after else (30, 32, 40))


def _water(canvas: Draw, chance: random.Random, after: bool) -> None:
    x = chance.randint(120, 320)
    if not after:
        canvas.ellipse([x, 352, x + 280, 450], fill=(112, 124, 130))
        canvas.ellipse([x + 40, 366, x + 220, 426], fill=(148, 162, 170))


def _adverts(canvas: Draw, chance: random.Random, after: bool) -> None:
    canvas.rectangle([180, 150, 470, 330], fill=(206, 200, 190))
    if after:
        canvas.rectangle([200, 170, 300, 240], fill=(216, 211, 202))
        return
    for _ in range(34):
        left, top = chance.randint(185, 430), chance.randint(155, 300)
        colour = chance.choice([(240, 240, 120), (235, 235, 235), (240, 150, 150)])
        canvas.rectangle([left, top, left + 34, top + 22], fill=colour)
        canvas.line([left + 4, top + 8, left + 28, top + 8], fill=(60, 60, 60), width=2)


def _cars(canvas: Draw, chance: random.Random, after: bool) -> None:
    colours = [(150, 40, 40), (60, 70, 90), (225, 225, 225)]
    chance.shuffle(colours)
    for place, colour in enumerate(colours[: 0 if after else 3]):
        x = 60 + place * 180
        canvas.rounded_rectangle([x, 300, x + 150, 350], 14, fill=colour)
        canvas.polygon(
            [(x + 26, 302), (x + 48, 270), (x + 106, 270), (x + 128, 302)], fill=(70, 84, 96)
        )
        for wheel in (x + 30, x + 116):
            canvas.ellipse([wheel - 16, 336, wheel + 16, 366], fill=(24, 24, 26))


def _bicycles(canvas: Draw, chance: random.Random, after: bool) -> None:
    count = 6 if after else 16
    for place in range(count):
        x = 60 + place * (84 if after else 32) + (0 if after else chance.randint(-8, 8))
        y = 330 if after else 318 + chance.randint(0, 40)
        colour = (240, 190, 40) if place % 2 else (60, 150, 210)
        for wheel in (x, x + 44):
            canvas.ellipse([wheel - 17, y - 17, wheel + 17, y + 17], outline=(40, 40, 42), width=3)
        canvas.line([x, y, x + 20, y - 26, x + 44, y], fill=colour, width=5)


def _tree(canvas: Draw, chance: random.Random, after: bool) -> None:
    x = chance.randint(220, 400)
    canvas.rectangle([x - 9, 150, x + 9, 345], fill=(96, 76, 58))
    canvas.rectangle([x - 40, 340, x + 40, 356], fill=(110, 84, 62))
    if after:
        for _ in range(40):
            left, top = x + chance.randint(-80, 60), chance.randint(70, 190)
            canvas.ellipse(
                [left, top, left + 42, top + 34], fill=(66, chance.randint(112, 142), 70)
            )
    else:
        canvas.line([x, 190, x + 120, 250], fill=(96, 76, 58), width=9)
        canvas.line([x, 170, x - 60, 120], fill=(96, 76, 58), width=6)


def _stall(canvas: Draw, chance: random.Random, after: bool) -> None:
    if after:
        return
    x = chance.randint(140, 320)
    canvas.polygon([(x, 220), (x + 220, 220), (x + 190, 190), (x + 30, 190)], fill=(190, 70, 60))
    for leg in (x + 10, x + 206):
        canvas.rectangle([leg, 220, leg + 5, 350], fill=(90, 90, 92))
    canvas.rectangle([x + 6, 290, x + 214, 340], fill=(170, 140, 100))
    _scatter(canvas, chance, 40, x + 100, 288, 96)


THINGS: dict[str, Callable[[Draw, random.Random, bool], None]] = {
    "litter": _litter, "bins": _bins, "rubble": _rubble, "hole": _hole, "manhole": _manhole,
    "lamp": _lamp, "water": _water, "adverts": _adverts, "cars": _cars, "bicycles": _bicycles,
    "tree": _tree, "stall": _stall,
}  # fmt: skip


def _jpeg(picture: Image.Image) -> io.BytesIO:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=82)
    buffer.seek(0)
    return buffer
