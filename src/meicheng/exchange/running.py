"""One import: rows in batches, each in its own transaction, every row accounted for."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from meicheng.tables.kinds import Kind, Outcome, Refused, Rejection, Row, Taking

from .mapping import Plan
from .planning import WRONG, Reader
from .reading import RawRow, open_table
from .writing import Writer, open_writer

LARGEST_WHOLE = 50_000  # rows of kinds whose rows name each other
ATTEMPTS = 5  # at a batch whose rows are written by others at the same time
LISTED = 20  # rejections that a summary lists
LISTED_WHOLE = 1000  # … of a file that is taken whole: whoever mends it wants them all


@dataclass(frozen=True)
class Rejected:
    """A row that was not imported: its number in the file, the column and the reason."""

    row: int
    column: str
    reason: str


@dataclass
class Counts:
    """What became of a file's rows; `read` is always the sum of the other three."""

    read: int = 0
    imported: int = 0
    duplicates: int = 0
    rejected: int = 0
    seconds: float = 0.0
    share: float = 0.0  # of the file, as far as it is known
    first_rejected: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The counts as the command's last line gives them."""
        return {
            "read": self.read,
            "imported": self.imported,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "seconds": round(self.seconds, 3),
        }


def import_file(
    kind: Kind,
    path: Path,
    *,
    plan: Plan | None = None,
    crs: str = "",
    dry_run: bool = False,
    errors: Path | None = None,
    by: Any = None,
    origin: str = "",
    progress: Callable[[Counts], None] | None = None,
    on_rejected: Callable[[list[Rejected]], None] | None = None,
) -> Counts:
    """Import a file; with `dry_run` check every row and change nothing.

    Rows are taken in batches, each whole or not at all, so that a run that is killed can be run
    again: what is here already is found to be a duplicate. `errors` is written with every row of
    the file and a column that says what is wrong. Raises `Refused` before the first row for a file
    that cannot be read as this kind.
    """
    start = time.monotonic()
    if kind.document is not None:
        counts = _import_document(kind, path, dry_run=dry_run, errors=errors, by=by)
        counts.seconds = time.monotonic() - start
        if on_rejected is not None and counts.first_rejected:
            on_rejected(counts.first_rejected)
        return counts
    table = open_table(path, kind)
    reader = Reader(kind, table, plan, crs)
    taking = Taking(
        given=reader.given,
        by=by,
        origin=origin,
        options=reader.plan.options,
        dry_run=dry_run,
    )
    counts = Counts(notes=[*table.notes, *reader.notes])
    with ExitStack() as stack:
        writer: Writer | None = None
        if errors is not None:
            headings = [name for name in table.columns if not name.startswith(WRONG)]
            writer = stack.enter_context(
                open_writer(errors, [*headings, WRONG + _("what is wrong")])
            )
        for batch in _batches(table.rows, kind):
            rejected = _take(batch, kind, reader, taking, counts, writer)
            if on_rejected is not None and rejected:
                on_rejected(rejected)
            counts.seconds = time.monotonic() - start
            counts.share = table.share()
            if progress is not None:
                progress(counts)
    counts.notes += [_(words) % {"n": number} for words, number in taking.told.items() if number]
    counts.share = 1.0
    counts.seconds = time.monotonic() - start
    return counts


def _import_document(
    kind: Kind, path: Path, *, dry_run: bool, errors: Path | None, by: Any
) -> Counts:
    """Import a file that is one whole: all of it or, if anything is wrong, nothing."""
    assert kind.document is not None
    if not path.is_file():
        raise Refused(_("There is no file %(path)s") % {"path": path})
    taking = Taking(given=frozenset(), by=by, dry_run=dry_run)
    with transaction.atomic():
        results = kind.document.read(path, taking)
        transaction.set_rollback(dry_run)
    counts = Counts(share=1.0)
    for number, result in results:
        _count(counts, number, result, listed=LISTED_WHOLE)
    if errors is not None:
        with open_writer(errors, [_("place"), WRONG + _("what is wrong")]) as writer:
            for _number, result in results:
                if isinstance(result, Rejection):
                    writer.write([result.column, result.reason])
    return counts


def _count(
    counts: Counts, number: int, result: Outcome | Rejection | None, listed: int = LISTED
) -> Rejected | None:
    """Count one row; returns the rejected one."""
    counts.read += 1
    if isinstance(result, Rejection):
        counts.rejected += 1
        fault = Rejected(number, result.column, result.reason)
        if len(counts.first_rejected) < listed:
            counts.first_rejected.append(fault)
        return fault
    if result is Outcome.IMPORTED:
        counts.imported += 1
    else:
        counts.duplicates += 1
    return None


