"""The hotline desk: what an operator sees while somebody speaks, and what she does at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from meicheng.cases.actions import dispatch_case
from meicheng.cases.models import Case
from meicheng.cases.text import asked, pieces
from meicheng.cases.units import suggested_unit, units_for
from meicheng.engine.space import cells_around, distance_m
from meicheng.engine.workflow import State
from meicheng.knowledge.models import Article
from meicheng.ledger.events import write_event
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow, scope
from meicheng.organisation.personal import digests, read_phone
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind

from .actions import (
    accept_report,
    check_reply,
    draft_report,
    read_contact,
    report_chain,
    submit_report,
)
from .checking import NewReport, check_report
from .codes import new_code
from .models import Report

AROUND_M = 250
MOST_COMPARED = 200
MOST_SHOWN = 6


@dataclass(frozen=True)
class Similar:
    """An open case that may be the caller's, how far off, and how much of her words it holds."""

    case: Case
    metres: int | None
    shared: float


def earlier_calls(user: User, phone: str) -> list[Report]:
    """What was reported from this number before, newest first (1 SQL statement).

    Empty for a number that cannot be one; only what the user may see.
    """
    try:
        number = read_phone(phone)
    except ValueError:
        return []
    found = Report.objects.filter(
        scope(user, "reports.see").filter(division="division"), phone_digest__in=digests(number)
    )
    whole = found.select_related("kind", "case", "division").defer("division__outline")
    return list(whole.order_by("-reported_at", "-pk")[:MOST_SHOWN])


def similar_cases(
    user: User,
    words: str,
    *,
    kinds: Sequence[str] = (),
    position: tuple[float, float] | None = None,
    division: Division | None = None,
) -> list[Similar]:
    """Open cases that the user may see and the caller may mean, likeliest first (1 SQL statement).

    Around the position, else in the division and of a kind that the words tell of. What holds more
    of the words and lies nearer comes first: each shared piece counts, 250 m cost half.
    """
    open_ones = Case.objects.filter(
        scope(user, "cases.see").filter(division="division", unit="unit"), closed_at__isnull=True
    )
    if position is not None:
        found = open_ones.filter(cell__in=cells_around(*position, AROUND_M))
    elif division is not None:
        found = open_ones.filter(division__path__startswith=division.path)
        if kinds:
            found = found.filter(kind__in=kinds)
    else:
        return []
    found = found.select_related("kind", "unit", "division").defer("division__outline")
    said = set(asked(words))
    rows: list[Similar] = []
    for case in found.order_by("-reported_at", "-pk")[:MOST_COMPARED]:
        metres = None
        if position is not None and case.longitude is not None and case.latitude is not None:
            metres = round(distance_m(*position, case.longitude, case.latitude))
            if metres > AROUND_M:
                continue
        held = said.intersection(pieces(f"{case.kind.name_zh} {case.address} {case.description}"))
        rows.append(Similar(case, metres, len(held) / len(said) if said else 0.0))
    rows.sort(key=lambda one: (-_likely(one, kinds), -one.case.pk))
    return rows[:MOST_SHOWN]


def _likely(one: Similar, kinds: Sequence[str]) -> float:
    near = 1 - (one.metres or 0) / (2 * AROUND_M)
    return near * (one.shared + (0.5 if one.case.kind_id in kinds else 0.0))


def units_at(kind: CaseKind, division: Division) -> tuple[list[Unit], int | None]:
    """The units that a case there may be handed to, and the one that answers for its kind."""
    case = Case(kind=kind, division=division, district=division.district)
    return list(units_for(case)), suggested_unit(case)


@transaction.atomic
def take_call(
    said: NewReport,
    *,
    by: User,
    phone: str = "",
    name: str = "",
    key: str = "",
    join: Case | None = None,
    to: Unit | None = None,
) -> Report:
    """Take what a caller reports; with `to`, register it and hand it on in the same step.

    `join` names the open case that the caller means. Where the report belongs to a case that is
    being worked on already, there is nothing to hand on. Raises as `submit_report`, `accept_report`
    and `dispatch_case` do; then nothing has changed.
    """
    if join is not None:
        allow(by, "cases.see", division=join.division, unit=join.unit)
    report = submit_report(said, by=by, phone=phone, name=name, key=key, join=join)
    case = report.case
    if to is not None and case is not None and case.state == State.REPORTED:
        case = accept_report(report, by=by, kind=said.kind)
        dispatch_case(case, to=to, by=by)
    return report


@transaction.atomic
def answer_call(
    said: NewReport,
    *,
    by: User,
    reply: str,
    phone: str = "",
    name: str = "",
    key: str = "",
    article: Article | None = None,
) -> Report:
    """Answer a question while the caller waits (直接答复): it is kept with its answer, without a case.

    The same `key` from the same source again gives the same report. `article` is what was read out.
    """
    checked = check_report(said)
    allow(by, "reports.write", division=checked.division)
    allow(by, "reports.reply", division=checked.division)
    words = check_reply(reply)
    contact = read_contact(phone, "", name)
    origin = {"source_system": said.source, "external_number": key or None}
    if key:
        known = Report.objects.select_for_update().filter(**origin).first()
        if known is not None:
            return known
    report = draft_report(
        checked, None, code=new_code(), joined=False, phone=contact.phone, name=contact.name
    )
    report.source_system = said.source if key else ""
    report.external_number = key or None
    report.state, report.reply = Report.State.ANSWERED, words
    report.replied_at = timezone.now()
    report.save(force_insert=True)
    more = {"article": article.code} if article is not None else {}
    write_event(report_chain(report), "answered", by=by, data={"reply": words, **more})
    return report


def article_of(code: str) -> Article | None:
    """The article in use with this code; None for none."""
    return Article.objects.filter(Q(code=code, active=True)).first() if code else None
