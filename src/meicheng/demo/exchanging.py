"""A neighbour city with which lamps and manholes on the shared streets are exchanged by Open311.

The neighbour is stopped, so that a demo city calls nobody.
"""

from __future__ import annotations

from datetime import timedelta

from meicheng.cases.models import Case
from meicheng.ledger.events import next_event
from meicheng.ledger.models import Event
from meicheng.voices.models import Peer, Report, Sent, Turn

from .world import World

KINDS = {"lamp-out": "LAMP", "manhole": "COVER"}
TAKEN = 12  # of their requests
GIVEN = 8  # of our cases
DAYS = 60
REFUSED = '400: [{"code": 400, "description": "the place lies outside our streets"}]'
NOTES = ("已派单，处理中。", "已更换灯头，恢复照明。", "井盖已复位。")


def make_exchange(world: World) -> int:
    """Requests that came from the neighbour and cases that went there; how many."""
    since = world.until - timedelta(days=DAYS)
    peer = Peer.objects.create(
        code="qinghe",
        url="https://311.qinghe.example/open311/v2",
        jurisdiction="qinghe.example",
        services=KINDS,
        pulls=True,
        pushes=True,
        active=False,
        since=since,
        pulled_until=world.until - timedelta(minutes=5),
        not_before=world.until,
    )
    reports = list(Report.objects.filter(kind__in=KINDS, source="api").order_by("-pk")[:TAKEN])
    for number, report in enumerate(reports):
        report.source, report.source_system = Report.Source.OPEN311, peer.system
        report.external_number = f"QH{world.until.year}{1000 + number}"
    Report.objects.bulk_update(reports, ["source", "source_system", "external_number"])
    ours = (
        Case.objects.filter(
            kind__in=KINDS, longitude__isnull=False, source__in=["portal", "hotline"]
        )
        .exclude(state__in=["reported", "turned_down", "joined", "withdrawn"])
        .order_by("-reported_at", "-pk")
    )
    cases = list(ours[:GIVEN])
    for number, case in enumerate(cases):
        _send(world, peer, case, number)
    Turn.objects.bulk_create(
        Turn(peer=peer, way=way, at=world.until - timedelta(minutes=ago), new=new, moved=moved,
             refused=refused, fault=fault)
        for way, ago, new, moved, refused, fault in (
            ("pull", 5, 1, 0, 0, ""), ("push", 65, 2, 1, 0, ""), ("push", 1505, 1, 0, 1, ""),
            ("pull", 2945, 0, 0, 0, "no answer within 30 s"),
        )
    )  # fmt: skip
    return len(reports) + len(cases)


def _send(world: World, peer: Peer, case: Case, number: int) -> None:
    """Send a case: the first is refused there, every third is closed there by now."""
    refused, closed = number == 0, number % 3 == 2
    row = Sent(peer=peer, case=case, sent_at=world.until)
    row.number = "" if refused else f"QH-{world.until.year}-{4200 + number}"
    row.fault = REFUSED if refused else ""
    row.status = "" if refused else "closed" if closed else "open"
    row.notes = "" if refused else NOTES[1 + (case.kind_id == "manhole") if closed else 0]
    last = Event.objects.filter(chain=case.chain).order_by("-sequence").values("at")[0]["at"]
    row.sent_at = min(last + timedelta(minutes=5), world.until)
    row.save()
    told = [("refused_there" if refused else "sent_there", row.fault, row.sent_at)]
    if closed:
        told.append(("closed_there", row.notes, min(last + timedelta(hours=20), world.until)))
    there = f"{peer.code} {row.number}".strip()
    for verb, remark, at in told:
        next_event(case, verb, by=None, at=at, to=there, remark=remark)
    case.save(update_fields=["events_count", "head_hash"])
