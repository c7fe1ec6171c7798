"""Who is told what: every kind of notice, whom it goes to, and how unless she chose otherwise.

The one table of it; the page `/notices/who/`, the preferences and `notify` read it. Whom a notice
goes to is decided where it is written (`people.holders`), in the words of `who`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CONSOLE, MAIL, SMS, WECOM = "console", "mail", "sms", "wecom"
CHANNELS: dict[str, str | Promise] = {
    CONSOLE: _("Here"),
    MAIL: _("E-mail"),
    SMS: _("Text message"),
    WECOM: _("WeCom"),
}


@dataclass(frozen=True)
class Kind:
    """A kind of notice."""

    code: str
    name: str | Promise
    who: str | Promise
    channels: frozenset[str]
    # Always shown here, whatever somebody chose: what the city's order depends on.
    kept: bool = False


KINDS: dict[str, Kind] = {}


def _kind(
    code: str, name: str | Promise, who: str | Promise, channels: Iterable[str], kept: bool = False
) -> None:
    KINDS[code] = Kind(code, name, who, frozenset(channels), kept)


_kind("case.dispatched", _("A case was dispatched to your unit"),
      _("Leads of the unit; where it has none, of the unit above"), [CONSOLE])  # fmt: skip
_kind("case.redo", _("A case of your unit has to be done again"),
      _("Leads and workers of the unit"), [CONSOLE, MAIL])  # fmt: skip
_kind("case.sent_back", _("A unit sent a case back"),
      _("Dispatchers of the place; where it has none, of the place above"), [CONSOLE])  # fmt: skip
_kind("case.coordination", _("A case sent back three times waits for a decision"),
      _("Creation office"), [CONSOLE, MAIL])  # fmt: skip
_kind("case.extension_asked", _("A unit asks for more time"),
      _("Whoever may grant it, nearest to the place"), [CONSOLE, MAIL])  # fmt: skip
_kind("case.extension_decided", _("More time was granted or refused"),
      _("Whoever asked, and the leads of the unit"), [CONSOLE, MAIL])  # fmt: skip
_kind("case.review_due", _("The day has come to look at a suspended case again"),
      _("Dispatchers of the place, and leads of the unit"), [CONSOLE, MAIL])  # fmt: skip
_kind("case.mention", _("Somebody mentions you in a comment"),
      _("Whoever is named, and the members of a unit that is named"), [CONSOLE, MAIL])  # fmt: skip
_kind("case.warning", _("A case comes near the end of its time"),
      _("Workers of the unit; later its leads too"), [CONSOLE])  # fmt: skip
_kind("case.overdue", _("A case is overdue"),
      _("Leads and workers of the unit"), [CONSOLE, MAIL], kept=True)  # fmt: skip
_kind("case.supervised", _("A case is supervised"),
      _("Unit lead, district lead or city lead, by level"), [CONSOLE, MAIL], kept=True)  # fmt: skip
_kind("card", _("A yellow or red card was given to your unit"),
      _("Leads of the unit"), [CONSOLE, MAIL], kept=True)  # fmt: skip
_kind("list.due", _("A problem on a list is due soon, or overdue"),
      _("Leads and workers of the unit"), [CONSOLE, MAIL])  # fmt: skip
_kind("chronic.marked", _("The same problem came back a third time at one place"),
      _("Leads of the unit, and the creation office"), [CONSOLE])  # fmt: skip
_kind("routine.missed", _("Something that comes again and again was missed"),
      _("Leads of the unit"), [CONSOLE])  # fmt: skip
_kind("campaign.watched", _("Places of an ended campaign were counted again"),
      _("Leads of the lead unit, and the creation office"), [CONSOLE])  # fmt: skip
_kind("commitment.due", _("A promise of yours is half way, or 30 days before its date"),
      _("Leads of the unit or place that promised, and the creation office"), [CONSOLE])  # fmt: skip
_kind("commitment.stated", _("It was stated whether a promise was kept"),
      _("Leads of the unit or place that promised, and the creation office"), [CONSOLE])  # fmt: skip
_kind("material.returned", _("A document that you filed was returned"),
      _("Whoever filed it"), [CONSOLE, MAIL])  # fmt: skip
_kind("material.expiring", _("A document of your unit soon holds no longer"),
      _("Whoever filed it, and leads and workers of the unit"), [CONSOLE])  # fmt: skip
_kind("voices.digest", _("What people said last week"),
      _("Creation office and city leads, on Mondays"), [CONSOLE, MAIL])  # fmt: skip
_kind("import.finished", _("An import is finished"),
      _("Whoever started it"), [CONSOLE])  # fmt: skip
_kind("webhook.disabled", _("A webhook was switched off after failing for days"),
      _("Creation office and administrators"), [CONSOLE, MAIL], kept=True)  # fmt: skip


def kind_of(code: str) -> Kind:
    """The kind with this code. Raises ValueError with the codes that there are."""
    if code not in KINDS:
        raise ValueError(f"{code!r} is no kind of notice; there are {', '.join(sorted(KINDS))}")
    return KINDS[code]
