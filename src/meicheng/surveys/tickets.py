"""Invitations: codes that are kept nowhere, drafts that only their code opens, one answer each.

Nothing joins a person to an answer. Codes are made when letters are printed, and which household
gets which letter is never written down; the database has only their hashes. A ticket is deleted
with the answer that it gave; an answer has a key drawn by chance, no time, and no trace of its
ticket. What is left is how many of a cell were given out and how many answered.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.ledger.events import next_event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.time import city_day

from .filling import Said, whole
from .models import Answer, Cell, Ticket, Wave
from .questions import Form
from .reading import read_form

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 and O, no 1, I and L
LENGTH = 12  # 10^17 codes: nobody guesses one


class NoTicket(LookupError):
    """No invitation has this code: it was used, its survey is over, or it was mistyped."""


class NotNow(ValueError):
    """An invitation that cannot be used now, or invitations that cannot be given out."""


def new_code() -> str:
    """Twelve letters drawn by chance."""
    return "".join(secrets.choice(LETTERS) for _place in range(LENGTH))


def read_code(written: str) -> str:
    """A code as it was typed, with or without dashes; "" where it can be none.

    >>> read_code("k7m4-qx9r-tw2h")
    'K7M4QX9RTW2H'
    """
    code = "".join(sign for sign in written.upper() if sign.isalnum())
    return code if len(code) == LENGTH and set(code) <= set(LETTERS) else ""


def shown(code: str) -> str:
    """A code as it is printed: K7M4-QX9R-TW2H."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def digest(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(f"meicheng.surveys/{code}".encode()).hexdigest()


@transaction.atomic
def give_out(actor: User, wave: Wave, cells: Sequence[Cell]) -> list[tuple[Cell, str]]:
    """Make the invitations of these cells: as many as were drawn and have not answered.

    Those of the same cells that were made before and not used are void from then on. The codes are
    returned once, to be printed, and kept nowhere. Raises `NotAllowed` and `NotNow`.
    """
    allow(actor, "surveys.make", division=wave.division)
    wave = _running(wave)
    made, counts = [], {}
    held = Cell.objects.select_for_update(of=("self",)).select_related("division", "site")
    for cell in held.filter(pk__in=[one.pk for one in cells]).order_by("pk"):
        cell.tickets.all().delete()
        codes = [new_code() for _number in range(max(0, cell.asked - cell.answered))]
        Ticket.objects.bulk_create(Ticket(cell=cell, digest=digest(code)) for code in codes)
        cell.given_out = cell.answered + len(codes)
        cell.save(update_fields=["given_out"])
        made += [(cell, code) for code in codes]
        counts[cell.code] = len(codes)
    next_event(wave, "survey_given_out", by=actor, at=timezone.now(), invitations=counts)
    wave.save(update_fields=["events_count", "head_hash"])
    return made


@transaction.atomic
def begin_interview(actor: User, cell: Cell) -> str:
    """The code of a new invitation that an interviewer fills in with somebody at once.

    No more than were drawn can be given out. Raises `NotAllowed` and `NotNow`.
    """
    cell = (
        Cell.objects.select_for_update(of=("self",))
        .select_related("wave", "division")
        .get(pk=cell.pk)
    )
    allow(actor, "surveys.interview", division=cell.division)
    if cell.wave.state(city_day(timezone.now())) != "open":
        raise NotNow(_("Answers are not taken now"))
    if cell.given_out >= cell.asked:
        raise NotNow(
            _("All %(count)d invitations here were given out: enter the code on the letter")
            % {"count": cell.asked}
        )
    code = new_code()
    Ticket.objects.create(cell=cell, digest=digest(code), interview=True)
    cell.given_out += 1
    cell.save(update_fields=["given_out"])
    return code


