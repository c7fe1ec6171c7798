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
    """UTF-8 (with or without mark) or GB18030; broken rows are then refused one by one.

    UTF-8 where the whole file obeys it, begins with its mark, or has few bytes that are none of
    it: a broken file in UTF-8 may well obey GB18030 and would be read as other characters. Raises
    `Refused` for UTF-16.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Refused(
            _("The file is in UTF-16; save it as “CSV UTF-8”, or send the workbook itself (.xlsx)")
        )
    if start.startswith(codecs.BOM_UTF8):
        return Encoding("utf-8", len(codecs.BOM_UTF8))
    return Encoding("utf-8" if _obeys_utf8(path) or _mostly_utf8(path) else "gb18030")


def _obeys_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    with path.open("rb") as file:
        try:
            while piece := file.read(PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _mostly_utf8(path: Path) -> bool:
    """Whether characters of UTF-8 far outnumber bytes that are none, in the first MB.

    Of GB18030's Chinese, read as UTF-8, about one character in eight looks good.
    """
    with path.open("rb") as file:
        decoded = file.read(PIECE).decode("utf-8", errors="replace")
    bad = decoded.count("\ufffd")
    good = sum(1 for character in decoded if character > "\x7f") - bad
    return good > 4 * bad
