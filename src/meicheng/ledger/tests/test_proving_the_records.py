"""`meicheng ledger verify`: whatever somebody does to the records behind our back shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone, translation

from meicheng.cases.models import Case
from meicheng.ledger import kept
from meicheng.ledger.events import make_event
from meicheng.ledger.models import Event, Seal
from meicheng.ledger.seal import NotSealed, seal_day, seal_if_due
from meicheng.ledger.verify import OWNERS, verify
from meicheng.places.time import city_day
from meicheng.project.commands import run


@pytest.fixture
def case(city):
    city.case(state="registered")
    return city.case(state="closed")


def reasons():
    with translation.override("en"):
        return {(fault.chain, fault.reason) for fault in verify().faults}


def event(case, sequence):
    return Event.objects.get(chain=case.chain, sequence=sequence)


def sql(statement, *values):
    """As somebody does it who has the database and not the program."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def forget_lists():
    for path in kept.folder().iterdir():
        path.unlink()


def renumber(case, sequence, by):
    """Move an event to another number, as somebody with the database in hand could."""
    Event.objects.filter(chain=case.chain, sequence=sequence).update(sequence=F("sequence") + by)


def test_untouched_records_are_proved(case, capsys):
    for language, said in (
        ("en", "{} events in 2 chains"),
        ("zh-hans", "共 2 条校验链、{} 条记录"),
    ):
        with translation.override(language):
            assert run(["ledger", "verify"]) == 0
        assert said.format(Event.objects.count()) in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "withdraw"},
        {"by_name": "somebody else"},
        {"by": None},
        {"at": timezone.now() - timedelta(days=3)},
        {"data": {"remark": "nothing happened"}},
        {"hash": "0" * 64},
    ],
)
def test_a_changed_event_is_named(case, change):
    Event.objects.filter(chain=case.chain, sequence=3).update(**change)
    assert reasons() == {(case.chain, "Event 3 was changed after it was written")}


def test_an_event_rewritten_with_its_hash_is_named(case):
    old = event(case, 3)
    new = make_event(
        chain=case.chain,
        sequence=3,
        previous_hash=old.previous_hash,
        verb=old.verb,
        at=old.at,
        by_name="somebody else",
    )
    Event.objects.filter(pk=old.pk).update(
        by=None, by_name=new.by_name, data=new.data, hash=new.hash
    )
    assert reasons() == {(case.chain, "Event 3 was changed after it was written")}


def test_a_removed_event_is_named(case):
    event(case, 2).delete()
    assert reasons() == {(case.chain, "Event 2 was removed")}


def test_an_end_cut_off_is_named(case):
    last = case.events_count
    event(case, last).delete()
    assert reasons() == {(case.chain, f"Event {last} was removed")}


def test_an_event_put_at_the_end_is_named(case):
    count = case.events_count
    Event.objects.create(
        chain=case.chain,
        sequence=count + 1,
        previous_hash=case.head_hash,
        verb="reopen",
        at=timezone.now(),
        hash="1" * 64,
    )
    assert any(chain == case.chain and f"{count + 1}" in reason for chain, reason in reasons())


def test_events_in_another_order_are_named(case):
    renumber(case, 2, +1000)
    renumber(case, 3, -1)
    renumber(case, 1002, -999)
    assert reasons() == {
        (case.chain, "Event 2 was moved; it was event 3"),
        (case.chain, "Event 3 was moved; it was event 2"),
    }


def test_a_case_whose_events_are_all_gone_is_named(case):
    Event.objects.filter(chain=case.chain).delete()
    assert reasons() == {(case.chain, "all its events were removed")}


def test_a_case_that_is_gone_is_named(city, case):
    chain = city.case().chain
    Case.objects.filter(pk=chain.removeprefix("case:")).delete()
    assert reasons() == {(chain, "its events are there, and what they are about is not")}


def test_what_a_case_says_of_its_chain_must_hold(case):
    Case.objects.filter(pk=case.pk).update(head_hash="f" * 64)
    assert {chain for chain, _reason in reasons()} == {case.chain}


@pytest.mark.parametrize("cases", [1, 12])
def test_the_number_of_statements_does_not_grow_with_the_chains(
    city, cases, django_assert_num_queries
):
    for _ in range(cases):
        city.case(state="dispatched")
    # events, heads of cases, seals, and the numbers of every owner
    with django_assert_num_queries(3 + len(OWNERS)):
        verify()


def test_a_seal_covers_everything_since_the_one_before(city, case):
    first = seal_day(city_day(timezone.now()) - timedelta(days=3))
    city.case()
    second = seal_day()
    assert (first.events, second.events) == (Event.objects.count() - 2, 2)
    assert second.previous_hash == first.hash
    assert reasons() == set()


