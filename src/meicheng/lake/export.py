"""Writing a city into the lake: partitioned Parquet, whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng import __version__
from meicheng.cases.counts import waiting_counts
from meicheng.cases.models import Case
from meicheng.ledger.actions import CaseTallyKey
from meicheng.ledger.models import CaseTally, Event, Observation
from meicheng.ledger.rebuild import one_view
from meicheng.places.models import Division, Site
from meicheng.places.time import month_of
from meicheng.standards.models import Framework, Item

from .tables import (
    CASE_COUNTS,
    CASES,
    COUNTS,
    DIVISIONS,
    ITEMS,
    OBSERVATIONS,
    SITES,
    VERSION,
)

BATCH = 100_000
MANIFEST = "manifest.json"
PARTS = ("observations", "sites", "divisions", "items", "cases", "case_counts", "frameworks")

Progress = Callable[[str, int], None]


class BadLake(ValueError):
    """A folder that is no lake, or cannot become one; the message says what was expected."""


def export(
    folder: Path, city: str, *, progress: Progress = lambda _what, _rows: None
) -> dict[str, Any]:
    """Write everything that marks are made of under `folder/…/city=CITY`; returns the manifest.

    Rows are read as they stand at one moment and go to the disk in batches, so memory does not grow
    with the city. Only places, units, events: no name, number or word of a person. The city's
    folder is written beside and then put in its place, so that nobody reads half of it; other
    cities of the lake stay as they are. Raises `BadLake`.
    """
    if not city or not city.replace("-", "").replace("_", "").isalnum():
        raise BadLake(
            _("“%(city)s” names no city; expected letters, digits and -") % {"city": city}
        )
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).exists():
        raise BadLake(_("%(folder)s holds something else than a lake") % {"folder": folder})
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".draft-{uuid4().hex}"
    try:
        with one_view():
            counts = _write_all(draft, progress)
            head = Event.objects.order_by("-pk").values_list("hash", flat=True).first()
        manifest = {
            "version": VERSION,
            "made_by": f"meicheng {__version__}",
            "made_at": timezone.now().isoformat(timespec="seconds"),
            "ledger_head": head or "",
            "rows": counts,
        }
        _put(draft, folder, city, manifest)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def manifest_of(folder: Path) -> dict[str, Any]:
    """What a lake holds, city by city. Raises `BadLake`."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BadLake(
            _("%(folder)s is no lake: it has no %(file)s") % {"folder": folder, "file": MANIFEST}
        )
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        versions = {one["version"] for one in found["cities"].values()}
    except (ValueError, KeyError, TypeError, AttributeError):
        words = {"folder": folder, "file": MANIFEST}
        raise BadLake(
            _("%(folder)s: its %(file)s cannot be read; export it again") % words
        ) from None
    if versions - {VERSION}:
        raise BadLake(
            _("%(folder)s was written by another version; export it again") % {"folder": folder}
        )
    return found


def put_manifest(folder: Path, city: str, manifest: dict[str, Any]) -> None:
    """Add a city to the lake's manifest, or bring it up to date."""
    path = folder / MANIFEST
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"cities": {}}
    known["cities"][city] = manifest
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


def _put(draft: Path, folder: Path, city: str, manifest: dict[str, Any]) -> None:
    """Put what was written in the place of what was there."""
    for part in PARTS:
        target = folder / part / f"city={city}"
        old = folder / f".old-{uuid4().hex}"
        target.parent.mkdir(exist_ok=True)
        if target.exists():
            target.rename(old)
        (draft / part).rename(target)
        shutil.rmtree(old, ignore_errors=True)
    put_manifest(folder, city, manifest)


