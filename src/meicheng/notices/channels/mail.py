"""By e-mail, over the server that MEICHENG_MAIL names."""

from __future__ import annotations

import hashlib
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language

from .parcel import Away, Later, Never, Parcel


class Mail:
    """One connection to the mail server, kept for the mails of one turn."""

    def __init__(self) -> None:
        self._connection = get_connection()

    def send(self, parcel: Parcel) -> None:
        """Send it as text and as simple HTML."""
        mail = message(parcel)
        mail.connection = self._connection
        try:
            self._connection.open()
            mail.send()
        except SMTPRecipientsRefused as problem:
            self.close()
            code, said = next(iter(problem.recipients.values()))
            raise _fault(code, said) from problem
        except SMTPResponseException as problem:
            self.close()
            # What concerns this mail is said by the answers to MAIL, RCPT and DATA; a refusal to
            # let us in concerns all.
            if problem.smtp_code in {421, 454, 530, 534, 535}:
                raise Away(f"{problem.smtp_code} {_text(problem.smtp_error)}") from problem
            raise _fault(problem.smtp_code, problem.smtp_error) from problem
        except (SMTPException, OSError) as problem:
            self.close()
            raise Away(f"{type(problem).__name__}: {problem}") from problem

    def close(self) -> None:
        """Say good-bye to the server; a connection that is broken already is let go."""
        self._connection.close()


def message(parcel: Parcel) -> EmailMultiAlternatives:
    """The mail itself; its Message-ID is the parcel's, and mails about one thing refer to one."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    headers = {
        "Message-ID": f"<{parcel.code}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en" if (get_language() or "").startswith("en") else "zh-Hans",
    }
    if parcel.thread:
        root = hashlib.sha256(parcel.thread.encode()).hexdigest()[:32]
        headers["References"] = headers["In-Reply-To"] = f"<{root}@{domain}>"
    subject = " ".join(parcel.title.split())
    if parcel.plain:
        return EmailMultiAlternatives(subject, parcel.plain, to=[parcel.to], headers=headers)
    city = settings.CITY_NAME_EN if headers["Content-Language"] == "en" else settings.CITY_NAME_ZH
    address = settings.PUBLIC_ADDRESS.rstrip("/")
    context = {
        "parcel": parcel,
        "city_name": city,
        "language": headers["Content-Language"],
        "preferences": address + reverse("notices:preferences") if address else "",
    }
    mail = EmailMultiAlternatives(
        f"[{city}] {subject}",
        render_to_string("notices/mail.txt", context),
        to=[parcel.to],
        headers=headers,
    )
    mail.attach_alternative(render_to_string("notices/mail.html", context), "text/html")
    return mail


def _fault(code: int, said: bytes | str) -> Never | Later:
    words = f"{code} {_text(said)}"
    return Never(words) if code >= 500 else Later(words)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
