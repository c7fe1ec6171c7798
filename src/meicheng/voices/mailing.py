"""Reports by e-mail: one message as the mail server hands it on becomes one report.

    meicheng voices mail-in < message        # a pipe of the mail server, one process a message

The exit code says to the mail server what it has to do: 0 taken, 65 refused (the sender is told
with the words on standard error), 75 try again later (sysexits.h).
"""

from __future__ import annotations

import hashlib
import io
import re
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from typing import Any

from meicheng.engine.text import clean
from meicheng.files.actions import BadFile, store_photo
from meicheng.files.models import StoredFile
from meicheng.organisation.personal import read_email

from .actions import MOST_PHOTOS, report_with_key, submit_report
from .checking import NewReport, position_of_photos, world
from .floods import doubt_about_sender
from .models import Report

QUOTED = re.compile(r"^\s*(>|-{2,}\s*(原始邮件|Original Message))", re.IGNORECASE)
MACHINES = {"bulk", "junk", "list", "auto_reply"}
NAMED = 100  # characters of the name of a file that was left out
LONGEST_HEAD = 10_000  # characters; ten times what mail programs write
MOST_READ = 1_000_000  # bytes of a text; what people write is far shorter
WIDER = {"gb2312": "gb18030", "gbk": "gb18030"}  # letters often name a smaller set than they use


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
    found = report_with_key(Report.Source.MAIL, letter.key)
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
    doubt = doubt_about_sender(f"mail {letter.sender.lower()}")
    email = _answerable(letter.sender)
    return submit_report(said, photos=photos, email=email, doubt=doubt, key=letter.key)


def read_letter(content: bytes) -> Letter:
    """A message as it is on the wire, read (no SQL). What cannot be read is left out and named."""
    # By the older rules of `email`: the newer ones, and both on a NUL, fail where things are not in order.
    message = message_from_bytes(content.replace(b"\0", b""))
    letter = Letter(
        key=_key(message, content),
        sender=_sender(message),
        subject=clean(_header(message, "Subject"))[:300],
        body="",
        automatic=_by_machine(message),
    )
    letter.body = clean(_own_words(_read(message, letter)).replace("\ufffd", ""))
    return letter


def _read(part: Message, letter: Letter) -> str:
    """The words of a part and of all below it; its pictures and names of files go to the letter."""
    kind, below = part.get_content_type(), part.get_payload()
    if part.get_content_maintype() == "multipart" and isinstance(below, list):
        parts = [one for one in below if isinstance(one, Message)]
        said = [(one.get_content_type(), _read(one, letter)) for one in parts]
        words = [text for _kind, text in said if text]
        if kind == "multipart/alternative":  # the same, said twice
            return next(
                (text for name, text in said if name == "text/plain" and text), "".join(words[-1:])
            )
        return "\n".join(words)
    name = clean(_decoded(part.get_filename() or kind))[:NAMED]
    data = part.get_payload(decode=True)
    if part.get_content_maintype() in {"text", "multipart"} and not part.get_filename():
        return _text(part, data) if isinstance(data, bytes) else ""
    if isinstance(data, bytes) and part.get_content_maintype() == "image":
        letter.pictures.append((name, data))
    else:
        letter.left_out.append(name)
    return ""


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
    taken_at = position_of_photos(photos)
    if taken_at is not None:
        return dict(zip(("longitude", "latitude"), taken_at, strict=True))
    known = world().divisions
    return {"division": known.named_in(f"{letter.subject}\n{letter.body}") or known.city}


def _key(message: Message, content: bytes) -> str:
    named = _header(message, "Message-ID")
    return hashlib.sha256(named.encode() or content).hexdigest()[:40]


def _written(message: Message, name: str) -> str:
    """A header as it stands; "" where it is not there. UTF-8 is read, though it has no place there."""
    raw = next((said for key, said in message.raw_items() if key.lower() == name.lower()), "")
    return str(raw)[:LONGEST_HEAD].encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _header(message: Message, name: str) -> str:
    """What a header says, in one line."""
    return _decoded(_written(message, name))


def _decoded(said: str) -> str:
    with suppress(MessageError, LookupError, ValueError):  # else it is read as it stands
        said = str(make_header(decode_header(said)))
    return " ".join(said.split())


def _sender(message: Message) -> str:
    for header in ("Reply-To", "From"):
        for _name, address in getaddresses([_written(message, header)]):
            if "@" in address.strip("@"):
                return address
    return ""


def _answerable(sender: str) -> str:
    """The address, where an answer can be sent to it; else "": the words count all the same."""
    try:
        return read_email(sender)
    except ValueError:
        return ""


def _by_machine(message: Message) -> bool:
    """Whether a machine wrote it (RFC 3834): answering it, or taking it, would go round for ever."""
    automatic = _header(message, "Auto-Submitted") or "no"
    return (
        automatic.split(";")[0].strip().lower() != "no"
        or _header(message, "Return-Path") == "<>"
        or _header(message, "Precedence").lower() in MACHINES
    )


def _text(part: Message, data: bytes) -> str:
    charset = str(part.get_content_charset() or "utf-8")
    try:
        words = data[:MOST_READ].decode(WIDER.get(charset, charset), "replace")
    except (LookupError, ValueError):  # a character set that nobody knows
        words = data[:MOST_READ].decode("utf-8", "replace")
    return clean(words) if part.get_content_subtype() == "html" else words


def _own_words(body: str) -> str:
    """What the sender wrote herself: an answer's quotation of the letter before is left out."""
    lines: list[str] = []
    for line in body.splitlines():
        if QUOTED.match(line):
            if line.lstrip().startswith(">"):
                continue
            break
        lines.append(line)
    return "\n".join(lines)
