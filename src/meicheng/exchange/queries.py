"""What people look at on the import page: runs, the first rows of a file as they are understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from meicheng.organisation.models import User
from meicheng.tables.kinds import Kind, Refused, Rejection, Row, kind_of
from meicheng.tables.values import cell_text

from . import keeping
from .actions import kinds_for
from .mapping import mapping_of
from .models import ImportRun
from .planning import WRONG
from .reading import open_table
from .running import first_rows, import_file

ROWS = 10
RUNS = 15
LONGEST_CELL = 80


@dataclass(frozen=True)
class Used:
    """A column of ours, the heading that feeds it, and an example."""

    label: str
    heading: str
    example: str


@dataclass(frozen=True)
class PreviewRow:
    """A row as it will be taken, or what is wrong with it."""

    number: int
    cells: list[str]
    column: str = ""
    reason: str = ""


@dataclass
class Preview:
    """The first rows of a file as the mapping reads them."""

    headings: list[str] = field(default_factory=list)
    used: list[Used] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    rows: list[PreviewRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: str = ""

    @property
    def wrong(self) -> int:
        """How many of the shown rows are not in order."""
        return sum(1 for row in self.rows if row.reason)


def runs_of(user: User, page: int) -> Page[ImportRun]:
    """Runs of the kinds that the user may import, the latest first (2 SQL statements)."""
    codes = [kind.code for kind in kinds_for(user)]
    found: QuerySet[ImportRun] = ImportRun.objects.filter(kind__in=codes).select_related("by")
    return Paginator(found, RUNS).get_page(page)


def preview(run: ImportRun) -> Preview:
    """How the first rows of a run's file are understood; nothing is written."""
    kind = kind_of(run.kind)
    path = keeping.sent_file(run)
    if not path.exists():
        return Preview(refused=_("The file is no longer kept; send it again"))
    found = Preview(headings=headings_of(run))
    try:
        if kind.document is not None:
            return _document_preview(kind, path)
        plan = mapping_of(run.mapping, kind) if run.mapping else None
        reader, rows = first_rows(kind, path, plan=plan, crs=run.crs, limit=ROWS)
    except Refused as problem:
        found.refused = str(problem)
        return found
    found.notes = [*reader.table.notes, *reader.notes]
    shown = [column for column in kind.columns if column.name in reader.given]
    for raw, read in rows:
        row = reader.in_its_words(read.fault) if isinstance(read, Row) and read.fault else read
        if isinstance(row, Rejection):
            cells = [_short(cell) for cell in raw.cells[:4]]
            found.rows.append(PreviewRow(raw.number, cells, row.column, row.reason))
        else:
            cells = [_short(cell_text(row.values[column.name])) for column in shown]
            found.rows.append(PreviewRow(row.number, cells))
    good = next((row for _raw, row in rows if not isinstance(row, Rejection)), None)
    found.used = [
        Used(
            str(column.label),
            reader.heading_of(column.name),
            _short(cell_text(good.values[column.name])) if good else "",
        )
        for column in shown
    ]
    found.kept = reader.kept
    return found


def _document_preview(kind: Kind, path: Path) -> Preview:
    """A document is checked whole at once: what is wrong with it, or how many parts it has."""
    counts = import_file(kind, path, dry_run=True)
    found = Preview()
    if counts.rejected:
        found.rows = [
            PreviewRow(one.row, [], one.column, one.reason) for one in counts.first_rejected
        ]
    else:
        found.notes = [
            _("The file is in order. Criteria: %(count)d, new or changed: %(new)d")
            % {"count": counts.read, "new": counts.imported}
        ]
    return found


def headings_of(run: ImportRun) -> list[str]:
    """The headings of a run's file; none where it cannot be read."""
    try:
        table = open_table(keeping.sent_file(run), kind_of(run.kind))
    except Refused:
        return []
    return [name for name in table.columns if not name.startswith(WRONG)]


def examples_of(run: ImportRun) -> dict[str, str]:
    """For each heading of a run's file the first cell that is not empty, in the first rows."""
    table = open_table(keeping.sent_file(run), kind_of(run.kind))
    examples: dict[str, str] = {}
    for _number, raw in zip(range(20), table.rows, strict=False):
        for name, cell in zip(table.columns, raw.cells, strict=False):
            if cell.strip() and name not in examples:
                examples[name] = _short(cell)
    return examples


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_CELL else line[: LONGEST_CELL - 1] + "…"
