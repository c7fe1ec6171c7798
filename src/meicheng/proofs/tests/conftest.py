"""Photographs with something to be seen in them, and where and when they say they were taken."""

from __future__ import annotations

import io
import random
from datetime import datetime

import pytest
from django.utils import timezone
from PIL import Image

from meicheng.demo.pictures import draw
from meicheng.files.actions import store_photo
from meicheng.ledger.followers import FOLLOWERS, find_followers
from meicheng.ledger.models import Event
from meicheng.proofs import asking
from meicheng.proofs.memory import Memory


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch):
    """The worker's memory outlives a test's database, whose keys are given out again."""
    monkeypatch.setattr(asking, "MEMORY", Memory())


def picture(number: int = 1, *, after: bool = False) -> Image.Image:
    return draw("rubble", random.Random(number), after=after)


def photo(
    shown: Image.Image | None = None,
    *,
    at: datetime | None = None,
    where: tuple[float, float] | None = None,
    quality: int = 85,
):
    """Store a picture as a camera would have made it."""
    exif = Image.Exif()
    if at is not None:
        local = timezone.localtime(at)
        exif.get_ifd(0x8769)[0x9003] = f"{local:%Y:%m:%d %H:%M:%S}"
    if where is not None:
        longitude, latitude = where
        exif.get_ifd(0x8825).update(
            {1: "N", 2: (latitude, 0.0, 0.0), 3: "E", 4: (longitude, 0.0, 0.0)}
        )
    buffer = io.BytesIO()
    (shown or picture()).convert("RGB").save(buffer, "JPEG", quality=quality, exif=exif)
    buffer.seek(0)
    return store_photo(buffer, name="photo.jpg")


def work() -> None:
    """Let the worker see every event of cases from the first."""
    find_followers()
    for event in Event.objects.filter(chain__startswith="case:").order_by("pk"):
        FOLLOWERS["proofs.photographs"].react(event)
