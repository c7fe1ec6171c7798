"""Photographs that look alike are found, and others are not."""

import io
import random

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from meicheng.engine.provenance import Looks, distance, look_of


def street(seed):
    """A made picture with blocks of many sizes, as different from the next as two streets."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (640, 480), (chance.randrange(256),) * 3)
    draw = ImageDraw.Draw(picture)
    for _ in range(30):
        x, y = chance.randrange(-100, 600), chance.randrange(-100, 440)
        size = chance.randrange(40, 260), chance.randrange(40, 260)
        colour = tuple(chance.randrange(256) for _ in range(3))
        draw.rectangle((x, y, x + size[0], y + size[1]), fill=colour)
    return picture


def recompressed(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=40)
    return Image.open(io.BytesIO(buffer.getvalue()))


def test_the_bits_say_where_a_dot_is_brighter_than_its_right_neighbour():
    falling = Image.new("L", (9, 8))
    falling.putdata([200 - 20 * x for _ in range(8) for x in range(9)])
    assert look_of(falling) == -1  # all 64 bits
    assert look_of(falling.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == 0
    first_row = Image.new("L", (9, 8), 100)
    first_row.putpixel((0, 0), 200)  # brighter than its right neighbour: the highest bit
    assert look_of(first_row) == -(1 << 63)


@pytest.mark.parametrize(
    "change",
    [
        recompressed,
        lambda picture: picture.resize((320, 240)),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.8),
    ],
    ids=["recompressed", "scaled", "darker"],
)
def test_the_same_photograph_is_known_again(change):
    for seed in range(20):
        assert distance(look_of(street(seed)), look_of(change(street(seed)))) <= 6


def test_other_photographs_are_other():
    looks = [look_of(street(seed)) for seed in range(40)]
    apart = [distance(a, b) for n, a in enumerate(looks) for b in looks[:n]]
    assert min(apart) > 6


def test_looks_fit_a_signed_column_of_64_bits():
    looks = [look_of(street(seed)) for seed in range(40)]
    assert any(look < 0 for look in looks)
    assert all(-(2**63) <= look < 2**63 for look in looks)


def test_a_transparent_picture_counts_as_on_white():
    ink = street(1).convert("RGBA")
    ink.putalpha(0)
    assert look_of(ink) == look_of(Image.new("RGB", ink.size, "white")) == 0


def test_those_that_look_alike_are_found_the_nearest_first():
    chance = random.Random(7)
    looks = [chance.getrandbits(64) - 2**63 for _ in range(5000)]
    looks[4000] = looks[10] ^ 0b1  # one bit off
    looks[3000] = looks[10] ^ (-(2**63) | 0b110)  # three bits off, the sign among them
    assert Looks(looks).near(looks[10]) == [(10, 0), (4000, 1), (3000, 3)]
    assert Looks().near(5) == []
