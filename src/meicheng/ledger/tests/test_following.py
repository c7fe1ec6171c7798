"""Followers of events: all of them, in order, at least once, and none held up by another."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from meicheng.ledger.events import make_event
from meicheng.ledger.followers import FOLLOWERS, follow, retry_now, run_followers, standings
from meicheng.ledger.horizon import settled
from meicheng.ledger.models import Cursor, Event
from meicheng.ledger.worker import work
from meicheng.project.commands import run


@pytest.fixture
def followers(monkeypatch):
    """No followers but the test's own."""
    monkeypatch.setattr("meicheng.ledger.followers.find_followers", lambda: None)
    monkeypatch.setattr("meicheng.ledger.worker.find_followers", lambda: None)
    monkeypatch.setattr("meicheng.ledger.commands.find_followers", lambda: None)
    kept = dict(FOLLOWERS)
    FOLLOWERS.clear()
    yield FOLLOWERS
    FOLLOWERS.clear()
    FOLLOWERS.update(kept)


def write(verb="closed", chain="test:1", sequence=None):
    if sequence is None:
        sequence = Event.objects.filter(chain=chain).count() + 1
    event = make_event(
        chain=chain, sequence=sequence, previous_hash="", verb=verb, at=timezone.now()
    )
    event.save(force_insert=True)
    return event


def listener(*verbs, name="test", history=True):
    seen = []
    follow(name, verbs, history=history)(lambda event: seen.append(event.pk))
    return seen


@pytest.mark.django_db
def test_a_follower_sees_its_events_in_order_and_once(followers):
    seen = listener("closed", "rated")
    wanted = [write("closed").pk, write("rated").pk]
    write("accepted")
    wanted.append(write("closed").pk)
    run_followers()
    run_followers()
    assert seen == wanted
    wanted.append(write("closed").pk)
    run_followers()
    assert seen == wanted


@pytest.mark.django_db
def test_a_new_follower_begins_with_what_comes_unless_it_asks_for_history(followers):
    write()
    new, old = listener("closed", name="new", history=False), listener("closed", name="old")
    run_followers()
    later = write()
    run_followers()
    assert new == [later.pk]
    assert len(old) == 2


@pytest.mark.django_db
def test_more_events_than_one_batch_are_all_seen(followers, monkeypatch):
    monkeypatch.setattr("meicheng.ledger.followers.BATCH", 3)
    seen = listener("closed")
    wanted = [write().pk for _ in range(10)]
    assert run_followers() == 10
    assert seen == wanted


@pytest.mark.django_db
def test_an_event_that_fails_is_tried_again_before_the_next_and_holds_nobody_else_up(
    followers, capsys
):
    broken = {"is": True}
    seen = []

    @follow("fragile", ["closed"], history=True)
    def fragile(event):
        if event.sequence == 2 and broken["is"]:
            raise ValueError("no such recipient")
        seen.append(event.sequence)

    other = listener("closed", name="sound")
    for _ in range(3):
        write()
    run_followers()
    assert seen == [1]
    assert len(other) == 3
    assert run(["ledger", "followers"]) == 1
    assert "no such recipient" in capsys.readouterr().out
    run_followers()  # too early for another attempt
    assert Cursor.objects.get(follower="fragile").failures == 1
    broken["is"] = False
    retry_now("fragile")
    run_followers()
    assert seen == [1, 2, 3]
    assert {one.name: (one.behind, one.failures) for one in standings()} == {
        "fragile": (0, 0),
        "sound": (0, 0),
    }


@pytest.mark.django_db
def test_what_a_failing_follower_wrote_is_undone(followers):
    @follow("half", ["closed"], history=True)
    def half(event):
        Cursor.objects.create(follower="written by half")
        raise ValueError("then it broke")

    write()
    run_followers()
    assert not Cursor.objects.filter(follower="written by half").exists()


def test_two_followers_cannot_share_a_name(followers):
    listener("closed", name="same")
    with pytest.raises(ValueError, match="same"):
        listener("rated", name="same")


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_written_late_is_not_skipped(followers):
    """Event 1 is still being written when event 2 is there: neither may be lost.

    SQLite has one writer at a time, so there the second waits for the first by itself.
    """
    seen = listener("closed")
    if connection.vendor == "sqlite":
        wanted = [write().pk, write().pk]
        run_followers()
        assert seen == wanted
        return
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            write(chain="test:slow", sequence=1)
            begun.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        assert begun.wait(20)
        second = write(chain="test:quick", sequence=1)
        assert settled(patience=0.1) is None
    finally:
        go_on.set()
        thread.join()
    run_followers()
    first = Event.objects.get(chain="test:slow")
    assert first.pk < second.pk
    assert seen == [first.pk, second.pk]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_writes_no_events_holds_nobody_up(followers):
    with transaction.atomic():
        Cursor.objects.create(follower="something else")
        assert settled(patience=0) == 0


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_everything_that_waits(followers, city):
    seen = listener("register")
    city.case()
    work(once=True)
    assert len(seen) == 1
    assert work(once=True) is None


@pytest.mark.django_db(transaction=True)
def test_the_worker_stops_after_what_it_is_doing_when_told_to(followers):
    before = signal.getsignal(signal.SIGTERM)

    @follow("stops", ["closed"], history=True)
    def stops(event):
        signal.raise_signal(signal.SIGTERM)

    event = write()
    work()
    assert Cursor.objects.get(follower="stops").last_event == event.pk
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_follower_that_failed_waits_longer_each_time():
    from meicheng.ledger.followers import _waits

    at = timezone.now() - timedelta(seconds=10)
    assert not _waits(Cursor(failures=2, moved_at=at))
    assert _waits(Cursor(failures=5, moved_at=at))
