"""Making the public picture of a photograph: hidden first, small, and nothing when in doubt."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from dataclasses import asdict
from pathlib import Path

from django.utils import timezone
from PIL import Image

from meicheng.engine.provenance.hiding import Box, find_faces_and_plates, hide
from meicheng.files.actions import path_of, replace
from meicheng.files.models import StoredFile

from .models import PublicPicture

log = logging.getLogger("meicheng.proofs")
WIDTH = 960  # dots: what was not found is small, too


def prepare(file: StoredFile) -> PublicPicture:
    """Look for faces and plates and make the public picture, once; a failure leaves none."""
    picture, made = PublicPicture.objects.get_or_create(file=file)
    if not made and picture.state != PublicPicture.State.WAITING:
        return picture
    try:
        with Image.open(path_of(file.sha256)) as opened:
            boxes = [asdict(one) for one in find_faces_and_plates(opened)]
        picture.boxes = [_rounded(one) for one in boxes]
        write(picture)
        picture.state, picture.fault = PublicPicture.State.MADE, ""
    except Exception as problem:  # whatever it was: then there is no public picture
        log.exception("No public picture of %s", file)
        picture.state = PublicPicture.State.FAILED
        picture.fault = f"{type(problem).__name__}: {problem}"[:200]
    picture.made_at = timezone.now()
    picture.save()
    return picture


def write(picture: PublicPicture) -> None:
    """Write the picture with its boxes hidden; earlier versions of it are removed."""
    with Image.open(path_of(picture.file.sha256)) as opened:
        hidden = hide(opened, boxes_of(picture))
    hidden.thumbnail((WIDTH, WIDTH * 2))
    buffer = io.BytesIO()
    hidden.save(buffer, "JPEG", quality=82)
    path = path_to(picture)
    replace(path, buffer.getvalue())
    for old in path.parent.glob(f"{picture.file.sha256}.public-*"):
        if old != path:
            old.unlink(missing_ok=True)


def path_to(picture: PublicPicture) -> Path:
    """Where the public picture is kept; another file for other boxes, so that none is mistaken."""
    version = hashlib.sha256(json.dumps(picture.boxes, sort_keys=True).encode()).hexdigest()[:12]
    return path_of(picture.file.sha256).with_suffix(f".public-{version}.jpg")


def public_jpeg(file: StoredFile) -> bytes | None:
    """The picture that the public may see; None unless a person released it (1 SQL statement)."""
    picture = (
        PublicPicture.objects.select_related("file")
        .filter(file=file, state=PublicPicture.State.READY)
        .first()
    )
    return hidden_jpeg(picture) if picture is not None else None


def hidden_jpeg(picture: PublicPicture) -> bytes | None:
    """The picture with its parts hidden, as staff check it; None where none could be made."""
    path = path_to(picture)
    return path.read_bytes() if path.exists() else None


def boxes_of(picture: PublicPicture) -> list[Box]:
    """What is hidden."""
    return [Box(**one) for one in picture.boxes]


def _rounded(box: dict[str, object]) -> dict[str, object]:
    return {key: round(v, 4) if isinstance(v, float) else v for key, v in box.items()}
