"""Who is told of the steps of cases: what follows from their events."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext_noop

from meicheng.engine.workflow import State, transition
from meicheng.ledger.followers import follow
from meicheng.ledger.models import Event
from meicheng.notices.actions import notify
from meicheng.notices.people import holders
from meicheng.notices.words import Words, words
from meicheng.organisation.models import Membership, Unit, User

from .models import Case

R = Membership.Role
SENT_AROUND = 3  # times sent back; then the coordination group decides
LATE = timedelta(days=7)  # what a worker that was away so long has missed is not told any more
DANGEROUS = 3  # severity; what is dangerous passes quiet hours

ASKED = {
    "ask_extension": gettext_noop("%(unit)s asks for more time for %(number)s"),
}
DECIDED = {
    "extend": gettext_noop("More time was granted for %(number)s"),
    "refuse_extension": gettext_noop("More time was refused for %(number)s"),
}
AGAIN = {
    "redo": gettext_noop("%(number)s has to be done again"),
    "reopen": gettext_noop("%(number)s is not solved, says whoever reported it"),
    "relapse": gettext_noop("%(number)s has come back"),
}


@follow("cases.dispatched", ["dispatch", "decide"])
def tell_the_unit(event: Event) -> None:
    """Tell the leads of the unit that a case is theirs now."""
    case = _case(event)
    unit = Unit.objects.filter(code=event.data.get("unit", "")).first()
    if case is None or unit is None:
        return
    due = event.data.get("due_at")
    _tell(
        event,
        case,
        holders([R.UNIT_LEAD], unit=unit),
        "case.dispatched",
        words(gettext_noop("%(number)s was dispatched to %(unit)s"), number=case.number, unit=unit),
        words(
            gettext_noop("%(kind)s, %(place)s. Due %(due)s."),
            kind=case.kind,
            place=case.division,
            due=datetime.fromisoformat(due),
        )
        if due
        else _what(case),
    )


@follow("cases.taken_back", ["undo"])
def tell_that_it_was_taken_back(event: Event) -> None:
    """Tell the leads of a unit that a case which was dispatched to it is not theirs after all."""
    if event.data.get("step") not in {"dispatch", "decide"}:
        return
    case = _case(event)
    given = Event.objects.filter(chain=event.chain, sequence=event.sequence - 1).first()
    unit = Unit.objects.filter(code=given.data.get("unit", "")).first() if given else None
    if case is None or unit is None:
        return
    title = words(
        gettext_noop("%(number)s is not for %(unit)s after all: its dispatch was taken back"),
        number=case.number,
        unit=unit,
    )
    _tell(event, case, holders([R.UNIT_LEAD], unit=unit), "case.dispatched", title, _what(case))


@follow("cases.sent_back", ["send_back"])
def tell_the_desk(event: Event) -> None:
    """Tell the desk that a unit sent a case back; from the third time on the creation office."""
    case = _case(event)
    if case is None:
        return
    earlier = Event.objects.filter(chain=event.chain, verb="send_back", pk__lte=event.pk).count()
    unit = Unit.objects.filter(code=event.data.get("unit", "")).first()
    if earlier >= SENT_AROUND:
        kind, role = "case.coordination", R.CREATION_OFFICE
        title = words(
            gettext_noop("%(number)s was sent back %(times)s times: decide whose it is"),
            number=case.number,
            times=earlier,
        )
    else:
        kind, role = "case.sent_back", R.DISPATCHER
        title = words(
            gettext_noop("%(unit)s sent %(number)s back"), number=case.number, unit=unit or "–"
        )
    people = holders([role], division=case.division)
    _tell(
        event,
        case,
        people,
        kind,
        title,
        event.data.get("remark") or _what(case),
    )


@follow("cases.again", sorted(AGAIN))
def tell_that_it_is_to_be_done_again(event: Event) -> None:
    """Tell the unit that a case has come back to it."""
    case = _case(event)
    if case is None or case.unit is None:
        return
    people = holders([R.UNIT_LEAD, R.UNIT_WORKER], unit=case.unit)
    title = words(AGAIN[event.verb], number=case.number)
    _tell(event, case, people, "case.redo", title, event.data.get("remark", ""))


@follow("cases.extension", [*sorted(ASKED), *sorted(DECIDED)])
def tell_of_an_extension(event: Event) -> None:
    """Tell those who decide that a unit asks for more time, and the unit what was decided."""
    case = _case(event)
    if case is None or case.unit is None:
        return
    remark = event.data.get("remark", "")
    if event.verb in ASKED:
        title = words(ASKED[event.verb], number=case.number, unit=case.unit)
        deciding = [str(role) for role in transition(event.verb).approved_by]
        people = holders(deciding, division=case.division)
        _tell(event, case, people, "case.extension_asked", title, remark)
        return
    asked = Event.objects.filter(chain=event.chain, verb__in=list(ASKED), pk__lt=event.pk)
    last = asked.select_related("by").order_by("-pk").first()
    people = [*holders([R.UNIT_LEAD], unit=case.unit), *([last.by] if last and last.by else [])]
    title = words(DECIDED[event.verb], number=case.number)
    _tell(event, case, people, "case.extension_decided", title, remark)


def tell_what_is_to_be_looked_at(day: date) -> int:
    """Tell desk and unit once that the day has come to look at a suspended case again; how many."""
    waiting = Case.objects.filter(
        state=State.SUSPENDED, review_on__lte=day, review_on__gt=day - LATE
    ).select_related("division", "unit__parent", "kind")
    told = 0
    for case in waiting.defer("division__outline"):
        people = holders([R.DISPATCHER], division=case.division)
        if case.unit is not None:
            people += holders([R.UNIT_LEAD], unit=case.unit)
        told += notify(
            to=people,
            kind="case.review_due",
            title=words(
                gettext_noop("%(number)s is suspended: the day has come to look at it again"),
                number=case.number,
            ),
            body=_what(case),
            link=reverse("cases:case", args=[case.number]),
            key=f"{case.chain}:review:{case.review_on}",
        )
    return told


def _case(event: Event) -> Case | None:
    what, _colon, key = event.chain.partition(":")
    if what != "case":
        return None
    return (
        Case.objects.select_related("kind", "division", "unit__parent")
        .defer("division__outline")
        .filter(pk=key)
        .first()
    )


def _what(case: Case) -> Words:
    return words(gettext_noop("%(kind)s, %(place)s"), kind=case.kind, place=case.division)


def _tell(
    event: Event, case: Case, people: list[User], kind: str, title: Words, body: Words | str
) -> None:
    notify(
        to=[person for person in people if person.pk != event.by_id],  # who did it knows
        kind=kind,
        title=title,
        body=body or None,
        link=reverse("cases:case", args=[case.number]),
        key=f"{event.chain}:{event.sequence}",
        urgent=case.severity >= DANGEROUS and kind == "case.dispatched",
    )
