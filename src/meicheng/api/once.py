"""Nothing is done twice: the same Idempotency-Key gets the same answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Status

from meicheng.ledger.models import IdempotencyKey
from meicheng.organisation.models import User

from .problems import Problem

Answer = Status[dict[str, Any]]
LONGEST = 128
KEY = re.compile(f"[!-~]([ -~]{{0,{LONGEST - 2}}}[!-~])?")


def key_of(request: HttpRequest) -> str:
    """The Idempotency-Key of a request, which every POST needs."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not KEY.fullmatch(key):
        said = _("Send an Idempotency-Key of 1 to %(most)d characters with every POST") % {
            "most": LONGEST
        }
        raise Problem(400, said, [("Idempotency-Key", said)])
    return key


def digest_of(request: HttpRequest) -> str:
    """What makes two requests the same: the address and the body."""
    return hashlib.sha256(f"{request.path}\n".encode() + request.body).hexdigest()


def once(
    request: HttpRequest,
    user: User,
    do: Callable[[], Answer],
    *,
    digest: str = "",
) -> Answer:
    """Do something once for a key; the same key with the same request is answered as before.

    The key is written first, so that of two at once the second waits until the first is through.
    What fails leaves no key: it may be tried again. `digest` says what the request is where its
    body was read as a stream. Raises `Problem` 409 for another request under
    a used key.
    """
    key, digest = key_of(request), digest or digest_of(request)
    known = replay(user, key, digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            kept = IdempotencyKey.objects.create(
                key=key, user=user, request_hash=digest, status=0, answer={}
            )
            answer = do()
            kept.status, kept.answer = answer.status_code, answer.value
            kept.save(update_fields=["status", "answer"])
            return answer
    except IntegrityError:
        known = replay(user, key, digest)
        if known is None:
            raise
        return known


def replay(user: User, key: str, digest: str) -> Answer | None:
    """What was answered to this key before (1 SQL statement); None for a new one."""
    kept = IdempotencyKey.objects.filter(user=user, key=key).first()
    if kept is None:
        return None
    if kept.request_hash != digest:
        raise Problem(409, _("This Idempotency-Key was used for another request"))
    return Status(kept.status, kept.answer)
