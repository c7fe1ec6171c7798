"""What the worker does for imports: reads files, and keeps their runs up to date."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_tasks import task

from meicheng.tables.kinds import Refused, kind_of

from . import keeping
from .mapping import mapping_of
from .models import STALE, ImportRun, RejectedRow
from .running import Counts, Rejected, import_file

_looked = [float("-inf")]  # when imports without a worker were looked for last
log = logging.getLogger("meicheng.exchange")

EVERY = 1.0  # seconds between two notes of how far it is
LOOK_EVERY = 30.0  # seconds between two looks for imports whose worker is gone
# Rooms above that want to know of an import that ended, in the transaction that says so.
FINISHED: list[Callable[[ImportRun], None]] = []
SHOWN_ROWS = 1000  # rejected rows that the page lists; the file with errors has all


@task()
def read_file(run_pk: int) -> None:
    """Check or import the file of a run; what happens to it stands in the run."""
    run = ImportRun.objects.select_related("by").get(pk=run_pk)
    # Of two tasks for one run, as after a worker was lost, one reads it.
    waiting = ImportRun.objects.filter(pk=run_pk, state=ImportRun.State.WAITING)
    if not waiting.update(state=ImportRun.State.RUNNING, moved_at=timezone.now()):
        log.warning("Import %s is %s: nothing to do", run_pk, run.state)
        return
    run.state = ImportRun.State.RUNNING
    with override(run.by.language if run.by else None):
        try:
            counts = _read(run)
        except Refused as problem:
            _end(run, ImportRun.State.FAILED, str(problem))
        except Exception:
            log.exception("Import %s failed", run_pk)
            _end(
                run,
                ImportRun.State.FAILED,
                _(
                    "The import broke off by a fault of the program, which is in the log. What was "
                    "imported stays; start again to go on"
                ),
            )
            raise
        else:
            _note(run, counts)
            _end(run, ImportRun.State.DONE, "\n".join(counts.notes))
            if not run.check_only:
                keeping.forget(run)


def take_up_again(*, at_once: bool = False) -> int:
    """Go on with imports whose worker was killed; how many. What is here is found by the second run.

    A worker may be killed between taking the task and saying so in the run: then the run still
    waits, for a task that nobody will do. One that waits only because much does gets a second task.
    Asks the database every half minute at the most, unless `at_once`.
    """
    now = time.monotonic()
    if not at_once and now - _looked[0] < LOOK_EVERY:
        return 0
    _looked[0] = now
    with transaction.atomic():
        lost = list(
            ImportRun.objects.select_for_update(skip_locked=True).filter(
                state__in=[ImportRun.State.WAITING, ImportRun.State.RUNNING],
                moved_at__lt=timezone.now() - STALE,
            )
        )
        for run in lost:
            log.warning("Import %s has lost its worker and is taken up again", run.pk)
            run.state = ImportRun.State.WAITING
            run.save(update_fields=["state", "moved_at"])
            run.rejected_rows.all().delete()
            read_file.enqueue(run.pk)
    return len(lost)


def _read(run: ImportRun) -> Counts:
    kind = kind_of(run.kind)
    noted = [time.monotonic()]
    listed: list[Rejected] = []

    def progress(counts: Counts) -> None:
        if time.monotonic() - noted[0] >= EVERY:
            noted[0] = time.monotonic()
            _note(run, counts)

    def on_rejected(rows: list[Rejected]) -> None:
        listed.extend(rows[: SHOWN_ROWS - len(listed)])

    counts = import_file(
        kind,
        keeping.sent_file(run),
        plan=mapping_of(run.mapping, kind) if run.mapping else None,
        crs=run.crs,
        dry_run=run.check_only,
        errors=keeping.errors_file(run),
        by=run.by,
        origin=f"import:{run.pk}",
        progress=progress,
        on_rejected=on_rejected,
    )
    # Only now: a check undoes everything that it wrote on its way.
    RejectedRow.objects.bulk_create(
        RejectedRow(run=run, row=one.row, column=one.column[:120], reason=one.reason[:500])
        for one in listed
    )
    return counts


def _note(run: ImportRun, counts: Counts) -> None:
    """Write down how far the run is."""
    run.read, run.imported = counts.read, counts.imported
    run.duplicates, run.rejected = counts.duplicates, counts.rejected
    run.expected = max(counts.read, round(counts.read / counts.share)) if counts.share else None
    run.save(update_fields=["read", "imported", "duplicates", "rejected", "expected", "moved_at"])


def _end(run: ImportRun, state: ImportRun.State, message: str) -> None:
    run.state = state
    run.message = message
    run.finished_at = timezone.now()
    with transaction.atomic():
        run.save(update_fields=["state", "message", "finished_at", "moved_at"])
        for tell in FINISHED:
            tell(run)
