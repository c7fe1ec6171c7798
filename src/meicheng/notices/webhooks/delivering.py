"""Delivering messages to endpoints, a bounded turn at a time.

One worker at a time is at an endpoint: it takes the endpoint for `LEASE` and sends what waits for
it in order. Endpoints are called side by side, each by a thread that does HTTP and nothing else.
An endpoint that gives no answer is left alone with growing pauses, and one message at a time tries
whether it is back; a message that is refused goes on its own way with pauses of its own.

A worker that is killed loses nothing. A message that was taken by the receiver in that instant and
not noted yet comes again under the same webhook-id, at most one for each endpoint and kill.
"""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from meicheng.notices.calling import SECONDS, Answer, NoAnswer, post
from meicheng.notices.models import Attempt, Endpoint, Message
from meicheng.notices.timing import pause
from meicheng.organisation.personal import unseal

from .actions import disable, put_seals
from .signing import headers

AT_ONCE = 8  # endpoints
BATCH = 50  # messages of one endpoint in a turn
BUDGET = 15.0  # seconds of one endpoint in a turn, the last message's own time aside
LEASE = timedelta(seconds=BUDGET + 3 * SECONDS)
IN_A_ROW = 3  # messages refused one after the other: it is not the message
# Seconds after each attempt at a message; three days and some hours in all.
PAUSES = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
MOST_ATTEMPTS = len(PAUSES) + 1
AWAY_PAUSES = (30, 120, 600, 1800, 3600)
FAILING = timedelta(days=5)  # then it is switched off
KEPT = timedelta(days=30)
FORGET = 1000
SEALS_EVERY = 60.0  # seconds between two looks for new seals
GONE = 410


@dataclass
class _Result:
    """What came of one message."""

    message: Message
    at: datetime
    answer: Answer | None = None
    error: str = ""
    milliseconds: int = 0
    noted: threading.Event = field(default_factory=threading.Event)

    @property
    def is_good(self) -> bool:
        return self.answer is not None and 200 <= self.answer.status < 300


@dataclass
class _Taken:
    """An endpoint that this worker is at."""

    endpoint: Endpoint
    secrets: list[str]
    messages: list[Message]
    good: int = 0
    bad_in_a_row: int = 0
    is_away: bool = False
    is_gone: bool = False
    is_stopped: bool = False

    @property
    def is_over(self) -> bool:
        return self.is_stopped or self.is_away or self.is_gone or self.bad_in_a_row >= IN_A_ROW


class Postman:
    """Delivers what waits, a turn at a time, and looks for new seals now and then."""

    def __init__(self) -> None:
        self._looked = float("-inf")

    def turn(self) -> int:
        """Deliver some of what is due; how many messages were tried or written."""
        done = 0
        if time.monotonic() - self._looked > SEALS_EVERY:
            self._looked = time.monotonic()
            done = put_seals()
        return done + deliver()


def deliver() -> int:
    """Deliver some of what is due to each of some endpoints; how many messages were tried."""
    taken = take(timezone.now())
    if not taken:
        return 0
    results: queue.Queue[_Result | None] = queue.Queue()
    by_endpoint = {one.endpoint.pk: one for one in taken}
    with ThreadPoolExecutor(len(taken)) as threads:
        for one in taken:
            threads.submit(_call_all, one, results)
        tried, open_ = 0, len(taken)
        fault: Exception | None = None
        while open_:
            result = results.get()
            if result is None:
                open_ -= 1
                continue
            tried += 1
            try:
                note(by_endpoint[result.message.endpoint_id], result)
            except Exception as problem:  # the database is away: let all come to their end first
                fault = fault or problem
                for one in taken:
                    one.is_stopped = True
            result.noted.set()
    if fault is not None:
        raise fault
    for one in taken:
        leave(one)
    return tried


