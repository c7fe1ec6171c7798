"""Taking documents in: streamed to the disk, their kind found from the content, stored once."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from meicheng.organisation.models import User

from .actions import BadFile, path_of, store_photo
from .models import StoredFile

LARGEST = 200 * 1024**2
PIECE = 1024**2
PICTURE = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"RIFF")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Office documents are archives with a folder that says which; OFD is China's own page format.
INSIDE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "OFD.xml": "application/ofd",
}
OLD_MACROS = "_VBA_PROJECT".encode("utf-16-le")  # the stream in which they keep macros
# Before 2007 all of them looked alike: there the name must say which.
OLD = {
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
    ".wps": "application/vnd.ms-works",
    ".et": "application/vnd.ms-excel",
    ".dps": "application/vnd.ms-powerpoint",
}
ENDING = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/ofd": ".ofd",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.ms-works": ".wps",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
}


def store_document(upload: BinaryIO, *, by: User | None = None, name: str = "") -> StoredFile:
    """Store a document once, by its content: PDF, Office, OFD or a picture, at most 200 MB.

    Memory does not grow with the file: it goes to the disk in pieces of 1 MB. Pictures are taken as
    `store_photo` takes them, without what the camera wrote. A document with macros is refused.
    Raises `BadFile`; then nothing is kept.
    """
    first = upload.read(PIECE)
    if not first:
        raise BadFile(_("The file %(name)s is empty") % {"name": name})
    if first.startswith(PICTURE):
        upload.seek(0)
        return store_photo(upload, by=by, name=name)
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=root)
    path = Path(draft)
    try:
        digest, size = _copy(first, upload, handle, name)
        media_type = _kind_of(first, path, name)
        target = path_of(digest)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    finally:
        path.unlink(missing_ok=True)
    file, _made = StoredFile.objects.get_or_create(
        sha256=digest, defaults={"media_type": media_type, "size": size, "stored_by": by}
    )
    return file


def ending_of(file: StoredFile) -> str:
    """How the name of such a file ends: ".pdf"; nothing for a kind that has no usual ending."""
    return ENDING.get(file.media_type, "")


def _copy(first: bytes, upload: BinaryIO, handle: int, name: str) -> tuple[str, int]:
    """Write all of it to the disk; its hash and size."""
    digest = hashlib.sha256()
    size = 0
    with os.fdopen(handle, "wb") as kept:
        piece = first
        while piece:
            size += len(piece)
            if size > LARGEST:
                raise BadFile(
                    _("%(name)s is larger than %(limit)d MB; file it in parts")
                    % {"name": name, "limit": LARGEST // 1024**2}
                )
            digest.update(piece)
            kept.write(piece)
            piece = upload.read(PIECE)
    return digest.hexdigest(), size


def _kind_of(first: bytes, path: Path, name: str) -> str:
    """The media type, from the content; raises `BadFile` for what is no document."""
    if first.startswith(b"%PDF-"):
        return "application/pdf"
    if first.startswith(OLE):
        ending = Path(name).suffix.casefold()
        if ending in OLD:
            if _holds(path, OLD_MACROS):
                raise BadFile(_macros(name))
            return OLD[ending]
    if first.startswith(b"PK"):
        found = _in_archive(path, name)
        if found:
            return found
    raise BadFile(
        _("%(name)s is no document that can be filed; expected PDF, OFD, Word, Excel, PowerPoint,"
          " JPEG or PNG") % {"name": name}
    )  # fmt: skip


def _in_archive(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        raise BadFile(_("%(name)s is damaged: it cannot be opened") % {"name": name}) from None
    if any(one.casefold().endswith("vbaproject.bin") for one in names):
        raise BadFile(_macros(name))
    for begin, media_type in INSIDE.items():
        if any(one.startswith(begin) for one in names):
            return media_type
    return ""


def _macros(name: str) -> str:
    return _("%(name)s holds macros; save it without them and file it again") % {"name": name}


def _holds(path: Path, words: bytes) -> bool:
    """Whether these bytes stand anywhere in a file; memory does not grow with it."""
    rest = b""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            if words in rest + piece:
                return True
            rest = piece[-len(words) :]
    return False