def _write_all(draft: Path, progress: Progress) -> dict[str, int]:
    for part in PARTS:
        (draft / part).mkdir(parents=True)
    for framework in Framework.objects.all():
        name = f"{framework.code}-{framework.edition}.json"
        text = json.dumps(framework.document, ensure_ascii=False)
        (draft / "frameworks" / name).write_text(text, encoding="utf-8")
    return {
        "observations": _observations(draft / "observations", progress),
        "sites": _table(draft / "sites", SITES, _sites(), progress),
        "divisions": _table(draft / "divisions", DIVISIONS, _divisions(), progress),
        "items": _table(draft / "items", ITEMS, _items(), progress),
        "cases": _table(draft / "cases", CASES, _cases(), progress),
        "case_counts": _table(draft / "case_counts", CASE_COUNTS, _case_counts(), progress),
    }


def _observations(folder: Path, progress: Progress) -> int:
    """The observations that no later one replaces, by month."""
    standing = Observation.objects.standing()
    months = list(standing.order_by("month").values_list("month", flat=True).distinct())
    # A city where nothing was seen yet has its table all the same, with one month of no rows.
    months = months or [month_of(timezone.now())]
    total = 0
    for month in months:
        rows = standing.filter(month=month).order_by("pk").values_list(
            "item__code", "site__code", "site__kind_id", "division__code",
            "division__district__code", "division__path", "observed_at", "value", "number",
            "weight", "sampled",
        )  # fmt: skip
        part = folder / f"month={month}"
        part.mkdir()
        local = (
            (*row[:2], row[2] or "", *row[3:6], _local(row[6]), *row[7:])
            for row in rows.iterator(chunk_size=5000)
        )
        total += _file(part / "part-0.parquet", OBSERVATIONS, local)
        progress("observations", total)
    return total


def _sites() -> Iterator[tuple[Any, ...]]:
    yield from Site.objects.order_by("pk").values_list(
        "code", "kind_id", "division__code", "division__district__code", "division__path",
        "longitude", "latitude", "active",
    ).iterator(chunk_size=5000)  # fmt: skip


def _divisions() -> Iterator[tuple[Any, ...]]:
    yield from Division.objects.order_by("path").values_list(
        "code", "parent__code", "level", "path", "name_zh", "name_en", "population"
    )


def _items() -> Iterator[tuple[Any, ...]]:
    yield from Item.objects.order_by("code").values_list("code", "criteria", "opens_id", "source")


def _cases() -> Iterator[tuple[Any, ...]]:
    rows = Case.objects.order_by("pk").values_list(
        "number", "kind_id", "state", "source", "division__code", "division__path", "site__code",
        "unit__code", "reported_at", "due_at", "closed_at",
    )  # fmt: skip
    for row in rows.iterator(chunk_size=5000):
        yield (*row[:8], *(_local(at) for at in row[8:]))


def _case_counts() -> Iterator[tuple[Any, ...]]:
    """The counts of cases; those whose limit has not run out at this moment are not due."""
    off = waiting_counts(Case.objects.all(), timezone.now())
    due = COUNTS.index("due")
    key = ("kind_id", "division_id", "unit_id_or_0", "month")
    rows = CaseTally.objects.order_by("month", "pk").values_list(*key, "division__path", *COUNTS)
    for kind, place, unit, month, path, *counts in rows.iterator(chunk_size=5000):
        counts[due] -= off[CaseTallyKey(kind, place, unit, month)]
        yield (kind, path, date(month // 100, month % 100, 1), *counts)


def _local(at: datetime | None) -> datetime | None:
    """An instant on the city's clock."""
    return None if at is None else timezone.localtime(at).replace(tzinfo=None)


def _table(
    folder: Path, schema: pa.Schema, rows: Iterable[tuple[Any, ...]], progress: Progress
) -> int:
    count = _file(folder / "part-0.parquet", schema, rows)
    progress(folder.name, count)
    return count


def _file(path: Path, schema: pa.Schema, rows: Iterable[tuple[Any, ...]]) -> int:
    """Write rows in batches; how many."""
    count = 0
    source = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(source, BATCH)):
            columns = [
                pa.array(column, kind)
                for column, kind in zip(zip(*batch, strict=True), schema.types, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            count += len(batch)
    return count
