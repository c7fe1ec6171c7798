"""What other systems can be told of cases by webhook: every step of the workflow's table."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from meicheng.engine.words import Words
from meicheng.engine.workflow import TRANSITIONS
from meicheng.ledger.models import Event
from meicheng.notices.webhooks.offers import offer

from .models import Case

FIELDS = ("unit", "due_at", "kind", "to")  # of a step's data; a remark is somebody's own words


def start() -> None:
    """Offer the steps of cases."""
    about = partial(offer, chain="case", subject=subject)
    about("case.reported", _("Case: reported"), verb="reported", fields=["kind", "source"])
    for step in TRANSITIONS:
        about(f"case.{step.code}", _label(step.label), verb=step.code, fields=FIELDS)
    about("case.undone", _("Case: step taken back"), verb="undo", fields=["step"])
    about("case.rated", _("Case: rated"), verb="rated", fields=["rating"])


def subject(event: Event) -> dict[str, Any] | None:
    """The case as it stands when its event is put on its way (1 SQL statement)."""
    rows = Case.objects.filter(pk=event.chain.partition(":")[2])
    found = rows.values("number", "kind_id", "division__code", "unit__code", "state").first()
    if found is None:
        return None
    return {
        "case": {
            "number": found["number"],
            "kind": found["kind_id"],
            "division": found["division__code"],
            "unit": found["unit__code"],
            "state": found["state"],
        }
    }


def _words(label: Words) -> str:
    english = (get_language() or "").startswith("en")
    return gettext("Case: %(step)s") % {"step": label.en if english else label.zh}


_label = lazy(_words, str)
