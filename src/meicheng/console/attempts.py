"""Counting failed sign-ins, so that passwords cannot be tried by the thousand.

The count lives in the process's cache: with several processes an attacker has that many times the
attempts, still far too few to guess a password.
"""

from __future__ import annotations

import hashlib
import math
import time

from django.core.cache import cache

MOST = 8
MINUTES = 5


def minutes_to_wait(username: str) -> int:
    """How many minutes this account must still wait; 0 when it may try."""
    failures, since = cache.get(_key(username), (0, 0.0))
    if failures < MOST:
        return 0
    return max(0, math.ceil((since + MINUTES * 60 - time.time()) / 60))


def note_failure(username: str) -> None:
    """Count one failure; the wait begins anew with each."""
    failures, _since = cache.get(_key(username), (0, 0.0))
    cache.set(_key(username), (failures + 1, time.time()), MINUTES * 60)


def forget(username: str) -> None:
    """Begin again from none, after the right password."""
    cache.delete(_key(username))


def _key(username: str) -> str:
    digest = hashlib.sha256(username.strip().lower().encode()).hexdigest()
    return f"sign-in-failures:{digest}"
