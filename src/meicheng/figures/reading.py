"""Reading figures as people give them: in fields, pasted from a spreadsheet, in a workbook."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from meicheng.ledger.reading import read_value
from meicheng.tables.kinds import Rejection
from meicheng.tables.values import cell_as_shown

from .actions import Entry
from .queries import Asked

MOST_LINES = 2000
HEADINGS = 2  # rows of a workbook above the figures: what was asked, and the headings


@dataclass(frozen=True)
class Given:
    """What somebody gave for one figure, not yet read."""

    value: str = ""
    source: str = ""
    remark: str = ""
    sure: bool = False


@dataclass
class Reading:
    """What was given, what it means, what is wrong with it, and what should be asked."""

    given: dict[str, Given] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    questions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether all that was given can be written."""
        return bool(self.entries) and not self.faults and not self.open_questions

    @property
    def open_questions(self) -> dict[str, list[str]]:
        """Questions that were not answered yet: nobody said that the figure is right, and why."""
        return {
            code: found
            for code, found in self.questions.items()
            if not (self.given[code].sure and self.given[code].remark.strip())
        }


def read(asked: Sequence[Asked], given: Mapping[str, Given], *, year: int) -> Reading:
    """Read figures by their items' codes; every fault and question at once."""
    by_code = {one.item.code: one for one in asked}
    found = Reading(given=dict(given))
    for code, one in given.items():
        words = one.value.strip()
        if not words:
            continue
        of = by_code.get(code)
        if of is None:
            found.faults[code] = _("is no figure that is asked of this place")
            continue
        entry = _read(of, one)
        if isinstance(entry, str):
            found.faults[code] = entry
            continue
        found.entries.append(entry)
        asks = of.questions(entry.number or 0.0, year)
        if asks:
            found.questions[code] = asks
    return found


def _read(of: Asked, one: Given) -> Entry | str:
    """A figure in its unit and range; else what is wrong with it."""
    unit = of.criterion.unit
    value = read_value(
        one.value.strip(),
        frozenset({of.criterion.rule["kind"]}),
        frozenset({unit} if unit else ()),
    )
    if isinstance(value, Rejection):
        return value.reason
    if value.number is None:
        return _("expected a number")
    return Entry(of.item, value.value, value.number, value.weight, one.source, one.remark)


def pasted(asked: Sequence[Asked], text: str) -> tuple[dict[str, Given], list[str]]:
    """Lines of a spreadsheet: code or name, value, source, remark, with tabs between them.

    Returns what was given by code, and what could not be understood, line by line.
    """
    rows = [line.split("\t") for line in text.splitlines()[:MOST_LINES]]
    return _matched(asked, ((number, row) for number, row in enumerate(rows, 1)))


def from_workbook(
    asked: Sequence[Asked], upload: io.BufferedIOBase
) -> tuple[dict[str, Given], list[str]]:
    """A workbook as `/figures/` exports it, filled in: its last three columns are read."""
    try:
        sheet = load_workbook(upload, read_only=True, data_only=True).active
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError):
        return {}, [_("This is no workbook (XLSX) that can be opened")]
    if sheet is None:
        return {}, [_("This is no workbook (XLSX) that can be opened")]
    rows = []
    for number, row in enumerate(sheet.iter_rows(max_row=MOST_LINES), 1):
        cells = [cell_as_shown(cell) for cell in row]
        if number > HEADINGS and any(cells[6:9]):
            rows.append((number, [cells[0], *cells[6:9]]))
    return _matched(asked, rows)


def _matched(
    asked: Sequence[Asked], rows: Iterable[tuple[int, Sequence[str]]]
) -> tuple[dict[str, Given], list[str]]:
    names: dict[str, list[str]] = {}
    for one in asked:
        known = {
            name.strip().casefold()
            for name in (
                one.item.code,
                one.criterion.code,
                one.criterion.name_zh,
                one.criterion.name_en,
            )
        }
        for name in known - {""}:
            names.setdefault(name, []).append(one.item.code)
    given: dict[str, Given] = {}
    wrong = []
    for number, row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        cells += [""] * (4 - len(cells))
        codes = names.get(cells[0].casefold(), [])
        words = {"line": number, "name": cells[0][:40]}
        if not codes:
            wrong.append(_("Line %(line)d: “%(name)s” is no figure that is asked") % words)
        elif len(codes) > 1:
            wrong.append(
                _("Line %(line)d: “%(name)s” is asked more than once; give its code") % words
            )
        elif codes[0] in given:
            wrong.append(_("Line %(line)d: “%(name)s” is given twice") % words)
        else:
            given[codes[0]] = Given(cells[1], cells[2], cells[3])
    return given, wrong
