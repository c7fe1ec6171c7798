"""A turn with a peer: take what is new there, send what is new here, follow what was sent.

Everything may be done again: what was taken is known by its number there, what was sent by its case.
The cursor moves only when all of a turn's pages were read.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from meicheng.cases.models import FINAL_STATES, Case, CasePhoto
from meicheng.engine.text import mask_personal
from meicheng.files.actions import BadFile, store_photo
from meicheng.files.models import StoredFile
from meicheng.ledger.events import next_event
from meicheng.notices.calling import NoAnswer
from meicheng.proofs.public import public_jpeg
from meicheng.tables import exports
from meicheng.voices.actions import submit_report
from meicheng.voices.checking import LONGEST, BadReport, NewReport, check_report, world
from meicheng.voices.models import Report

from .calls import Peers, Refused
from .models import Peer, Sent, Turn

log = logging.getLogger("meicheng.open311")
EVERY = timedelta(minutes=5)
LEASE = timedelta(minutes=15)  # so long a worker that was killed keeps others away
AWAY = timedelta(hours=1)  # the longest pause of a peer that gives no answer
OVERLAP = timedelta(hours=1)  # read again each time: clocks differ, and rows come late
SPAN = timedelta(days=90)  # as far as one question may reach
PAGE = 200
MOST_PAGES = 50
MOST_SENT = 50  # cases of one turn
FOLLOWED = 50  # numbers of one question


def turn_of_worker() -> int:
    """Have a turn with every peer that is due; how much was done."""
    done = 0
    for peer in due_peers(timezone.now()):
        for turn in (pull(peer), push(peer)):
            done += turn.new + turn.moved if turn else 0
    return done


def due_peers(now: datetime) -> list[Peer]:
    """Peers whose time has come, held for this worker (1 SQL statement where none is due)."""
    if not Peer.objects.filter(active=True, not_before__lte=now).exists():
        return []
    with transaction.atomic():
        found = list(
            Peer.objects.select_for_update(skip_locked=True).filter(
                active=True, not_before__lte=now
            )
        )
        Peer.objects.filter(pk__in=[one.pk for one in found]).update(not_before=now + LEASE)
    return found


def pull(peer: Peer, calls: Peers | None = None) -> Turn | None:
    """Take the requests that are new at a peer as reports; None where it is not pulled from."""
    if not peer.pulls or not peer.services:
        return None
    return _turn(peer, Turn.Way.PULL, lambda turn: _pull(peer, calls or Peers(peer), turn))


def push(peer: Peer, calls: Peers | None = None) -> Turn | None:
    """Send the cases that are new here, and follow those that were sent before."""
    if not peer.pushes or not peer.services:
        return None
    return _turn(peer, Turn.Way.PUSH, lambda turn: _push(peer, calls or Peers(peer), turn))


def _turn(peer: Peer, way: str, do: Callable[[Turn], None]) -> Turn:
    turn = Turn(peer=peer, way=way, at=timezone.now())
    try:
        do(turn)
    except (NoAnswer, Refused) as problem:
        turn.fault = str(problem)[:300]
        log.warning("Open311 peer %s: %s", peer.code, problem)
    peer.failures = peer.failures + 1 if turn.fault else 0
    pause = min(EVERY * 2 ** min(peer.failures, 5), AWAY) if turn.fault else EVERY
    Peer.objects.filter(pk=peer.pk).update(
        failures=peer.failures, not_before=timezone.now() + pause, pulled_until=peer.pulled_until
    )
    if turn.new or turn.moved or turn.refused or turn.fault:
        turn.save()
    return turn


def _pull(peer: Peer, calls: Peers, turn: Turn) -> None:
    _finish(peer, calls, turn)
    kinds = {theirs: ours for ours, theirs in peer.services.items()}
    since = peer.pulled_until - OVERLAP
    until = min(timezone.now(), since + SPAN - timedelta(seconds=1))
    # A peer tells the newest first, so a cursor cannot move within a window: take a smaller one.
    while not _read_all(peer, calls, kinds, since, until, turn):
        until = since + (until - since) / 2
        if until <= peer.pulled_until:
            raise NoAnswer(f"more than {MOST_PAGES * PAGE} requests in one hour")
    peer.pulled_until = until


def _read_all(
    peer: Peer, calls: Peers, kinds: dict[str, str], since: datetime, until: datetime, turn: Turn
) -> bool:
    """Take every page of a window; False where there are more pages than a turn reads."""
    asked = {
        "start_date": _w3(since),
        "end_date": _w3(until),
        "service_code": ",".join(kinds),
        "page_size": str(PAGE),
    }
    seen: set[str] = set()
    for page in range(1, MOST_PAGES + 1):
        rows = calls.requests(**asked, page=str(page))
        fresh = [row for row in rows if str(row.get("service_request_id") or "") not in seen]
        if not fresh:  # the end, or a peer that knows no pages and says the same again
            return True
        seen.update(str(row.get("service_request_id") or "") for row in fresh)
        _take(peer, calls, fresh, kinds, turn)
    return False


def _take(
    peer: Peer, calls: Peers, rows: list[dict[str, Any]], kinds: dict[str, str], turn: Turn
) -> None:
    """Write the rows that are not here yet; those that we sent there stay ours."""
    numbers = [str(row.get("service_request_id") or "")[:80] for row in rows]
    here = Report.objects.filter(source_system=peer.system, external_number__in=numbers)
    known = {str(number) for number in here.values_list("external_number", flat=True)}
    known |= set(peer.sent.filter(number__in=numbers).values_list("number", flat=True))
    for row, number in zip(rows, numbers, strict=True):
        if not number or number in known:
            continue
        try:
            said = _said(row, kinds)
            photos = _photos(calls, said)
            report = submit_report(said, photos=photos, key=number, system=peer.system)
        except (BadReport, ValueError) as problem:
            turn.refused += 1
            log.info("Open311 peer %s, request %s: %s", peer.code, number, problem)
            continue
        turn.new += report.external_number == number


def _said(row: dict[str, Any], kinds: dict[str, str]) -> NewReport:
    """A request of a peer as a report here. Raises `BadReport` and `ValueError`."""
    kind = world().kinds.get(kinds.get(str(row.get("service_code")), ""))
    if kind is None:
        raise BadReport("kind", f"no kind here for {row.get('service_code')}")
    at = parse_datetime(str(row.get("requested_datetime") or ""))
    media = str(row.get("media_url") or "")[:500]
    words = str(row.get("description") or row.get("service_name") or kind.name_zh)
    return NewReport(
        source=Report.Source.OPEN311,
        body=words[:LONGEST],
        kind=kind,
        address=str(row.get("address") or "")[:300],
        longitude=_degrees(row.get("long")),
        latitude=_degrees(row.get("lat")),
        reported_at=at if at is not None and at.tzinfo is not None else None,
        extra={"media_url": media} if re.match("https?://", media) else {},
    )


def _photos(calls: Peers, said: NewReport) -> list[StoredFile]:
    """The picture of a request; none where it does not come or is none: its words count."""
    url = said.extra.get("media_url")
    if not url:
        return []
    check_report(said)  # what is not taken anyway is not fetched for
    try:
        return [store_photo(BytesIO(calls.picture(url)), name=url[-100:])]
    except (NoAnswer, Refused, BadFile) as problem:
        log.info("Open311 picture %s: %s", url, problem)
        return []


def _push(peer: Peer, calls: Peers, turn: Turn) -> None:
    _finish(peer, calls, turn)
    taken = Report.objects.filter(case=OuterRef("pk"), source_system=peer.system)
    sent = Sent.objects.filter(case=OuterRef("pk"), peer=peer)
    waiting = (
        Case.objects.filter(kind__in=list(peer.services), reported_at__gte=peer.since)
        .exclude(state__in=["reported", *FINAL_STATES])
        .filter(~Exists(taken), ~Exists(sent), longitude__isnull=False)
        .select_related("kind", "division")
        .defer("division__outline")
    )
    cases = list(waiting.order_by("reported_at", "pk")[:MOST_SENT])
    if cases:  # what leaves is kept before it leaves
        exports.note(
            exports.Export(
                door="open311 push", file=peer.code, filters={"url": peer.url}, rows=len(cases)
            )
        )
    for case in cases:
        # Before it leaves: if no answer comes, it may be there, and is not another one when pulled.
        row = Sent.objects.create(peer=peer, case=case, sent_at=timezone.now())
        _send(row, calls, turn)
    _follow(peer, calls, turn)


def _finish(peer: Peer, calls: Peers, turn: Turn) -> None:
    """Send again what was on its way when a turn broke off: its key is the same, so it is, too."""
    begun = peer.sent.filter(number="", token="", fault="")
    for row in begun.select_related("peer", "case__kind", "case__division").order_by("pk"):
        _send(row, calls, turn)


def _send(row: Sent, calls: Peers, turn: Turn) -> None:
    """Send one case; a refusal is kept with its words, so that it is not sent for ever."""
    peer, case = row.peer, row.case
    try:
        answer = calls.post(
            {
                "service_code": peer.services[case.kind_id],
                "lat": str(case.latitude),
                "long": str(case.longitude),
                "address_string": mask_personal(case.address or case.division.name)[:300],
                "description": mask_personal(case.description)[:4000],
            },
            key=f"meicheng {case.number}",
            picture=_public_picture(case),
        )
        row.number = str(answer.get("service_request_id") or "")[:120]
        row.token = str(answer.get("token") or "")[:120]
        row.status = "open"
        turn.new += 1
    except Refused as problem:
        row.fault = str(problem)[:300]
        turn.refused += 1
    with transaction.atomic():
        row.save()
        _tell(row, "refused_there" if row.fault else "sent_there", remark=row.fault)


def _public_picture(case: Case) -> bytes | None:
    """The first picture of what was found that the public may see; faces and plates are hidden."""
    photos = CasePhoto.objects.filter(case=case, moment=CasePhoto.Moment.BEFORE)
    pictures = (public_jpeg(one.file) for one in photos.select_related("file").order_by("pk"))
    return next((one for one in pictures if one is not None), None)


def _tell(row: Sent, verb: str, *, remark: str) -> None:
    """Write into the case's own story what a peer made of it; its row is locked by now."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=row.case_id)
    there = f"{row.peer.code} {row.number or row.token}".strip()
    next_event(case, verb, by=None, at=timezone.now(), to=there, remark=remark)
    case.save(update_fields=["events_count", "head_hash", "updated_at"])


