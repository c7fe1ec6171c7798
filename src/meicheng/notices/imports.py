"""Whoever started an import is told when it ended; the importer stands below and tells nobody."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_noop

from meicheng.exchange.models import ImportRun
from meicheng.tables.kinds import kind_of

from .actions import notify
from .words import words


def tell_of(run: ImportRun) -> None:
    """Tell of an import that ended; nothing of a mere check."""
    if run.by is None or run.check_only:
        return
    done = run.state == ImportRun.State.DONE
    notify(
        to=[run.by],
        kind="import.finished",
        title=words(
            gettext_noop("Import of %(what)s is finished")
            if done
            else gettext_noop("Import of %(what)s failed"),
            what=kind_of(run.kind).label,
        ),
        body=words(
            gettext_noop("%(imported)s imported, %(rejected)s rejected"),
            imported=run.imported,
            rejected=run.rejected,
        ),
        link=reverse("exchange:run", args=[run.pk]),
        key=f"import:{run.pk}:{run.finished_at:%Y%m%d%H%M%S}",
    )
