"""Taking files in: checked by their content, stored once under their hash."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from meicheng.organisation.models import User

from .models import StoredFile

PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MOST_PIXELS = 60_000_000
WIDTHS = (240, 480, 960)  # of thumbnails: a list, half a page, a page
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


class BadFile(ValueError):
    """A file that is not taken; the message says why and what was expected."""


def store_photo(upload: BinaryIO, *, by: User | None = None, name: str = "") -> StoredFile:
    """Store a photograph once, by its content.

    The type is found from the content, never from the name. Where and when it was taken go into
    the row and are removed from the stored picture. Raises `BadFile`.
    """
    content = upload.read(settings.UPLOAD_LIMIT + 1)
    if len(content) > settings.UPLOAD_LIMIT:
        raise BadFile(
            _("The photograph %(name)s is larger than %(limit)d MB; send a smaller one")
            % {"name": name, "limit": settings.UPLOAD_LIMIT // 1024**2}
        )
    if not content:
        raise BadFile(_("The file %(name)s is empty") % {"name": name})
    try:
        picture = Image.open(io.BytesIO(content))
        kind = picture.format or ""
        if kind not in PICTURES:
            raise BadFile(
                _("%(name)s is a %(kind)s; expected a JPEG, PNG or WebP photograph")
                % {"name": name, "kind": kind}
            )
        if picture.width * picture.height > MOST_PIXELS:
            raise BadFile(
                _("%(name)s has more than 60 million pixels; send a smaller one") % {"name": name}
            )
        picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadFile(
            _("%(name)s has more than 60 million pixels; send a smaller one") % {"name": name}
        ) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, BadFile):
            raise
        raise BadFile(
            _("%(name)s is not a photograph that can be opened; expected JPEG, PNG or WebP")
            % {"name": name}
        ) from None
    taken_at, longitude, latitude = _exif(picture)
    upright = ImageOps.exif_transpose(picture)
    cleaned = _without_metadata(upright, kind)
    digest = hashlib.sha256(cleaned).hexdigest()
    _write(digest, cleaned)
    file, _made = StoredFile.objects.get_or_create(
        sha256=digest,
        defaults={
            "media_type": PICTURES[kind],
            "size": len(cleaned),
            "width": upright.width,
            "height": upright.height,
            "taken_at": taken_at,
            "longitude": longitude,
            "latitude": latitude,
            "stored_by": by,
        },
    )
    return file


def forget_file(file: StoredFile) -> None:
    """Delete a file with all that was made of it. Raises `ProtectedError` where a row holds it."""
    path = path_of(file.sha256)
    file.delete()
    for kept in path.parent.glob(f"{path.name}*"):
        kept.unlink(missing_ok=True)


def position_of(beginning: BinaryIO) -> tuple[float, float] | None:
    """Where a photograph says that it was taken; its beginning is enough. Nothing is kept."""
    try:
        with Image.open(beginning) as picture:
            _taken_at, longitude, latitude = _exif(picture)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return None  # no photograph, or one that is cut in its head: then it says nothing
    return None if longitude is None or latitude is None else (longitude, latitude)


def path_of(sha256: str) -> Path:
    """Where the content with this hash is kept."""
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256[2:4] / sha256


def thumbnail(file: StoredFile, *, width: int = 480) -> bytes:
    """A small JPEG of a stored photograph, one of `WIDTHS`, made once and kept beside it."""
    if width not in WIDTHS:
        raise ValueError(f"Thumbnails are {WIDTHS} wide, not {width}")
    small = path_of(file.sha256).with_suffix(f".{width}.jpg")
    if not small.exists():
        with Image.open(path_of(file.sha256)) as picture:
            picture.thumbnail((width, width * 2))
            buffer = io.BytesIO()
            picture.convert("RGB").save(buffer, "JPEG", quality=80)
        replace(small, buffer.getvalue())
    return small.read_bytes()


def _without_metadata(picture: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    clean = picture.copy()
    clean.info = {}
    if kind == "JPEG":
        clean.convert("RGB").save(buffer, kind, quality=88)
    else:
        clean.save(buffer, kind)
    return buffer.getvalue()


def _write(digest: str, content: bytes) -> None:
    path = path_of(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, content)


def replace(path: Path, content: bytes) -> None:
    """Write whole or not at all: a reader never sees half a file."""
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(draft).replace(path)


def _exif(picture: Image.Image) -> tuple[datetime | None, float | None, float | None]:
    """When and where the photograph says it was taken; None for what it does not say."""
    exif = picture.getexif()
    taken_at = None
    written = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    if written:
        try:
            local = datetime.strptime(str(written).strip("\0 "), "%Y:%m:%d %H:%M:%S")
            taken_at = local.replace(tzinfo=ZoneInfo(settings.TIME_ZONE)).astimezone(UTC)
        except ValueError:  # cameras write all sorts of things here; then the time is unknown
            taken_at = None
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef))
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef))
    if latitude is None or longitude is None:
        return taken_at, None, None
    return taken_at, longitude, latitude


def _degrees(parts: object, side: object) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    return -value if str(side).upper() in {"S", "W"} else value
