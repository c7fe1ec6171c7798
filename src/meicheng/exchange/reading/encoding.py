"""Which encoding a text file is in, found by decoding it strictly, in pieces."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from meicheng.tables.kinds import Refused

PIECE = 1 << 20


@dataclass(frozen=True)
class Encoding:
    """An encoding and the bytes of its mark at the start of the file."""

    codec: str
    mark: int = 0


def encoding_of(path: Path) -> Encoding:
    """UTF-8 (with or without mark) or GB18030: the first that the whole file obeys.

    Where it obeys neither, UTF-8 if it begins with the mark or holds more good multi-byte
    characters than bad bytes, else GB18030; the broken rows are then refused one by one. Raises
    `Refused` for UTF-16 and UTF-32.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Refused(
            _("The file is in UTF-16; save it as “CSV UTF-8”, or send the workbook itself (.xlsx)")
        )
    if start.startswith(codecs.BOM_UTF8):
        return Encoding("utf-8", len(codecs.BOM_UTF8))
    if _obeys(path, "utf-8"):
        return Encoding("utf-8")
    if _obeys(path, "gb18030"):
        return Encoding("gb18030")
    return Encoding("utf-8" if _mostly_utf8(path) else "gb18030")


def _obeys(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    with path.open("rb") as file:
        try:
            while piece := file.read(PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _mostly_utf8(path: Path) -> bool:
    """Whether good multi-byte characters of UTF-8 outnumber bytes that are none (first MB)."""
    with path.open("rb") as file:
        decoded = file.read(PIECE).decode("utf-8", errors="replace")
    bad = decoded.count("\ufffd")
    good = sum(1 for character in decoded if character > "\x7f") - bad
    return good > bad