@transaction.atomic
def note_missed(actor: User, cell: Cell, why: str) -> None:
    """Count somebody drawn who would not answer ("refused") or was not met ("not_reached").

    Raises `NotAllowed` and `NotNow`.
    """
    cell = (
        Cell.objects.select_for_update(of=("self",))
        .select_related("wave", "division")
        .get(pk=cell.pk)
    )
    allow(actor, "surveys.interview", division=cell.division)
    if why not in {"refused", "not_reached"}:
        raise NotNow(_("Say whether somebody refused or was not reached"))
    if cell.wave.state(city_day(timezone.now())) != "open":
        raise NotNow(_("Answers are not taken now"))
    if cell.answered + cell.refused + cell.not_reached >= cell.asked:
        raise NotNow(_("Of all %(count)d drawn here it is known already") % {"count": cell.asked})
    Cell.objects.filter(pk=cell.pk).update(**{why: F(why) + 1})


def ticket_of(code: str) -> Ticket:
    """The invitation of a code, if answers are taken now (1 SQL statement).

    Raises `NoTicket` and `NotNow`.
    """
    known = read_code(code)
    found = (
        Ticket.objects.filter(digest=digest(known))
        .select_related("cell__wave__questionnaire", "cell__division")
        .defer("cell__wave__frame", "cell__wave__results", "cell__division__outline", "cell__drawn")
        .first()
        if known
        else None
    )
    if found is None:
        raise NoTicket(
            _("Either an answer was given with this code already, or the code was mistyped.")
        )
    state = found.cell.wave.state(city_day(timezone.now()))
    if state == "planned":
        raise NotNow(_("This survey begins on %(day)s.") % {"day": found.cell.wave.opens})
    if state != "open":
        raise NotNow(_("This survey has ended. Thank you all the same."))
    return found


def form_of(ticket: Ticket) -> Form:
    """The questionnaire of an invitation."""
    return read_form(ticket.cell.wave.questionnaire.document)


def draft_of(ticket: Ticket, code: str) -> Said:
    """What was filled in so far; only the code opens it."""
    if not ticket.draft:
        return {}
    try:
        opened = _lock(code).decrypt(ticket.draft.encode())
    except InvalidToken:
        return {}
    said: Said = json.loads(opened)
    return said


def keep_draft(ticket: Ticket, code: str, said: Mapping[str, Any]) -> None:
    """Keep what was filled in so far, sealed with the code (1 SQL statement)."""
    sealed = _lock(code).encrypt(json.dumps(said).encode()).decode()
    Ticket.objects.filter(pk=ticket.pk).update(draft=sealed)


@transaction.atomic
def send_answer(code: str) -> None:
    """Turn a filled-in draft into an answer; the invitation is gone with it.

    Raises `NoTicket` (also where it was sent a moment ago), and `NotNow` with what is missing.
    """
    found = ticket_of(code)
    # First the cell, then the ticket, as closing takes them: whoever comes second finds no ticket.
    Cell.objects.select_for_update().get(pk=found.cell_id)
    ticket = Ticket.objects.select_for_update().filter(pk=found.pk).first()
    if ticket is None:
        raise NoTicket(_("Your answer was taken already. Thank you."))
    said, missing = whole(form_of(found), draft_of(ticket, read_code(code)))
    if missing:
        raise NotNow(_("A question is not answered yet"))
    Answer.objects.create(cell_id=ticket.cell_id, interview=ticket.interview, said=said)
    Cell.objects.filter(pk=ticket.cell_id).update(answered=F("answered") + 1)
    ticket.delete()


def _lock(code: str) -> Fernet:
    """What seals drafts: made from the code itself, which is kept nowhere."""
    key = hashlib.blake2b(read_code(code).encode(), digest_size=32, person=b"survey draft").digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _running(wave: Wave) -> Wave:
    held = Wave.objects.select_for_update().get(pk=wave.pk)
    if held.state(city_day(timezone.now())) not in {"planned", "open"}:
        raise NotNow(_("The survey has ended: no more invitations are given out"))
    return held
