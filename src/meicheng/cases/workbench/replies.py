"""Templates for replies: words with places for what differs from case to case."""

from __future__ import annotations

import re

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meicheng.cases.models import Case

PLACES = {
    "number": _("number of the case"),
    "kind": _("kind of problem"),
    "place": _("where it is"),
    "unit": _("unit that answers for it"),
    "due": _("when it is due"),
}
_PLACE = re.compile(r"\{(\w*)\}")


def unknown_places(body: str) -> list[str]:
    """The places in a template that nothing is known for.

    >>> unknown_places("案件{number}由{unti}办理")
    ['unti']
    """
    return [name for name in _PLACE.findall(body) if name not in PLACES]


def filled(body: str, case: Case) -> str:
    """A template's words for one case; a place for which the case has nothing becomes a dash."""
    known = {
        "number": case.number,
        "kind": case.kind.name,
        "place": case.address or case.division.name,
        "unit": case.unit.name if case.unit else "",
        "due": timezone.localtime(case.due_at).strftime("%Y-%m-%d %H:%M") if case.due_at else "",
    }
    return _PLACE.sub(lambda found: known.get(found[1], found[0]) or "—", body)