def _follow(peer: Peer, calls: Peers, turn: Turn) -> None:
    """Learn what became of what was sent: numbers for tokens, then statuses."""
    for row in peer.sent.filter(number="", fault="").exclude(token="")[:FOLLOWED]:
        number = str(calls.token(row.token).get("service_request_id") or "")[:120]
        if number:
            Sent.objects.filter(pk=row.pk).update(number=number)
    still = peer.sent.filter(status="open").exclude(number="").select_related("peer")
    rows = {row.number: row for row in still}
    numbers = list(rows)
    for start in range(0, len(numbers), FOLLOWED):
        part = numbers[start : start + FOLLOWED]
        for said in calls.requests(service_request_id=",".join(part)):
            known = rows.get(str(said.get("service_request_id")))
            if known is None:
                continue
            status = str(said.get("status") or "")[:20]
            notes = mask_personal(str(said.get("status_notes") or ""))[:1000]
            if (status, notes) != (known.status, known.notes):
                turn.moved += status != known.status
                _move(known, status, notes)


def _move(row: Sent, status: str, notes: str) -> None:
    """Keep what a peer says now; that it is closed there is told in the case's own story."""
    with transaction.atomic():
        closed = status == "closed" and row.status != status
        row.status, row.notes = status, notes
        row.save(update_fields=["status", "notes"])
        if closed:
            _tell(row, "closed_there", remark=notes)


def _degrees(value: Any) -> float | None:
    return float(value) if value not in (None, "") else None


def _w3(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
