"""A chain shows what was done to it, and says what."""

import hashlib
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meicheng.engine.provenance import (
    Break,
    ChainEvent,
    canonical,
    link,
    seal,
    verify_chain,
)


def chain(length, algorithm="sha256"):
    events, before = [], ""
    for number in range(1, length + 1):
        payload = {"sequence": number, "verb": f"step {number}", "data": {"remark": "已处置"}}
        own = link(before, payload, algorithm)
        events.append(ChainEvent(number, before, own, payload))
        before = own
    return events


def numbered(event, number):
    """The event as a database shows it whose number column was altered."""
    return replace(event, sequence=number, payload={**event.payload, "sequence": number})


def said(found):
    return [(one.kind, one.sequence) for one in found]


def test_a_link_is_the_hash_of_the_one_before_and_the_written_payload():
    by_hand = hashlib.sha256('ab\n{"a":"立案","n":2}'.encode()).hexdigest()
    assert link("ab", {"n": 2.0, "a": "立案"}) == by_hand


def test_sm3_of_the_standards_own_example():
    # GB/T 32905-2016, example 1: the message "abc"
    assert hashlib.new("sm3", b"abc").hexdigest() == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )
    # example 2: "abcd" sixteen times, two blocks
    assert hashlib.new("sm3", b"abcd" * 16).hexdigest() == (
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    )
    assert link("", "x", "sm3") == hashlib.new("sm3", b'\n"x"').hexdigest()
    assert verify_chain(chain(4, "sm3"), algorithm="sm3") == []


def test_a_hash_that_is_not_offered_is_refused():
    with pytest.raises(ValueError, match="sha256 or sm3"):
        link("", {}, "md5")


@pytest.mark.parametrize("payload", [{"at": date(2026, 9, 1)}, {1: "one"}, {"n": float("nan")}])
def test_what_is_not_json_is_refused(payload):
    with pytest.raises((TypeError, ValueError)):
        canonical(payload)


def test_an_untouched_chain_has_no_breaks():
    events = chain(5)
    assert verify_chain(events, count=5, head=events[-1].hash) == []
    assert verify_chain([], count=0, head=None) == []


def test_a_changed_event_is_named():
    events = chain(5)
    events[2] = replace(events[2], payload={**events[2].payload, "verb": "closed"})
    assert said(verify_chain(events, count=5, head=events[-1].hash)) == [("changed", 3)]


def test_a_changed_event_whose_hash_was_made_again_is_named():
    events = chain(5)
    payload = {**events[2].payload, "verb": "closed"}
    events[2] = replace(events[2], payload=payload, hash=link(events[2].previous_hash, payload))
    assert said(verify_chain(events, count=5, head=events[-1].hash)) == [("changed", 3)]


def test_an_end_that_was_rewritten_shows_by_the_hash_noted_with_the_case():
    events = chain(3)
    payload = {**events[2].payload, "verb": "closed"}
    forged = replace(events[2], payload=payload, hash=link(events[2].previous_hash, payload))
    assert said(verify_chain([*events[:2], forged], count=3, head=events[2].hash)) == [
        ("changed", 3)
    ]


def test_a_removed_event_is_named():
    events = chain(5)
    assert said(verify_chain(events[:1] + events[2:], count=5, head=events[-1].hash)) == [
        ("removed", 2)
    ]


def test_a_cut_end_shows_by_the_count_noted_with_the_case():
    events = chain(5)
    assert said(verify_chain(events[:3], count=5, head=events[-1].hash)) == [
        ("removed", 4),
        ("removed", 5),
    ]


def test_a_removed_event_shows_even_if_the_others_were_numbered_again():
    events = chain(4)
    closed_up = [events[0], numbered(events[2], 2), numbered(events[3], 3)]
    assert said(verify_chain(closed_up, count=4, head=events[-1].hash)) == [("removed", 2)]


def test_an_inserted_event_is_named_even_if_room_was_made_for_it():
    events = chain(4)
    payload = {"sequence": 3, "verb": "suspended", "data": {}}
    forged = ChainEvent(3, events[1].hash, link(events[1].hash, payload), payload)
    room = [*events[:2], forged, numbered(events[2], 4), numbered(events[3], 5)]
    assert said(verify_chain(room, count=4, head=events[-1].hash)) == [("inserted", 3)]


def test_an_event_added_at_the_end_is_named():
    events = chain(3)
    payload = {"sequence": 4, "verb": "closed", "data": {}}
    forged = ChainEvent(4, events[2].hash, link(events[2].hash, payload), payload)
    assert said(verify_chain([*events, forged], count=3, head=events[2].hash)) == [("inserted", 4)]


def test_two_events_that_changed_places_are_named_with_their_own_numbers():
    events = chain(4)
    swapped = [events[0], numbered(events[2], 2), numbered(events[1], 3), events[3]]
    assert verify_chain(swapped, count=4, head=events[-1].hash) == [
        Break("reordered", 2, was=3),
        Break("reordered", 3, was=2),
    ]


def test_what_is_wrong_is_said_in_both_languages():
    words = Break("reordered", 2, was=3).words
    assert words.say("zh-hans") == "第2条记录被挪动，原为第3条"
    assert words.say("en") == "Event 2 was moved; it was event 3"


@given(st.integers(1, 8), st.data())
def test_whatever_single_thing_is_done_to_a_chain_shows(length, data):
    events = chain(length)
    head = events[-1].hash
    place = data.draw(st.integers(0, length - 1))
    deed = data.draw(st.sampled_from(["change", "remove", "insert", "swap"]))
    if deed == "change":
        field = data.draw(st.sampled_from(["previous_hash", "hash", "payload"]))
        other = {"sequence": place + 1, "verb": "other"} if field == "payload" else "f" * 64
        events[place] = replace(events[place], **{field: other})
    elif deed == "remove":
        del events[place]
    elif deed == "insert":
        payload = {"sequence": length + 1, "verb": "forged"}
        events.append(ChainEvent(length + 1, head, link(head, payload), payload))
    else:
        other = data.draw(st.integers(0, length - 1))
        if other == place:
            return
        events[place], events[other] = (
            numbered(events[other], place + 1),
            numbered(events[place], other + 1),
        )
    assert verify_chain(events, count=length, head=head)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(json_values)
def test_data_that_went_through_json_has_the_same_bytes(value):
    import json

    assert canonical(json.loads(json.dumps(value))) == canonical(value)


def test_a_seal_covers_the_day_every_chain_and_the_seal_before():
    day, heads = date(2026, 9, 1), {"case:1": "aa", "case:2": "bb"}
    seals = {
        seal(day, heads),
        seal(date(2026, 9, 2), heads),
        seal(day, heads, "cc"),
        seal(day, {"case:1": "aa"}),
        seal(day, {"case:1": "aa", "case:2": "b"}),
        seal(day, {}),
        seal(day, heads, algorithm="sm3"),
    }
    assert len(seals) == 7


def test_the_order_in_which_chains_are_read_does_not_matter_but_none_may_come_twice():
    day = date(2026, 9, 1)
    assert seal(day, [("case:9", "a"), ("case:10", "b")]) == seal(
        day, {"case:10": "b", "case:9": "a"}
    )
    with pytest.raises(ValueError, match="case:9 is named twice"):
        seal(day, [("case:9", "a"), ("case:9", "b")])
