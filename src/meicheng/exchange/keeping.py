"""Where files that were sent for import lie until they are read, and what is wrong with them after.

They may hold names of citizens, which nothing else here keeps: a file goes when it has been
imported, and everything goes a week after it came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.tables.kinds import Refused

from .models import ImportRun

KEPT_DAYS = 7
ENDINGS = {".csv", ".txt", ".xlsx", ".geojson", ".json", ".yaml", ".yml"}


def folder() -> Path:
    """The folder of files for import, made where it is missing."""
    found = Path(settings.MEDIA_ROOT) / "imports"
    found.mkdir(parents=True, exist_ok=True)
    return found


def sent_file(run: ImportRun) -> Path:
    """Where the file of a run lies."""
    ending = Path(run.file_name).suffix.lower()
    return folder() / f"{run.pk}{ending if ending in ENDINGS else '.csv'}"


def errors_file(run: ImportRun) -> Path:
    """Where the file with what is wrong lies, in the form that was sent."""
    ending = (
        ".xlsx" if run.file_name.lower().endswith(".xlsx") and not _is_document(run) else ".csv"
    )
    return folder() / f"{run.pk}-errors{ending}"


def _is_document(run: ImportRun) -> bool:
    from meicheng.tables.kinds import kind_of

    return kind_of(run.kind).document is not None


def keep(run: ImportRun, pieces: Iterable[bytes]) -> None:
    """Write a file that was sent, and note its hash. Raises `Refused` for one that is too large."""
    digest = hashlib.sha256()
    size = 0
    path = sent_file(run)
    try:
        with path.open("wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > settings.IMPORT_LIMIT:
                    raise Refused(
                        _("The file is larger than %(limit)d MB; send it in parts")
                        % {"limit": settings.IMPORT_LIMIT // 1024**2}
                    )
                digest.update(piece)
                file.write(piece)
    except Refused:
        path.unlink(missing_ok=True)
        raise
    run.file_sha256 = digest.hexdigest()


def forget(run: ImportRun) -> None:
    """Remove the file that was sent."""
    sent_file(run).unlink(missing_ok=True)


def tidy() -> int:
    """Remove files of runs that are older than a week; how many."""
    oldest = timezone.now() - timedelta(days=KEPT_DAYS)
    count = 0
    for run in ImportRun.objects.filter(started_at__lt=oldest, moved_at__lt=oldest):
        for path in (sent_file(run), errors_file(run)):
            if path.exists():
                path.unlink()
                count += 1
    return count