@transaction.atomic
def take(now: datetime) -> list[_Taken]:
    """Take endpoints for which something is due, so that nobody else does."""
    due = Message.objects.filter(state=Message.State.WAITING, due_at__lte=now)
    ready = (
        Endpoint.objects.select_for_update(skip_locked=True)
        .filter(Exists(due.filter(endpoint=OuterRef("pk"))), state=Endpoint.State.ACTIVE)
        .exclude(not_before__gt=now)
        .order_by("not_before", "pk")[:AT_ONCE]
    )
    taken = []
    for endpoint in ready:
        # Only one tries whether it is back.
        most = 1 if endpoint.failures else BATCH
        messages = list(due.filter(endpoint=endpoint).order_by("due_at", "pk")[:most])
        endpoint.not_before = now + LEASE
        endpoint.save(update_fields=["not_before"])
        secrets = [unseal(bytes(endpoint.secret_sealed))]
        if endpoint.old_secret_sealed and endpoint.old_until and endpoint.old_until > now:
            secrets.append(unseal(bytes(endpoint.old_secret_sealed)))
        taken.append(_Taken(endpoint, secrets, messages))
    return taken


@transaction.atomic
def note(one: _Taken, result: _Result) -> None:
    """Write down an attempt and what follows from it."""
    message, answer = result.message, result.answer
    Attempt.objects.create(
        message=message,
        at=result.at,
        status=answer.status if answer else None,
        milliseconds=result.milliseconds,
        answer=answer.words[:500] if answer else "",
        error=result.error[:300],
    )
    message.attempts_count += 1
    if result.is_good:
        message.state, message.done_at = Message.State.DELIVERED, timezone.now()
        one.good += 1
        one.bad_in_a_row = 0
    elif answer is not None and answer.status == GONE:
        one.is_gone = True
    else:
        one.bad_in_a_row += 1
        one.is_away = answer is None
        wait = pause(message.attempts_count, PAUSES)
        if answer is not None and answer.retry_after:
            wait = max(wait, min(timedelta(seconds=answer.retry_after), timedelta(days=1)))
        message.due_at = timezone.now() + wait
        if message.attempts_count >= MOST_ATTEMPTS:
            message.state, message.done_at = Message.State.FAILED, timezone.now()
    message.save(update_fields=["attempts_count", "state", "done_at", "due_at"])


@transaction.atomic
def leave(one: _Taken) -> None:
    """Leave an endpoint to others, or alone for a while where it failed."""
    endpoint = Endpoint.objects.select_for_update().get(pk=one.endpoint.pk)
    now = timezone.now()
    endpoint.not_before = None
    if one.is_over:
        endpoint.failures += 1
        endpoint.failing_since = endpoint.failing_since or now
        endpoint.not_before = now + pause(endpoint.failures, AWAY_PAUSES)
    elif one.good:
        if endpoint.failures:  # it is back: what waited for it need not wait longer
            endpoint.messages.filter(state=Message.State.WAITING).update(due_at=now)
        endpoint.failures, endpoint.failing_since = 0, None
    elif one.bad_in_a_row:
        endpoint.failing_since = endpoint.failing_since or now
    endpoint.save(update_fields=["failures", "failing_since", "not_before"])
    if endpoint.state != Endpoint.State.ACTIVE:
        return
    if one.is_gone:
        disable(endpoint, "410 Gone")
    elif endpoint.failing_since and endpoint.failing_since < now - FAILING:
        disable(endpoint, f"> {FAILING.days} d")


def tidy(_day: date) -> int:
    """Forget messages of long ago with their attempts; how many (a bounded step)."""
    old = Message.objects.filter(made_at__lt=timezone.now() - KEPT).order_by()
    keys = list(old.values_list("pk", flat=True)[:FORGET])
    if keys:
        Message.objects.filter(pk__in=keys).delete()
    return len(keys)


def _call_all(one: _Taken, results: queue.Queue[_Result | None]) -> None:
    """Send messages one after the other, each when the one before is noted. No database here."""
    begun = time.monotonic()
    try:
        for message in one.messages:
            if one.is_over or time.monotonic() - begun > BUDGET:
                return
            result = _call(one, message)
            results.put(result)
            result.noted.wait()
    finally:
        results.put(None)


def _call(one: _Taken, message: Message) -> _Result:
    body = message.body.encode()
    at = timezone.now()
    begun = time.monotonic()
    result = _Result(message, at)
    try:
        result.answer = post(
            one.endpoint.url,
            body,
            headers(one.secrets, message.code, int(at.timestamp()), body),
            guarded=True,
            allowed=settings.PRIVATE_WEBHOOKS,
        )
    except NoAnswer as problem:
        result.error = str(problem)
    except Exception as problem:  # whatever it is: it stands in the log of attempts
        result.error = f"{type(problem).__name__}: {problem}"
    result.milliseconds = round((time.monotonic() - begun) * 1000)
    return result
