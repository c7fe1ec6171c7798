"""Signatures of the Standard Webhooks convention.

Source: https://github.com/standard-webhooks/standard-webhooks, "Signature scheme": HMAC-SHA256 over
`id.timestamp.body`, Base64, "v1," before it; several signatures stand side by side with blanks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
SIZE = 32  # bytes


def new_secret() -> str:
    """A fresh secret as the convention writes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SIZE)).decode()


def is_secret(written: str) -> bool:
    """Whether it is a secret as the convention has it: Base64 of 24 to 64 bytes, chosen by chance.

    >>> is_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), is_secret("whsec_"), is_secret("secret!")
    (True, False, False)
    """
    try:
        key = base64.b64decode(written.removeprefix(PREFIX), validate=True)
    except ValueError:
        return False
    return 24 <= len(key) <= 64


def signature(secret: str, code: str, timestamp: int, body: bytes) -> str:
    """The signature of a message.

    >>> signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
    ...           1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{code}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets_: Iterable[str], code: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a message that is signed with each of the secrets."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": code,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            signature(secret, code, timestamp, body) for secret in secrets_
        ),
    }
