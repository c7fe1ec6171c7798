"""The events of a case as sentences, and whether their chain is whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from meicheng.cases.models import Case
from meicheng.engine.provenance import fits
from meicheng.engine.workflow import TRANSITIONS, is_drawn
from meicheng.ledger.events import payload
from meicheng.ledger.models import Event
from meicheng.organisation.models import Unit
from meicheng.standards.models import CaseKind

STEPS = {row.code: row.label for row in TRANSITIONS}


@dataclass(frozen=True)
class Line:
    """One event in words."""

    at: datetime
    by: str
    what: str
    remark: str
    hash: str
    due_at: datetime | None = None


def chain_fault(case: Case, events: Sequence[Event]) -> str:
    """What is wrong with the chain of a case, in words; "" when it is whole (no SQL)."""
    previous = ""
    for place, event in enumerate(events, start=1):
        if event.sequence != place:
            return _("event %(place)d is missing") % {"place": place}
        body = payload(
            chain=event.chain,
            sequence=event.sequence,
            verb=event.verb,
            at=event.at,
            by_id=event.by_id,
            by_name=event.by_name,
            data=event.data,
        )
        if event.previous_hash != previous or not fits(previous, body, event.hash):
            return _("event %(place)d does not fit the one before it") % {"place": place}
        previous = event.hash
    if len(events) != case.events_count or previous != case.head_hash:
        return _("the last event is not the one that the case names")
    return ""


def story(events: Sequence[Event]) -> list[Line]:
    """The events in words, newest first (at most 2 SQL statements, for names)."""
    units = _names(events, ("unit",), Unit)
    kinds = _names(events, ("kind", "kind_was"), CaseKind)
    return [_line(event, units, kinds) for event in reversed(events)]


def _names(events: Sequence[Event], keys: Sequence[str], model: Any) -> dict[str, str]:
    codes = {event.data[key] for event in events for key in keys if event.data.get(key)}
    if not codes:
        return {}
    return {one.code: one.name for one in model.objects.filter(code__in=codes)}


def _line(event: Event, units: Mapping[str, str], kinds: Mapping[str, str]) -> Line:
    data = event.data
    language = get_language() or "zh"
    label = STEPS.get(event.verb)
    what = label.say(language) if label is not None else _verb(event.verb)
    details = []
    if unit := data.get("unit"):
        details.append(units.get(unit, unit))
    if data.get("kind_was"):
        was, now = data["kind_was"], data.get("kind", "")
        details.append(
            _("kind changed from %(was)s to %(now)s")
            % {"was": kinds.get(was, was), "now": kinds.get(now, now)}
        )
    elif kind := data.get("kind"):
        details.append(kinds.get(kind, kind))
    details += [str(data[key]) for key in ("to", "case", "part_of") if data.get(key)]
    details += data.get("parts", [])
    if event.verb == "undo" and data.get("step") in STEPS:
        details.append(STEPS[data["step"]].say(language))
    if event.verb == "finish_stage":
        details.append(_("stage %(number)d") % {"number": data.get("stage", 0) + 1})
    if data.get("decided_by"):
        details.append(_("decided by %(who)s") % {"who": data["decided_by"]})
    if data.get("without"):
        details.append(_("without %(units)s") % {"units": ", ".join(data["without"])})
    if event.verb == "resolve" and "chance" in data:
        details.append(_spot(event))
    if photos := data.get("photos"):
        details.append(
            ngettext("%(count)d photograph", "%(count)d photographs", len(photos))
            % {"count": len(photos)}
        )
    if event.verb == "rated" and data.get("rating"):
        details.append(_("%(rating)d of 5") % {"rating": data["rating"]})
    due = data.get("due_at") or data.get("until")
    due_at = parse_datetime(due) if due else None
    return Line(
        at=event.at,
        by=event.by_name,
        what=" · ".join([what, *details]),
        remark=str(data.get("remark", "")),
        hash=event.hash,
        due_at=due_at,
    )


def _spot(event: Event) -> str:
    """What the event's own hash drew; whoever has the chain can work it out again."""
    chance = round(event.data["chance"] * 100)
    if is_drawn(event.hash, event.data["chance"]):
        return _("drawn to be seen on the spot (%(chance)d in 100)") % {"chance": chance}
    return _("not drawn to be seen on the spot (%(chance)d in 100)") % {"chance": chance}


def _verb(verb: str) -> str:
    """What an event that is no step of the workflow is called."""
    known = {
        "reported": _("Problem written down"),
        "registered": _("Registered"),
        "reported_again": _("Reported once more"),
        "report_removed": _("A report was found to tell of something else"),
        "joined_by": _("Another case was joined to this one"),
        "came_back_as": _("The problem came back as another case"),
        "comes_from": _("The problem had been closed here before"),
        "rated": _("Rated by whoever reported it"),
        "due_recomputed": _("Given a new due time by changed working hours or days"),
        "imported": _("Imported"),
        "comment": _("Comment"),
        "sent_there": _("Sent to another system"),
        "refused_there": _("Not taken by another system"),
        "closed_there": _("Closed in another system"),
        "undo": _("Taken back"),
        "words_withdrawn": _("Whoever reported it withdrew the words"),
        "words_masked": _("Personal data in the words was masked because its time is over"),
    }
    return known.get(verb, verb)
