"""`meicheng import` and `meicheng export`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from meicheng.tables import exports
from meicheng.tables.kinds import Filters, Refused, all_kinds, kind_of

from .mapping import CRS, find_plan

if TYPE_CHECKING:
    from .running import Counts

REFUSED, STOPPED = 2, 130
BAR = 20  # characters
ERROR_FORMS = (".csv", ".xlsx")


def commands(subparsers: Any) -> None:
    """Add the commands."""
    kinds = ", ".join(all_kinds())
    bring = subparsers.add_parser(
        "import",
        help="import a table: divisions, sites, units, people, reports, observations and more",
        description=f"KIND is one of: {kinds}. FILE is CSV (UTF-8 or GB18030), XLSX or GeoJSON.",
    )
    bring.add_argument("kind", metavar="KIND")
    bring.add_argument("file", metavar="FILE", type=Path)
    bring.add_argument(
        "--mapping",
        metavar="NAME",
        default="",
        help="how its columns become ours: the name of a mapping, or a YAML file",
    )
    bring.add_argument("--crs", default="", help=f"system of its positions: {', '.join(CRS)}")
    bring.add_argument("--dry-run", action="store_true", help="check every row, change nothing")
    bring.add_argument("--errors", metavar="OUT", type=Path, help="the file, with what is wrong")
    bring.add_argument("--json", action="store_true", help="the counts as JSON in the last line")
    bring.set_defaults(run=_import)

    take = subparsers.add_parser(
        "export",
        help="write a table as CSV, XLSX or GeoJSON, as FILE's name ends",
        description=f"KIND is one of: {kinds}.",
    )
    take.add_argument("kind", metavar="KIND")
    take.add_argument("file", metavar="FILE", type=Path)
    take.add_argument(
        "--filter",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="only some rows: for example kind=back-lane, framework=sanitary-city",
    )
    take.set_defaults(run=_export)


def _import(arguments: argparse.Namespace) -> int:
    # Here and not above: the readers of workbooks are no part of every command's start.
    from .running import Counts, import_file

    shown = _Progress()
    counts = Counts()
    start = time.monotonic()
    try:
        kind = kind_of(arguments.kind)
        if arguments.errors is not None and arguments.errors.suffix.lower() not in ERROR_FORMS:
            raise Refused(
                _("“%(name)s” must end in %(endings)s")
                % {"name": arguments.errors.name, "endings": ", ".join(ERROR_FORMS)}
            )
        plan = find_plan(arguments.mapping, kind) if arguments.mapping else None
        counts = import_file(
            kind,
            arguments.file,
            plan=plan,
            crs=arguments.crs,
            dry_run=arguments.dry_run,
            errors=arguments.errors,
            origin=f"import:{arguments.file.name}"[:60],
            progress=shown,
        )
    except (Refused, OSError) as problem:
        shown.end()
        print(f"meicheng: {problem}", file=sys.stderr)
        _propose(arguments)
        if arguments.json:
            counts.seconds = time.monotonic() - start
            print(json.dumps({**counts.as_json(), "error": str(problem)}, ensure_ascii=False))
        return REFUSED
    except KeyboardInterrupt:
        shown.end()
        print(
            _("Stopped; what is imported stays. Run the same command again to go on."),
            file=sys.stderr,
        )
        return STOPPED
    shown.end()
    whole = kind.document is not None
    _tell(counts, dry_run=arguments.dry_run, errors=arguments.errors, whole=whole)
    if arguments.json:
        print(json.dumps(counts.as_json()))
    return REFUSED if _nothing_fits(counts, whole=whole, dry_run=arguments.dry_run) else 0


def _nothing_fits(counts: Counts, *, whole: bool, dry_run: bool) -> bool:
    """Whether a file counts as refused: taken whole or not at all, or a check that no row passes."""
    if whole:
        return counts.rejected > 0
    return dry_run and 0 < counts.rejected == counts.read


def _propose(arguments: argparse.Namespace) -> None:
    """Name the mapping that fits a file which has been refused without one."""
    from .guessing import fitting_mapping

    kind = all_kinds().get(arguments.kind)
    if kind is None or arguments.mapping or not arguments.file.is_file():
        return
    name = fitting_mapping(arguments.file, kind, arguments.crs)
    if name:
        print(
            _("Its headings are those of a mapping: add --mapping %(name)s") % {"name": name},
            file=sys.stderr,
        )


def _tell(counts: Counts, *, dry_run: bool, errors: Path | None, whole: bool = False) -> None:
    """The result in words, on stderr; `whole` is a file that is taken whole or not at all."""
    out = sys.stderr
    for note in counts.notes:
        print(note, file=out)
    words = _(
        "%(read)d rows read: %(imported)d imported, %(duplicates)d already here, "
        "%(rejected)d rejected, in %(seconds).1f s"
    )
    print(words % vars(counts), file=out)
    if dry_run:
        print(_("This was a check: nothing has been changed."), file=out)
    for fault in counts.first_rejected:
        column = f" {fault.column}:" if fault.column else ""
        row = "" if whole else _("row %(row)d:") % {"row": fault.row}
        print(f"{row}{column} {fault.reason}".strip(), file=out)
    if counts.rejected > len(counts.first_rejected):
        print(
            _("… and %(count)d more; --errors OUT writes them all")
            % {"count": counts.rejected - len(counts.first_rejected)},
            file=out,
        )
    if errors is not None:
        print(_("The file with what is wrong: %(path)s") % {"path": errors}, file=out)


def _export(arguments: argparse.Namespace) -> int:
    from .writing import export_file

    try:
        words = dict(part.partition("=")[::2] for part in arguments.filter)
        count = export_file(kind_of(arguments.kind), arguments.file, Filters(words=words))
    except (Refused, OSError) as problem:
        print(f"meicheng: {problem}", file=sys.stderr)
        return REFUSED
    exports.note(exports.Export("meicheng export", arguments.kind, filters=words, rows=count))
    print(
        _("%(count)d rows written to %(path)s") % {"count": count, "path": arguments.file},
        file=sys.stderr,
    )
    return 0


class _Progress:
    """How far it is, on stderr: a bar that renews itself on a terminal, else a line now and then."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._every = 0.2 if self._terminal else 5
        self._next = time.monotonic() + self._every
        self._open = False

    def __call__(self, counts: Counts) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._every
        rate = counts.read / counts.seconds if counts.seconds else 0
        words = _("%(read)d rows read, %(imported)d imported, %(rejected)d rejected, %(rate)d/s")
        line = words % {**vars(counts), "rate": rate}
        if counts.share:
            full = round(counts.share * BAR)
            left = counts.seconds * (1 - counts.share) / counts.share
            line = f"{'█' * full}{'░' * (BAR - full)} {counts.share:4.0%} {line} · {_left(left)}"
        if self._terminal:
            print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)
            self._open = True
        else:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._open:
            print(file=sys.stderr)
            self._open = False


def _left(seconds: float) -> str:
    """Time left, roughly: "about 3 min"."""
    if seconds < 90:
        return _("about %(seconds)d s left") % {"seconds": round(seconds)}
    return _("about %(minutes)d min left") % {"minutes": round(seconds / 60)}
