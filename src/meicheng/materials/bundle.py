"""The whole set of accepted documents as one ZIP, with an index in the order of the standard."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from django.utils.translation import gettext as _

from meicheng.files.actions import path_of
from meicheng.files.documents import ending_of
from meicheng.tables.sheets import Sheet, workbook

from .models import Filing
from .queries import Needed

PIECE = 1024**2
UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
LONGEST = 60  # characters of a part of a path, so that Windows can unpack the whole


def bundle(rows: Sequence[Needed], title: Sequence[str]) -> Iterator[bytes]:
    """The ZIP piece by piece; memory does not grow with the documents.

    Each accepted document stands once, in the folder of the first criterion that it proves; the
    index names it for every one. What is not there stands in the index as lacking.
    """
    places = _places(rows)
    out = _Pieces()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        archive.writestr("index.xlsx", _index(rows, places, title))
        archive.writestr("index.html", _page(rows, places, title))
        yield from out.taken()
        written: set[int] = set()
        for row in rows:
            filing = row.proof
            if filing is None or filing.pk not in places or filing.file_id in written:
                continue
            written.add(filing.file_id)
            with (
                path_of(filing.file.sha256).open("rb") as source,
                archive.open(places[filing.pk], "w", force_zip64=True) as target,
            ):
                while piece := source.read(PIECE):
                    target.write(piece)
                    yield from out.taken()
        yield from out.taken()
    yield from out.taken()


def _places(rows: Iterable[Needed]) -> dict[int, str]:
    """Where each accepted document stands in the ZIP, by its filing."""
    places: dict[int, str] = {}
    by_file: dict[int, str] = {}
    for row in rows:
        filing = row.proof
        if filing is None:
            continue
        if filing.file_id not in by_file:
            folder = _fit(f"{row.criterion.code} {row.criterion.name}")
            name = _fit(f"{row.name} {filing.title}") + ending_of(filing.file)
            by_file[filing.file_id] = _free(f"{folder}/{name}", set(by_file.values()))
        places[filing.pk] = by_file[filing.file_id]
    return places


def _free(path: str, taken: set[str]) -> str:
    """The path, with a number where another document has it already."""
    stem, dot, ending = path.rpartition(".")
    number, found = 2, path
    while found.casefold() in {one.casefold() for one in taken}:
        found = f"{stem} ({number}){dot}{ending}" if dot else f"{path} ({number})"
        number += 1
    return found


def _fit(words: str) -> str:
    """A name that every system takes: no signs that paths use, not too long, no dot at its end."""
    return UNFIT.sub(" ", words).strip()[:LONGEST].strip(" .") or "-"


def _index(rows: Sequence[Needed], places: dict[int, str], title: Sequence[str]) -> bytes:
    headings = [
        (_("No."), 6),
        (_("Part"), 24),
        (_("Criterion"), 10),
        (_("Name"), 40),
        (_("Material"), 24),
        (_("Who files it"), 28),
        (_("State"), 14),
        (_("Document"), 30),
        (_("Date"), 12),
        (_("File"), 60),
    ]
    cells = [
        (
            number,
            row.node,
            row.criterion.code,
            row.criterion.name,
            row.name,
            row.who,
            row.words,
            row.proof.title if row.proof else "",
            str(row.proof.dated) if row.proof else "",
            _place(row.proof, places),
        )
        for number, row in enumerate(rows, 1)
    ]
    return workbook(Sheet(_("Index"), title, headings, cells))


def _page(rows: Sequence[Needed], places: dict[int, str], title: Sequence[str]) -> str:
    lines = []
    for number, row in enumerate(rows, 1):
        path = _place(row.proof, places)
        document = (
            f'<a href="{escape(path)}">{escape(row.proof.title)}</a>' if path and row.proof else "–"
        )
        name = escape(f"{row.criterion.code} {row.criterion.name}")
        lines.append(
            f"<tr><td>{number}</td><td>{name}</td><td>{escape(row.name)}</td>"
            f"<td>{escape(row.who)}</td><td>{escape(row.words)}</td><td>{document}</td></tr>"
        )
    said = escape(" · ".join(word for word in title if word))
    return (
        '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{said}</title><style>body{{font:15px/1.6 sans-serif;margin:24px}}table{{border-collapse:"
        "collapse}td{border:1px solid #ccc;padding:4px 8px;vertical-align:top}</style>"
        f"<h1>{said}</h1><table>{''.join(lines)}</table>"
    )


def _place(filing: Filing | None, places: dict[int, str]) -> str:
    return places.get(filing.pk, "") if filing else ""


class _Pieces(io.RawIOBase):
    """A file that is only written to; what was written is taken away piece by piece."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, piece: object) -> int:
        content = bytes(piece)  # type: ignore[call-overload]
        self._kept.append(content)
        self._size += len(content)
        return len(content)

    def tell(self) -> int:
        return self._size

    def taken(self) -> Iterator[bytes]:
        """What was written since."""
        kept, self._kept = self._kept, []
        yield from kept
