"""What is done with reports: taken, answered, rated, contested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meicheng.cases.actions import (
    add_report,
    join_case,
    open_case,
    rate_case,
    register_case,
    remove_report,
    reopen_case,
    turn_down_case,
)
from meicheng.cases.models import FINAL_STATES, Case
from meicheng.engine.text import clean, mask_name
from meicheng.engine.workflow import State
from meicheng.files.models import StoredFile
from meicheng.ledger.events import write_event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, scope
from meicheng.organisation.personal import (
    digest,
    digest_of_name,
    masked,
    read_email,
    read_phone,
    seal,
    unseal,
)
from meicheng.standards.models import CaseKind

from .checking import BadReport, Checked, NewReport, check_report, same_problem
from .codes import new_code
from .models import Report, ReportPhoto

MOST_PHOTOS = 4
LONGEST_REPLY = 5000
LONGEST_NAME = 60


def report_with_key(system: str, key: str) -> Report | None:
    """The report that a system sent under its key (1 SQL statement)."""
    return Report.objects.filter(source_system=system, external_number=key).first() if key else None


def submit_report(
    said: NewReport,
    *,
    by: User | None = None,
    photos: Sequence[StoredFile] = (),
    phone: str = "",
    email: str = "",
    name: str = "",
    join: Case | None = None,
    apart: bool = False,
    doubt: str = "",
    key: str = "",
    system: str = "",
) -> Report:
    """Take a report and give it its case, in one transaction.

    It joins the case that `join` names, else an open one of the same kind within 30 m and 30 days,
    else it brings back one that was closed there lately; else a case of its own is opened and waits
    to be registered. With `apart` whoever reports has seen what is open nearby and says that this is
    another one: it joins nothing. One that is in `doubt` (too fast, too many) joins nothing unasked
    and says why. The same `key` from the same source, or from the same other `system`, again gives
    the same report. `by` is None for citizens, who need no role to speak. Whoever leaves an e-mail
    address is told the answer by the worker (see `tasks.py`).

    Raises `BadReport` and `NotAllowed`; then nothing has changed.
    """
    checked = check_report(said)
    system = system or said.source
    known = report_with_key(system, key)
    if known is not None:
        return known
    if by is not None:
        allow(by, "reports.write", division=checked.division)
    if len(photos) > MOST_PHOTOS:
        raise BadReport(
            "photos",
            _("%(count)d photographs were sent; at most %(most)d are taken")
            % {"count": len(photos), "most": MOST_PHOTOS},
        )
    person = read_contact(phone, email, name)
    try:
        with transaction.atomic():
            case = join or (None if doubt or apart else same_problem(checked))
            case = _still_open(case)
            alone = bool(doubt) or apart
            origin = (system, key) if key else ("", None)
            return _write(checked, by, photos, person, case, doubt, origin, alone=alone)
    except IntegrityError:
        # The same key was sent twice at once: the other one was first.
        known = report_with_key(system, key)
        if known is None:
            raise
        return known


def _write(
    checked: Checked,
    by: User | None,
    photos: Sequence[StoredFile],
    person: Contact,
    case: Case | None,
    doubt: str,
    origin: tuple[str, str | None],
    *,
    alone: bool,
) -> Report:
    said, code, joined = checked.said, new_code(), case is not None
    if case is None:
        case = open_case(
            kind=checked.kind,
            division=checked.division,
            by=None,
            description=checked.body or checked.subject,
            source=said.source,
            address=said.address,
            longitude=said.longitude,
            latitude=said.latitude,
            site=said.site,
            photos=photos,
            reported_at=checked.reported_at,
            apart=alone,
        )
        joined = case.state == State.RELAPSED  # the one that was closed here lately
    else:
        case = add_report(case, code=code, by=by)
    report = draft_report(
        checked,
        case,
        code=code,
        joined=joined,
        phone=person.phone,
        email=person.email,
        name=person.name,
        doubt=doubt,
    )
    report.source_system, report.external_number = origin
    report.save(force_insert=True)
    ReportPhoto.objects.bulk_create(ReportPhoto(report=report, file=file) for file in photos)
    return report


@dataclass(frozen=True)
class Contact:
    """Who reported it and how to reach her; "" for what was not named."""

    phone: str
    email: str
    name: str = ""


def read_contact(phone: str, email: str, name: str = "") -> Contact:
    """What somebody wrote as phone, e-mail and name, checked. Raises `BadReport`."""
    read: dict[str, str] = {"phone": "", "email": ""}
    for field, written, reader in (("phone", phone, read_phone), ("email", email, read_email)):
        if written.strip():
            try:
                read[field] = reader(written)
            except ValueError as problem:
                raise BadReport(field, str(problem)) from None
    return Contact(**read, name=clean(name).replace("\n", " ")[:LONGEST_NAME])


def _still_open(case: Case | None) -> Case | None:
    """The case, held until the report is in it; None when it ended while the citizen wrote."""
    if case is None:
        return None
    open_ones = Case.objects.exclude(state__in=FINAL_STATES)
    return open_ones.select_for_update(of=("self",)).filter(pk=case.pk).first()


def draft_report(
    checked: Checked,
    case: Case | None,
    *,
    code: str,
    joined: bool,
    phone: str = "",
    email: str = "",
    name: str = "",
    doubt: str = "",
) -> Report:
    """The row of a report whose case stands (no SQL); what is written to goes in its language."""
    said = checked.said
    extra = {"doubt": doubt, "language": (get_language() or "") if email else ""}
    return Report(
        code=code,
        state=Report.State.JOINED if joined else Report.State.RECEIVED,
        source=said.source,
        case=case,
        kind=checked.kind,
        suggested=[[one.code, one.score, list(one.words)] for one in checked.suggested],
        subject=checked.subject,
        body=checked.body,
        division=checked.division,
        address=said.address[:300],
        longitude=said.longitude,
        latitude=said.latitude,
        reporter=said.reporter,
        name_sealed=seal(name) if name else None,
        name_digest=digest_of_name(name) if name else "",
        name_masked=mask_name(name)[:20] if name else "",
        phone_sealed=seal(phone) if phone else None,
        phone_digest=digest(phone) if phone else "",
        phone_masked=masked(phone) if phone else "",
        reported_at=checked.reported_at,
        email_sealed=seal(email) if email else None,
        extra={**said.extra, **{name: value for name, value in extra.items() if value}},
    )


def accept_report(
    report: Report,
    *,
    by: User,
    kind: CaseKind | None = None,
    remark: str = "",
    seen: int | None = None,
) -> Case:
    """Take a report up: its case is registered, under `kind` if that is another one (受理)."""
    return register_case(waiting_case(report), by=by, kind=kind, remark=remark, seen=seen)


def join_report(
    report: Report, *, to: Case, by: User, remark: str = "", seen: int | None = None
) -> Case:
    """Say that the report tells of the same problem as `to`; it is answered with `to` (合并)."""
    allow(by, "cases.see", division=to.division, unit=to.unit)
    return join_case(waiting_case(report), to=to, by=by, remark=remark, seen=seen)


def turn_down_report(report: Report, *, by: User, reason: str, seen: int | None = None) -> Case:
    """Say with a reason that this is not for the city to solve; whoever reported it reads it."""
    return turn_down_case(waiting_case(report), by=by, remark=reason, seen=seen)


@transaction.atomic
def part_report(report: Report, *, by: User) -> Case:
    """Say that a joined report tells of another problem; it gets a case that waits (拆分)."""
    report = (
        Report.objects.select_for_update(of=("self",))
        .select_related("case__division", "case__unit", "kind", "division")
        .get(pk=report.pk)
    )
    case = report.case
    if case is None or report.state != Report.State.JOINED or case.state in FINAL_STATES:
        raise BadReport("case", _("Only a report that is joined to an open case can be parted"))
    remove_report(case, code=report.code, by=by)
    own = open_case(
        kind=report.kind or case.kind,
        division=report.division,
        by=by,
        description=report.body or report.subject,
        source=report.source,
        address=report.address,
        longitude=report.longitude,
        latitude=report.latitude,
        photos=[photo.file for photo in report.photos.select_related("file")],
        reported_at=report.reported_at,
        apart=True,
    )
    report.case, report.state = own, Report.State.RECEIVED
    report.save(update_fields=["case", "state"])
    return own


def waiting_case(report: Report) -> Case:
    """The case of a report while the desk decides. Raises `BadReport` once that is over."""
    case = report.case
    if case is None:
        raise BadReport("case", _("This report has no case; write an answer"))
    if case.state != State.REPORTED:
        raise BadReport(
            "case",
            _("This is decided: %(number)s is “%(state)s”. Go on there, or write an answer")
            % {"number": case.number, "state": case.get_state_display()},
        )
    return case


@transaction.atomic
def answer_report(report: Report, *, by: User, reply: str, others: bool = False) -> int:
    """Write to whoever reported it; a second answer replaces the first, and both are events.

    With `others` also to those who reported the same and have no answer yet. Gives how many
    were answered.
    """
    allow(by, "reports.reply", division=report.division)
    reply = check_reply(reply)
    at, whose = timezone.now(), Q(pk=report.pk)
    if others:
        whose |= unanswered_others(report, by)  # asked again once each is locked
    answered = Report.objects.select_for_update(of=("self",)).filter(whose).order_by("pk")
    for one in answered:
        one.reply, one.replied_at = reply, at
        one.save(update_fields=["reply", "replied_at"])
        write_event(report_chain(one), "answered", by=by, data={"reply": reply})
    return len(answered)


def unanswered_others(report: Report, user: User) -> Q:
    """Those who reported the same, have no answer yet, and whom the user may answer."""
    if report.case_id is None:
        return Q(pk__in=[])
    same = Q(case=report.case_id, replied_at=None) & ~Q(pk=report.pk)
    return same & scope(user, "reports.reply").filter()


def check_reply(words: str) -> str:
    """An answer, ready to be kept. Raises `BadReport` where it says nothing or too much."""
    words = words.strip()
    if not words:
        raise BadReport("reply", _("Write what you answer"))
    if len(words) > LONGEST_REPLY:
        raise BadReport(
            "reply",
            _("The answer has %(count)d characters; at most %(most)d are taken")
            % {"count": len(words), "most": LONGEST_REPLY},
        )
    return words


@transaction.atomic
def rate_report(report: Report, *, rating: int, manner: int | None, remark: str = "") -> Report:
    """Say once how good the result is, and how people were treated, 1 to 5.

    A case with many reports counts as satisfied as its least satisfied one.
    """
    report = Report.objects.select_for_update(of=("self",)).select_related("case").get(pk=report.pk)
    for field, value in (("rating", rating), ("manner", manner)):
        if value is not None and value not in range(1, 6):
            raise BadReport(field, _("A rating is a number from 1 to 5"))
    case = report.case
    if case is None or case.state != State.CLOSED:
        raise BadReport("rating", _("It can be rated once it is closed"))
    if report.rating is not None:
        raise BadReport("rating", _("You have rated this already; thank you"))
    report.rating, report.rating_manner = rating, manner
    report.rating_remark, report.rated_at = remark.strip()[:500], timezone.now()
    report.save(update_fields=["rating", "rating_manner", "rating_remark", "rated_at"])
    if case.rating is None or rating < case.rating:
        rate_case(case, rating=rating, remark=report.rating_remark)
    return report


@transaction.atomic
def contest_result(report: Report, *, reason: str) -> Report:
    """Say that it is not solved: once, and the case goes back to its unit with the reason."""
    report = Report.objects.select_for_update(of=("self",)).select_related("case").get(pk=report.pk)
    if not reason.strip():
        raise BadReport("reason", _("Say what is not solved"))
    case = report.case
    if case is None or case.state != State.CLOSED:
        raise BadReport("reason", _("The case is not closed; it is being worked on"))
    if report.extra.get("contested"):
        raise BadReport("reason", _("It went back once already; call the hotline if it persists"))
    report.extra = {**report.extra, "contested": reason.strip()[:500]}
    report.rating = report.rating_manner = report.rated_at = None
    report.save(update_fields=["extra", "rating", "rating_manner", "rated_at"])
    reopen_case(case, by=None, remark=reason.strip()[:2000])
    return report


@transaction.atomic
def reveal_contact(report: Report, *, by: User, reason: str) -> Contact:
    """The name and phone number of whoever reported it; who asked and why is an event."""
    allow(by, "reports.see_phone", division=report.division)
    if not reason.strip():
        raise BadReport("reason", _("Say why you need the number"))
    report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if report.phone_sealed is None and report.name_sealed is None:
        raise BadReport("reason", _("No number was left"))
    write_event(report_chain(report), "phone_seen", by=by, data={"reason": reason.strip()[:500]})
    phone, name = (
        unseal(bytes(sealed)) if sealed is not None else ""
        for sealed in (report.phone_sealed, report.name_sealed)
    )
    return Contact(phone=phone, email="", name=name)


def report_chain(report: Report) -> str:
    """The chain of events about a report's person and answers, apart from its case's."""
    return f"report:{report.pk}"
