"""What people do on the import page: send a file, start it, take it up again, make a mapping."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.organisation.models import User
from meicheng.organisation.permissions import NotAllowed, scope
from meicheng.tables.kinds import Kind, Refused, all_kinds, kind_of

from . import keeping
from .guessing import fitting_mapping
from .mapping import mapping_of, read_plan, shipped
from .models import STALE, ImportRun, Mapping

NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,59}")


def kinds_for(user: User, *, export: bool = False) -> list[Kind]:
    """The kinds that the user may import, or export, somewhere."""
    if export:
        return [k for k in all_kinds().values() if _covers(user, k.export_permission)]
    return [k for k in all_kinds().values() if scope(user, k.permission).whole_city]


def allow_import(user: User, kind: Kind) -> None:
    """Raise `NotAllowed` unless the user may import this kind: rows may lie anywhere in the city."""
    if not scope(user, kind.permission).whole_city:
        raise NotAllowed(
            _("%(who)s may not import “%(kind)s”: that needs the whole city")
            % {"who": user, "kind": kind.label}
        )


def _covers(user: User, action: str) -> bool:
    held = scope(user, action)
    return held.whole_city or bool(held.paths)


@transaction.atomic
def send_file(
    upload: UploadedFile, *, kind: str, mapping: str = "", crs: str = "", by: User
) -> ImportRun:
    """Keep a file that waits to be looked at and started. Raises `Refused`."""
    found = kind_of(kind)
    allow_import(by, found)
    if mapping:
        mapping_of(mapping, found)
    keeping.tidy()
    run = ImportRun.objects.create(
        kind=kind, mapping=mapping, crs=crs, file_name=(upload.name or "")[-200:], by=by
    )
    keeping.keep(run, upload.chunks())
    if not mapping:
        run.mapping = fitting_mapping(keeping.sent_file(run), found, crs)
    run.save(update_fields=["file_sha256", "mapping"])
    return run


@transaction.atomic
def start(run: ImportRun, *, check_only: bool, by: User) -> ImportRun:
    """Let the worker read the file: check every row, or import it.

    A run that was checked can be imported, one that failed or lost its worker taken up again: what
    is here already is found to be a duplicate. Raises `Refused` while it is being read.
    """
    from .tasks import read_file

    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    allow_import(by, kind_of(run.kind))
    if is_busy(run):
        raise Refused(_("This file is being read already"))
    if not keeping.sent_file(run).exists():
        raise Refused(_("The file is no longer kept; send it again"))
    run.state = ImportRun.State.WAITING
    run.check_only = check_only
    run.read = run.imported = run.duplicates = run.rejected = 0
    run.expected = run.finished_at = None
    run.message = ""
    run.save()
    run.rejected_rows.all().delete()
    read_file.enqueue(run.pk)  # in the same transaction: started with its task or not at all
    return run


def is_busy(run: ImportRun) -> bool:
    """Whether a worker has the run, or will have it, and still moves."""
    states = {ImportRun.State.WAITING, ImportRun.State.RUNNING}
    return run.state in states and timezone.now() - run.moved_at < STALE


@transaction.atomic
def choose(run: ImportRun, *, mapping: str, crs: str, by: User) -> ImportRun:
    """Read the file by another mapping or coordinate system. Raises `Refused`."""
    kind = kind_of(run.kind)
    allow_import(by, kind)
    if is_busy(run):
        raise Refused(_("This file is being read already"))
    if mapping:
        mapping_of(mapping, kind)
    run.mapping, run.crs = mapping, crs
    run.save(update_fields=["mapping", "crs", "moved_at"])
    return run


@transaction.atomic
def save_mapping(name: str, kind: Kind, document: dict[str, Any], *, by: User) -> Mapping:
    """Keep a mapping under a name; one of the same name and kind is replaced. Raises `Refused`."""
    allow_import(by, kind)
    if not NAME.fullmatch(name):
        raise Refused(
            _("“%(name)s” is no name for a mapping: small letters, digits and hyphens, 2 to 60")
            % {"name": name[:60]}
        )
    if name in shipped():
        raise Refused(_("“%(name)s” comes with the product; choose another name") % {"name": name})
    read_plan(document, kind)
    there = Mapping.objects.filter(name=name).first()
    if there is not None and there.kind != kind.code:
        raise Refused(
            _("“%(name)s” is a mapping for %(kind)s; choose another name")
            % {"name": name, "kind": there.kind}
        )
    try:
        mapping, _made = Mapping.objects.update_or_create(
            name=name, defaults={"kind": kind.code, "document": document, "made_by": by}
        )
    except IntegrityError:
        raise Refused(
            _("“%(name)s” has just been made by somebody else") % {"name": name}
        ) from None
    return mapping
