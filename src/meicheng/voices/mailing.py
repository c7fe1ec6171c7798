"""Reports by e-mail: one message as the mail server hands it on becomes one report.

    meicheng voices mail-in < message        # a pipe of the mail server, one process a message

The exit code says to the mail server what it has to do: 0 taken, 65 refused (the sender is told
with the words on standard error), 75 try again later (sysexits.h).
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from typing import Any

from meicheng.engine.text import clean
from meicheng.files.actions import BadFile, store_photo
from meicheng.files.models import StoredFile

from .actions import MOST_PHOTOS, submit_report
from .checking import LONGEST, BadReport, NewReport, world
from .floods import doubt_about_sender
from .models import Report

QUOTED = re.compile(r"^\s*(>|-{2,}\s*(原始邮件|Original Message))", re.IGNORECASE)
MACHINES = {"bulk", "junk", "list", "auto_reply"}
NAMED = 100  # characters of the name of a file that was left out


@dataclass
class Letter:
    """What a message says, read and not yet written."""

    key: str
    sender: str
    subject: str
    body: str
    automatic: bool
    pictures: list[tuple[str, bytes]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def take_letter(content: bytes) -> Report | None:
    """Take a message as a report; None for one that a machine wrote (an absence, a bounce).

    The place is where its words name a division or a photograph was taken, else the whole city:
    the desk asks. The same message again is the same report. What is attached and is no photograph
    is named with the report. What one sender writes beyond `MEICHENG_REPORTS_PER_DEVICE` in an hour
    waits as doubtful. Raises `BadReport` where it says nothing.
    """
    letter = read_letter(content)
    if letter.automatic:
        return None
    known = Report.objects.filter(source_system=Report.Source.MAIL, external_number=letter.key)
    found = known.first()
    if found is not None:
        return found
    photos, left_out = _stored(letter)
    said = NewReport(
        source=Report.Source.MAIL,
        subject=letter.subject,
        body=letter.body or letter.subject,
        extra={"left_out": "、".join(left_out)} if left_out else {},
        **_place(letter, photos),
    )
    email = letter.sender if "@" in letter.sender else ""
    doubt = doubt_about_sender(f"mail {letter.sender.lower()}")
    return submit_report(said, photos=photos, email=email, doubt=doubt, key=letter.key)


def read_letter(content: bytes) -> Letter:
    """A message as it is on the wire, read (no SQL). What cannot be read is left out and named."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    written = message.get_body(preferencelist=("plain", "html"))
    body = _text(written) if written is not None else ""
    letter = Letter(
        key=_key(message, content),
        sender=_sender(message),
        subject=clean(str(message.get("Subject", "")))[:300],
        body=_own_words(body)[:LONGEST],
        automatic=_by_machine(message),
    )
    for part in message.iter_attachments():
        name = clean(str(part.get_filename() or part.get_content_type()))[:NAMED]
        data = part.get_payload(decode=True)
        if isinstance(data, bytes) and part.get_content_maintype() == "image":
            letter.pictures.append((name, data))
        else:
            letter.left_out.append(name)
    return letter


def _stored(letter: Letter) -> tuple[list[StoredFile], list[str]]:
    """The photographs that are in order, and the names of what was left out."""
    photos: list[StoredFile] = []
    left_out = list(letter.left_out)
    for name, data in letter.pictures:
        if len(photos) == MOST_PHOTOS:
            left_out.append(name)
            continue
        try:
            photos.append(store_photo(io.BytesIO(data), by=None, name=name))
        except BadFile:  # the words count all the same, and the desk reads what was left out
            left_out.append(name)
    return photos, left_out


def _place(letter: Letter, photos: list[StoredFile]) -> dict[str, Any]:
    known = world().divisions
    for photo in photos:
        if photo.longitude is None or photo.latitude is None:
            continue
        if known.locate([(photo.longitude, photo.latitude)])[0] is not None:
            return {"longitude": photo.longitude, "latitude": photo.latitude}
    division = known.named_in(f"{letter.subject}\n{letter.body}") or known.city
    if division is None:
        raise BadReport("division", "meicheng setup")
    return {"division": division}


def _key(message: EmailMessage, content: bytes) -> str:
    named = str(message.get("Message-ID", "")).strip()
    return hashlib.sha256(named.encode() or content).hexdigest()[:40]


def _sender(message: EmailMessage) -> str:
    for header in ("Reply-To", "From"):
        addresses: tuple[Address, ...] = getattr(message.get(header), "addresses", ())
        for one in addresses:
            if one.addr_spec and one.addr_spec != "@":
                return one.addr_spec
    return ""


def _by_machine(message: EmailMessage) -> bool:
    """Whether a machine wrote it (RFC 3834): answering it, or taking it, would go round for ever."""
    automatic = str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    bounced = str(message.get("Return-Path", "")).strip() == "<>"
    return (
        automatic != "no"
        or bounced
        or str(message.get("Precedence", "")).strip().lower() in MACHINES
    )


def _text(part: Any) -> str:
    try:
        words = str(part.get_content())
    except (LookupError, UnicodeDecodeError):  # a character set that nobody knows
        words = (part.get_payload(decode=True) or b"").decode("utf-8", "replace")
    if part.get_content_subtype() == "html":
        words = re.sub(r"(?is)<(script|style).*?</\1>", " ", words)
        words = re.sub(r"(?i)<(br|/p|/div)[^>]*>", "\n", words)
    return words


def _own_words(body: str) -> str:
    """What the sender wrote herself: an answer's quotation of the letter before is left out."""
    lines: list[str] = []
    for line in body.splitlines():
        if QUOTED.match(line):
            if line.lstrip().startswith(">"):
                continue
            break
        lines.append(line)
    return clean("\n".join(lines).replace("\ufffd", ""))
