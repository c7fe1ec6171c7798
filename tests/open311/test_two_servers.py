"""Two cities exchange requests by Open311, each on a server and a database of its own."""

from __future__ import annotations

import json
import urllib.request
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from meicheng.accounts.tokens import make_token
from meicheng.cases.models import Case, CasePhoto
from meicheng.demo.little import City
from meicheng.proofs.models import PublicPicture
from meicheng.proofs.public import write
from meicheng.voices.models import Peer

from .client import Client, check_requests
from .sides import Side, Wire, copied, serving

KIND, CODE = "lamp-out", "lamp-out"
OURS, THEIRS = ("LC0101", "LC0102", "XC0101"), ("SF0101", "SF0102", "XC0102")


@pytest.fixture
def both(tmp_path, transactional_db, settings):
    """Two cities with three lamps out in each, and the public pictures of them.

    They are copies of the tests' own database: to make one takes longer than all that happens here.
    """
    near, far = Side(tmp_path / "near"), Side(tmp_path / "far")
    wire = Wire(to=far)
    with ExitStack() as stack:
        for side, places in ((near, OURS), (far, THEIRS)):
            settings.MEDIA_ROOT = side.folder / "files"
            settings.MEDIA_ROOT.mkdir(parents=True)
            side.key = _lamps_out(places, wire.address if side is near else "")
            stack.enter_context(copied(side))
            call_command("flush", interactive=False, verbosity=0)
        stack.enter_context(serving(near, far))
        yield near, far, wire
    wire.shutdown()
    wire.server_close()


def _lamps_out(places, peer):
    city = City()
    for number, place in enumerate(places):
        words = f"{place}路灯不亮"
        case = city.case(KIND, division=place, source="open311", description=words)
        photo = city.photo(width=200 + number)
        now = timezone.now()
        CasePhoto.objects.create(case=case, file=photo, moment="before", added_at=now)
        write(PublicPicture.objects.create(file=photo, state=PublicPicture.State.READY))
    before = timezone.now() - timedelta(hours=2)
    if peer:
        Peer.objects.create(
            code="far", url=f"{peer}/open311/v2", services={KIND: CODE}, pulls=True, pushes=True,
            since=before, pulled_until=before, not_before=before,
        )  # fmt: skip
    Case.objects.update(reported_at=timezone.now() - timedelta(minutes=5))
    return make_token(city.user("dispatcher"), "test", ["cases:read", "cases:write"])[1]


def test_two_cities_exchange_both_ways_and_killed_turns_double_nothing(both):
    near, far, wire = both
    posts, pictures = [], []

    def second_post(call):
        posts.extend([call] * (call[0] == "POST"))
        return len(posts) == 2

    def second_picture(call):
        pictures.extend([call] * ("/media/" in call[1]))
        return len(pictures) == 2

    wire.kill(near, "push", "far", at=second_post)
    wire.kill(near, "pull", "far", at=second_picture)
    near.turn("pull", "far")
    near.turn("push", "far")
    assert sorted(numbers(far, "open311")) == sorted(numbers(near, "open311:far", sent=True))
    assert len(numbers(far, "open311")) == len(numbers(near, "open311:far")) == 3
    for side in (near, far):
        assert side.rows("SELECT COUNT(*), COUNT(DISTINCT file_id) FROM voices_reportphoto") == [
            (3, 3)
        ]
        assert side.rows("SELECT COUNT(*) FROM cases_case") == [(6,)]
    there = check_requests(Client(f"{far.address}/open311/v2", "json").get("requests"))
    assert {f"{place}路灯不亮" for place in THEIRS} <= {one["description"] for one in there}

    ((number, ours),) = near.rows(
        "SELECT s.number, c.number FROM voices_sent s JOIN cases_case c ON c.id = s.case_id LIMIT 1"
    )
    asked(far, f"cases/{number}/turn_down", {"remark": "路灯属高速公路管理"})
    near.turn("push", "far")
    told = asked(near, f"cases/{ours}")["events"][-1]
    assert (told["verb"], told["data"]["to"]) == ("closed_there", f"far {number}")
    assert len(numbers(far, "open311")) == len(numbers(near, "open311:far")) == 3


def numbers(side, system, *, sent=False):
    """The numbers of what came to a city from another one, or of what it sent there."""
    if sent:
        return [number for (number,) in side.rows("SELECT number FROM voices_sent")]
    return [
        number
        for (number,) in side.rows(
            "SELECT c.number FROM voices_report r JOIN cases_case c ON c.id = r.case_id "
            f"WHERE r.source_system = '{system}'"
        )
    ]


def asked(side, path, body=None):
    """What a city's own API answers."""
    call = urllib.request.Request(
        f"{side.address}/api/v1/{path}",
        json.dumps(body).encode() if body else None,
        {"Authorization": f"Bearer {side.key}", "Content-Type": "application/json",
         "Idempotency-Key": path},
    )  # fmt: skip
    with urllib.request.urlopen(call, timeout=30) as answer:
        return json.load(answer)
