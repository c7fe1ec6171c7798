"""Pauses after failed attempts to sign in, so that passwords and codes cannot be tried by thousands.

Counted in the database, so that all processes count together, and before the password is looked at,
so that a burst at one moment is counted too. Three counts are kept:

- of an account from one connection: the pause doubles with each failure, up to an hour;
- of a connection, whatever the account: the same, but much later, as an office may share one;
- of an account from anywhere: never more than half a minute, so that knowing somebody's name is
  not enough to keep her out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from .models import FailedAttempts, UsedCode

FORGOTTEN_AFTER = timedelta(hours=12)
LONGEST = 3600.0


@dataclass(frozen=True)
class Rule:
    """How many failures are free, how long the first pause is, and the longest (in seconds)."""

    free: int
    first: float
    longest: float

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures.

        >>> pair = Rule(5, 30.0, 3600.0)
        >>> [pair.pause(n) for n in (4, 5, 6, 7, 50)]
        [0.0, 30.0, 60.0, 120.0, 3600.0]
        """
        if failures < self.free:
            return 0.0
        return min(self.longest, self.first * 2.0 ** min(failures - self.free, 20))


PAIR = Rule(free=5, first=30, longest=LONGEST)
CONNECTION = Rule(free=40, first=30, longest=LONGEST)
NAME = Rule(free=20, first=15, longest=30)


def connection_of(request: HttpRequest) -> str:
    """The address that a request comes from, told by the proxy where there is one."""
    if settings.BEHIND_PROXY:
        return str(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip())
    return str(request.META.get("REMOTE_ADDR", ""))


@transaction.atomic
def begin(name: str, connection: str) -> int:
    """Count an attempt as failed until `succeed` is called; returns seconds to wait.

    While there is something to wait for, the attempt is neither counted nor may it be looked at.
    """
    now = timezone.now()
    wait = 0.0
    rows = []
    account = _hash("account", name)
    for key, rule in sorted(_rules(name, connection).items()):
        of = "" if rule is CONNECTION else account
        FailedAttempts.objects.get_or_create(key=key, defaults={"account": of, "last_at": now})
        row = FailedAttempts.objects.select_for_update().get(key=key)
        if now - row.last_at > FORGOTTEN_AFTER:
            row.failures = 0
        passed = (now - row.last_at).total_seconds()
        wait = max(wait, rule.pause(row.failures) - passed)
        rows.append(row)
    if wait > 0:
        return int(wait) + 1
    for row in rows:
        row.failures += 1
        row.last_at = now
        row.save()
    return 0


@transaction.atomic
def succeed(name: str, connection: str) -> None:
    """Take the attempt back: it was right. The connection's other failures stay counted."""
    pair, anywhere = _hash("pair", name, connection), _hash("account", name)
    FailedAttempts.objects.filter(key__in=[pair, anywhere]).delete()
    address = _hash("connection", connection)
    row = FailedAttempts.objects.select_for_update().filter(key=address).first()
    if row is not None and row.failures:
        row.failures -= 1
        row.save()


def forget(name: str) -> bool:
    """Let somebody try again at once, from wherever; whether there was something to forget."""
    return bool(FailedAttempts.objects.filter(account=_hash("account", name)).delete()[0])


def seconds_left(name: str) -> int:
    """How long the longest pause of an account lasts still, from any connection (1 statement)."""
    now = timezone.now()
    longest = 0.0
    for row in FailedAttempts.objects.filter(account=_hash("account", name)):
        rule = NAME if row.key == row.account else PAIR
        longest = max(longest, rule.pause(row.failures) - (now - row.last_at).total_seconds())
    return int(longest) + 1 if longest > 0 else 0


def tidy(day: date) -> int:
    """Remove what is forgotten anyway, and codes that nothing accepts any more."""
    old = timezone.now() - 2 * FORGOTTEN_AFTER
    codes = UsedCode.objects.filter(at__lt=old).delete()[0]
    return codes + FailedAttempts.objects.filter(last_at__lt=old).delete()[0]


def in_words(seconds: int) -> str:
    """What somebody is told who has to wait: never which part was wrong."""
    if seconds < 90:
        return ngettext(
            "Too many failed attempts: wait %(n)d second, then try again.",
            "Too many failed attempts: wait %(n)d seconds, then try again.",
            seconds,
        ) % {"n": seconds}
    minutes = -(-seconds // 60)
    return ngettext(
        "Too many failed attempts: wait %(n)d minute, then try again.",
        "Too many failed attempts: wait %(n)d minutes, then try again.",
        minutes,
    ) % {"n": minutes}


def _rules(name: str, connection: str) -> dict[str, Rule]:
    return {
        _hash("pair", name, connection): PAIR,
        _hash("connection", connection): CONNECTION,
        _hash("account", name): NAME,
    }


def _hash(what: str, *parts: str) -> str:
    words = "\0".join([what, *(part.strip().casefold() for part in parts)])
    return salted_hmac("meicheng.accounts.pauses", words, algorithm="sha256").hexdigest()
