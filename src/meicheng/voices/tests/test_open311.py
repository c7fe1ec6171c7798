"""Exchanging with another Open311 server: what is new there, what is new here, what became of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from meicheng.ledger.models import Event
from meicheng.notices.calling import Answer, NoAnswer
from meicheng.organisation.personal import seal
from meicheng.voices.models import Peer, Report, Sent, Turn
from meicheng.voices.open311 import turns
from meicheng.voices.open311.calls import Peers
from meicheng.voices.open311.turns import due_peers, pull, push

NEVER = "2000-01-01T00:00:00+00:00"


class Other:
    """Another server, as the standard has it: it keeps what it is sent, and knows no keys."""

    def __init__(self) -> None:
        self.rows: list[dict] = []
        self.asked: list[dict] = []
        self.refuses, self.away = False, False

    def has(self, number, site, **more):
        row = {
            "service_request_id": number, "status": "open", "service_code": "LAMP",
            "description": "路灯不亮。", "lat": site.latitude, "long": site.longitude,
            "requested_datetime": timezone.now().isoformat(timespec="seconds"),
        }  # fmt: skip
        self.rows.append({**row, **more})

    def __call__(self, method, url, body, headers, **_more):
        if self.away:
            raise NoAnswer("no answer within 30 s")
        query = parse_qs(body.decode() if body else urlsplit(url).query)
        said = {name: values[0] for name, values in query.items()}
        self.asked.append({"method": method, **said})
        if method == "POST":
            if self.refuses:
                return Answer(400, '[{"code": 400, "description": "no such attribute"}]', 1)
            self.rows.append({**said, "service_request_id": f"N{len(self.rows)}", "status": "open"})
            return Answer(201, json.dumps(self.rows[-1:]), 1)
        numbers = said.get("service_request_id", "").split(",")
        page = int(said.get("page", "1"))
        known = [r for r in self.rows if numbers == [""] or r["service_request_id"] in numbers]
        if "start_date" in said:
            span = [datetime.fromisoformat(said[name]) for name in ("start_date", "end_date")]
            times = [(datetime.fromisoformat(r.get("requested_datetime", NEVER)), r) for r in known]
            known = [row for at, row in times if span[0] <= at <= span[1]]
        return Answer(200, json.dumps(known[(page - 1) * 2 : page * 2]), 1)


@pytest.fixture
def peer(city):
    """A peer that is pulled from and pushed to."""
    before = timezone.now() - timedelta(days=1)
    return Peer.objects.create(
        code="next", url="https://next.example/open311/v2", services={"lamp-out": "LAMP"},
        pulls=True, pushes=True, since=before, pulled_until=before, not_before=before,
        key_sealed=seal("their-key"),
    )  # fmt: skip


def test_what_is_new_there_becomes_reports_here_once(city, peer):
    other, site = Other(), city.site()
    for number in ("7", "8", "9"):
        other.has(number, site, description=f"第{number}盏路灯不亮。")
    assert pull(peer, Peers(peer, other)).new == 3
    peer.refresh_from_db()
    assert peer.pulled_until > timezone.now() - timedelta(minutes=5)
    assert pull(peer, Peers(peer, other)).new == 0
    found = Report.objects.filter(source_system="open311:next")
    assert sorted(found.values_list("external_number", flat=True)) == ["7", "8", "9"]
    assert {report.kind_id for report in found} == {"lamp-out"}
    assert other.asked[0]["api_key"] == "their-key"
    assert other.asked[0]["service_code"] == "LAMP"


def test_what_cannot_be_taken_is_counted_and_holds_nothing_back(city, peer):
    other, site = Other(), city.site()
    other.has("sea", site, lat=30.0, long=123.9)
    other.has("words", site, lat="north")
    other.has("good", site)
    turn = pull(peer, Peers(peer, other))
    assert (turn.new, turn.refused) == (1, 2)


def test_a_peer_that_is_away_keeps_its_cursor_and_is_left_alone_for_a_while(city, peer):
    other, before = Other(), peer.pulled_until
    other.away = True
    turn = pull(peer, Peers(peer, other))
    peer.refresh_from_db()
    assert "no answer" in Turn.objects.get(pk=turn.pk).fault
    assert (peer.pulled_until, peer.failures) == (before, 1)
    assert due_peers(timezone.now()) == []
    other.away = False
    other.has("1", city.site())
    assert pull(peer, Peers(peer, other)).new == 1


def test_our_cases_go_there_once_without_names_and_are_followed_to_their_end(city, peer):
    other = Other()
    case = city.case("lamp-out", description="路灯不亮，请联系王小明先生13800001234。")
    city.case("dirty-road")
    city.case("lamp-out", state="reported")
    assert push(peer, Peers(peer, other)).new == 1
    assert push(peer, Peers(peer, other)).new == 0
    (there,) = other.rows
    assert there["description"] == "路灯不亮，请联系王**先生138****1234。"
    assert Event.objects.filter(verb="exported", data__rows=1).count() == 1
    there.update(status="closed", status_notes="已亮灯")
    assert push(peer, Peers(peer, other)).moved == 1
    row = Sent.objects.get(case=case)
    assert (row.status, row.notes) == ("closed", "已亮灯")


def test_what_was_sent_there_does_not_come_back_and_what_came_from_there_is_not_sent(city, peer):
    other = Other()
    city.case("lamp-out")
    push(peer, Peers(peer, other))
    assert pull(peer, Peers(peer, other)).new == 0
    other.has("theirs", city.site(division="XC0101"))
    assert pull(peer, Peers(peer, other)).new == 1
    assert push(peer, Peers(peer, other)).new == 0


def test_a_case_that_is_refused_there_is_not_sent_for_ever(city, peer):
    other = Other()
    other.refuses = True
    city.case("lamp-out")
    assert push(peer, Peers(peer, other)).refused == 1
    asked = len(other.asked)
    assert push(peer, Peers(peer, other)).refused == 0
    assert [one for one in other.asked[asked:] if one["method"] == "POST"] == []
    assert "no such attribute" in Sent.objects.get().fault


def test_more_than_a_turn_reads_is_taken_in_smaller_windows(city, peer, monkeypatch):
    monkeypatch.setattr(turns, "MOST_PAGES", 2)
    other, before = Other(), peer.pulled_until
    for hours in (2, 6, 10, 14, 18):
        at = timezone.now() - timedelta(hours=hours)
        site = city.site(division=("LC0101", "XC0101", "SF0101")[hours % 3])
        other.has(f"{hours}", site, requested_datetime=at.isoformat(timespec="seconds"))
    assert pull(peer, Peers(peer, other)).fault == ""
    assert before < peer.pulled_until < timezone.now() - timedelta(hours=4)
    for _ in range(9):
        pull(peer, Peers(peer, other))
    assert Report.objects.filter(source_system=peer.system).count() == 5
    assert peer.pulled_until > timezone.now() - timedelta(minutes=5)