def test_a_chain_rewritten_as_a_whole_shows_in_the_seal(case):
    """With the database in hand one can write a whole chain anew, but not the seal."""
    seal_day()
    before = ""
    for old in Event.objects.filter(chain=case.chain).order_by("sequence"):
        new = make_event(
            chain=old.chain,
            sequence=old.sequence,
            previous_hash=before,
            verb=old.verb,
            at=old.at,
            by_name="somebody else",
        )
        Event.objects.filter(pk=old.pk).update(
            by=None, by_name=new.by_name, data={}, previous_hash=before, hash=new.hash
        )
        before = new.hash
    Case.objects.filter(pk=case.pk).update(head_hash=before)
    day = Seal.objects.get().day
    assert reasons() == {
        (
            case.chain,
            f"Event {one.sequence} (number {one.pk}) was changed after it was sealed on {day}",
        )
        for one in Event.objects.filter(chain=case.chain)
    }
    forget_lists()
    assert reasons() == {
        ("seals", f"seal of {day}: an event that it covers, or the seal itself, was changed")
    }


def test_a_seal_that_was_taken_away_shows(case):
    day = city_day(timezone.now())
    for days in (3, 2, 1):
        seal_day(day - timedelta(days=days))
    Seal.objects.get(day=day - timedelta(days=2)).delete()
    assert any("one is missing" in reason for _chain, reason in reasons())


def test_a_day_that_is_not_over_is_not_sealed(case, capsys):
    today = city_day(timezone.now())
    assert run(["ledger", "seal", "--day", today.isoformat()]) == 2
    assert "尚未结束" in capsys.readouterr().err
    assert not Seal.objects.exists()


def test_sealing_a_day_twice_gives_the_same_seal(case):
    assert seal_day() == seal_day()
    assert Seal.objects.count() == 1


def test_a_day_before_the_last_seal_cannot_be_sealed_any_more(case):
    seal_day()
    with pytest.raises(NotSealed, match="已封存"):
        seal_day(city_day(timezone.now()) - timedelta(days=5))


def test_the_worker_seals_once_a_day_and_only_when_something_was_written(city):
    assert seal_if_due() is None
    city.case()
    assert seal_if_due() is not None
    assert seal_if_due() is None


def test_a_sealed_case_that_is_gone_with_all_its_events_is_named(city, case):
    other = city.case()
    seal_day()
    events = list(Event.objects.filter(chain=other.chain))
    sql("DELETE FROM ledger_event WHERE chain = %s", other.chain)
    Case.objects.filter(pk=other.pk).delete()
    day = Seal.objects.get().day
    assert reasons() == {
        (
            one.chain,
            f"Event {one.sequence} (number {one.pk}) was removed after it was sealed on {day}",
        )
        for one in events
    }
    forget_lists()
    assert any("some were removed" in reason for _chain, reason in reasons())


def test_an_event_put_among_sealed_ones_is_named(case):
    """A whole new chain, right in itself, under a number that a rolled-back step left free."""
    highest = Event.objects.latest("pk").pk
    sql("UPDATE ledger_event SET id = %s WHERE id = %s", highest + 5, highest)
    seal_day()
    forged = make_event(
        chain="letter:1", sequence=1, previous_hash="", verb="sent", at=timezone.now()
    )
    forged.pk = highest + 2
    forged.save(force_insert=True)
    day = Seal.objects.get().day
    assert reasons() == {
        ("letter:1", f"Event 1 (number {highest + 2}) was inserted after it was sealed on {day}")
    }


@pytest.mark.parametrize("column", ["hash", "previous_hash", "digest", "events", "last_event"])
def test_a_changed_seal_is_named(case, column):
    today = city_day(timezone.now())
    seal_day(today - timedelta(days=2))
    seal_day(today - timedelta(days=1))
    value = 1 if column in {"events", "last_event"} else "0" * 64
    sql(f"UPDATE ledger_seal SET {column} = %s WHERE day = %s", value, today - timedelta(days=2))
    assert f"seal of {today - timedelta(days=2)}" in str(reasons())


def test_a_last_seal_that_was_taken_away_shows_by_its_list(case):
    day = seal_day().day
    sql("DELETE FROM ledger_seal")
    assert reasons() == {
        ("seals", f"seal of {day}: it was removed; the list of its events is still kept")
    }


def test_a_list_that_its_seal_does_not_prove_names_nobody(case):
    """Whoever changes the list as well cannot make it accuse another event."""
    day = seal_day().day
    sql("UPDATE ledger_event SET hash = %s WHERE chain = %s AND sequence = 2", "0" * 64, case.chain)
    path = kept.folder() / f"{day}.csv"
    path.write_text(path.read_text().replace(event(case, 3).hash, "1" * 64))
    assert (
        "seals",
        f"seal of {day}: an event that it covers, or the seal itself, was changed",
    ) in (reasons())


def test_a_city_that_changes_its_hash_keeps_its_proof(city, case, settings):
    seal_day(city_day(timezone.now()) - timedelta(days=2))
    settings.HASH_ALGORITHM = "sm3"
    city.take(case, "reopen", remark="again")
    city.case(state="dispatched")
    assert seal_day().algorithm == "sm3"
    assert reasons() == set()
    Event.objects.filter(chain=case.chain, sequence=2).update(verb="withdraw")
    assert (case.chain, "Event 2 was changed after it was written") in reasons()
    settings.HASH_ALGORITHM = "sha256"
    last = case.events_count
    Event.objects.filter(chain=case.chain, sequence=last).update(data={"a": 1})
    assert (case.chain, f"Event {last} was changed after it was written") in reasons()