def _batches(rows: Iterator[RawRow], kind: Kind) -> Iterator[list[RawRow]]:
    if kind.whole:
        batch = list(islice(rows, LARGEST_WHOLE + 1))
        if len(batch) > LARGEST_WHOLE:
            raise Refused(
                _("The file has over %(limit)d rows; send it in parts") % {"limit": LARGEST_WHOLE}
            )
        if batch:
            yield batch
        return
    while batch := list(islice(rows, kind.batch)):
        yield batch


def _take(
    batch: list[RawRow],
    kind: Kind,
    reader: Reader,
    taking: Taking,
    counts: Counts,
    writer: Writer | None,
) -> list[Rejected]:
    """Take one batch, count its rows and write them to the error file; returns the rejected."""
    results: list[Outcome | Rejection | None] = []
    rows: list[Row] = []
    for raw in batch:
        read = reader.row(raw)
        if isinstance(read, Rejection):
            results.append(read)
        else:
            results.append(None)
            rows.append(read)
            if kind.identify is not None:
                kind.identify(read, taking)
    if rows:
        marks = _marks(rows, kind, taking)
        outcomes = _written(rows, kind, taking)
        for at, mark in enumerate(marks):
            # What an earlier batch of a check brought was undone; here it would be found.
            if mark in taking.seen and outcomes[at] is Outcome.IMPORTED:
                outcomes[at] = Outcome.DUPLICATE
            elif outcomes[at] is Outcome.IMPORTED:
                taking.seen.add(mark)
        if len(outcomes) != len(rows):
            raise RuntimeError(f"{kind.code}: {len(rows)} rows gave {len(outcomes)} outcomes")
        taken = iter(
            reader.in_its_words(one) if isinstance(one, Rejection) else one for one in outcomes
        )
        results = [next(taken) if result is None else result for result in results]
    rejected = []
    for raw, result in zip(batch, results, strict=True):
        fault = _count(counts, raw.number, result)
        if fault is not None:
            rejected.append(fault)
        if writer is not None:
            writer.write(_error_cells(raw, result, reader))
    return rejected


def _marks(rows: list[Row], kind: Kind, taking: Taking) -> list[int]:
    """In a check of rows that are compared: 64 bits for what each says; else nothing."""
    if not taking.dry_run or kind.append_only:
        return []
    return [hash(repr(sorted(row.values.items()))) for row in rows]


def _written(rows: list[Row], kind: Kind, taking: Taking) -> list[Outcome | Rejection]:
    """What became of a batch's rows, in one transaction.

    Other imports may write the same rows at the same time; whoever comes second looks again.
    """
    told = Counter(taking.told)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            outcomes = _in_one_transaction([row.copy() for row in rows], kind, taking)
            break
        except IntegrityError:
            if attempt == ATTEMPTS:
                raise
            taking.cache.clear()
            taking.told = Counter(told)
            if not taking.dry_run:
                taking.seen.clear()
    if taking.dry_run:
        taking.cache.clear()  # it may hold what was undone
    elif kind.append_only:
        taking.seen.clear()  # what is written is found in the database from now on
    return outcomes


def _in_one_transaction(rows: list[Row], kind: Kind, taking: Taking) -> list[Outcome | Rejection]:
    with transaction.atomic():
        outcomes = kind.take(rows, taking)
        transaction.set_rollback(taking.dry_run)
    return outcomes


def _error_cells(raw: RawRow, result: Outcome | Rejection | None, reader: Reader) -> list[str]:
    """The row as it was, with what is wrong in the last cell."""
    columns = reader.table.columns
    cells = [*raw.cells[: len(columns)], *[""] * (len(columns) - len(raw.cells))]
    kept = [cell for name, cell in zip(columns, cells, strict=True) if not name.startswith(WRONG)]
    if not isinstance(result, Rejection):
        return [*kept, ""]
    words = f"{result.column}: {result.reason}" if result.column else result.reason
    return [*kept, words]


def first_rows(
    kind: Kind, path: Path, *, plan: Plan | None = None, crs: str = "", limit: int = 10
) -> tuple[Reader, list[tuple[RawRow, Row | Rejection]]]:
    """The first rows of a file as the mapping reads them, without touching the database."""
    table = open_table(path, kind)
    reader = Reader(kind, table, plan, crs)
    return reader, [(raw, reader.row(raw)) for raw in islice(table.rows, limit)]
