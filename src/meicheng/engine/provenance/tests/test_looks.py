"""Photographs that look alike are found, and others are not."""

import io
import random

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from meicheng.engine.provenance import (
    PARTS,
    Looks,
    compare,
    distance,
    look_of,
    looks_of,
    question_of,
)


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


def test_those_that_look_alike_are_found_the_nearest_first_as_by_comparing_all():
    chance = random.Random(7)
    own = question_of(street(1))
    rows = [
        (key, [chance.getrandbits(64) - 2**63 for _part in range(PARTS)]) for key in range(30_000)
    ]
    rows[4000][1][0] = own.looks[0] ^ 0b1  # one bit off
    rows[3000][1][1] = own.looks[1] ^ (-(2**63) | 0b110)  # three bits off, the sign among them
    rows[29_999][1][2] = own.mirrored[0] ^ 0b11
    looks = Looks()
    looks.add(rows[:25_000])  # put in order
    looks.add(rows[25_000:])  # not yet
    found = looks.near(own)
    assert [one[:2] for one in found[:3]] == [(4000, 1), (29_999, 2), (3000, 3)]
    assert [one.mirrored for one in found[:3]] == [False, True, False]
    assert Looks().near(own) == []


def test_a_crop_a_screenshot_and_a_mirror_image_are_found_and_confirmed():
    for seed in range(6):
        old = street(seed)
        looks = Looks()
        looks.add([(1, looks_of(old))])
        for new in (
            old.crop((20, 20, old.width - 10, old.height - 5)),
            ImageOps.mirror(old),
            ImageOps.expand(old, (0, 200, 0, 300), "black"),
        ):
            near = looks.near(question_of(new))
            assert [one.key for one in near] == [1]
            assert compare(new, old, mirrored=near[0].mirrored).same_picture
        assert not compare(street(seed + 50), old).same_picture
