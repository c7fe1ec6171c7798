"""Signing in: right and wrong passwords, pauses, what ends a session."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.accounts import pauses
from meicheng.accounts.models import FailedAttempts
from meicheng.demo.little import PASSWORD
from meicheng.ledger.models import Event


def sign_in(client, name, password=PASSWORD, *, address="203.0.113.7", **more):
    return client.post(
        "/sign-in", {"username": name, "password": password, **more}, REMOTE_ADDR=address
    )


def is_in(client):
    return client.get("/account/").status_code == 200


def test_somebody_signs_in_and_comes_to_the_page_that_was_asked_for(client, city):
    name = city.user("dispatcher").username
    answer = sign_in(client, name, next="/cases/")
    assert (answer.status_code, answer["Location"]) == (302, "/cases/")
    assert is_in(client)
    event = Event.objects.get(verb="signed_in")
    assert (event.chain, event.data) == (
        f"account:{city.user('dispatcher').pk}",
        {"ways": ["password"]},
    )


def test_what_is_said_does_not_tell_which_part_was_wrong(client, city):
    known = sign_in(client, city.user("dispatcher").username, "wrong")
    unknown = sign_in(client, "nobody-of-that-name", "wrong")
    asleep = city.user("collector")
    asleep.is_active = False
    asleep.save()
    out_of_use = sign_in(client, asleep.username)
    said = [answer.context["form"].non_field_errors() for answer in (known, unknown, out_of_use)]
    assert said[0] == said[1] == said[2]
    assert [answer.status_code for answer in (known, unknown, out_of_use)] == [400] * 3


def test_failures_from_one_connection_make_it_wait_longer_and_longer(client, city):
    name = city.user("dispatcher").username
    for _ in range(pauses.PAIR.free):
        assert sign_in(client, name, "wrong").status_code == 400
    for pause in (30, 60, 120):
        answer = sign_in(client, name)  # the right one, but too early
        assert answer.status_code == 429
        assert str(pause if pause < 90 else 2) in answer.content.decode()
        assert not is_in(client)
        FailedAttempts.objects.update(last_at=timezone.now() - timedelta(seconds=pause + 1))
        assert sign_in(client, name, "wrong").status_code == 400
    FailedAttempts.objects.update(last_at=timezone.now() - timedelta(seconds=3601))
    assert sign_in(client, name).status_code == 302
    assert pauses.seconds_left(name) == 0


def test_the_name_written_otherwise_is_the_same_name(client, city):
    name = city.user("dispatcher").username
    for written in (name, name.upper(), f" {name} ", name.title(), name):
        sign_in(client, written, "wrong")
    assert sign_in(client, name).status_code == 429


def test_knowing_a_name_is_not_enough_to_keep_somebody_out(client, city):
    name = city.user("dispatcher").username
    for n in range(200):  # from many connections, each below its own limit
        pauses.begin(name, f"198.51.100.{n}")
        FailedAttempts.objects.update(last_at=timezone.now() - timedelta(seconds=31))
    pauses.begin(name, "198.51.100.201")
    assert 0 < pauses.seconds_left(name) <= 31
    assert sign_in(client, name).status_code == 429
    FailedAttempts.objects.update(last_at=timezone.now() - timedelta(seconds=31))
    assert sign_in(client, name).status_code == 302


def test_one_connection_cannot_try_a_password_on_everybody(client, city):
    for n in range(pauses.CONNECTION.free):
        assert pauses.begin(f"somebody-{n}", "203.0.113.7") == 0
    assert sign_in(client, city.user("dispatcher").username).status_code == 429
    elsewhere = sign_in(client, city.user("dispatcher").username, address="203.0.113.8")
    assert elsewhere.status_code == 302


def test_an_own_account_does_not_wash_a_connections_failures_away(city):
    for n in range(10):
        pauses.begin(f"somebody-{n}", "203.0.113.7")
    pauses.begin("mine", "203.0.113.7")
    pauses.succeed("mine", "203.0.113.7")
    assert FailedAttempts.objects.get(account="").failures == 10


def test_no_name_stands_in_what_is_kept(city):
    pauses.begin("wang.fang", "203.0.113.7")
    kept = str(list(FailedAttempts.objects.values()))
    assert "wang" not in kept
    assert "203.0.113.7" not in kept


def test_a_session_ends_when_the_account_goes_out_of_use(client, city):
    user = city.user("dispatcher")
    sign_in(client, user.username)
    user.is_active = False
    user.save()
    assert not is_in(client)


def test_another_password_ends_the_other_sessions_and_keeps_this_one(
    client, city, django_user_model
):
    other = type(client)()
    name = city.user("dispatcher").username
    for one in (client, other):
        sign_in(one, name)
    new = "another-long-password"
    answer = client.post("/account/password/", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 302
    assert is_in(client)
    assert not is_in(other)
    assert sign_in(other, name).status_code == 400
    assert sign_in(other, name, new).status_code == 302


@pytest.mark.parametrize(
    ("new", "said"),
    [("short", "10"), ("password123", "常见"), ("1928374650", "数字"), ("dispatcher-city", "相似")],
)
def test_a_weak_password_is_refused_in_chinese(client, city, new, said):
    client.force_login(city.user("dispatcher"))
    client.cookies["django_language"] = "zh-hans"
    answer = client.post("/account/password/", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 400
    assert said in str(answer.context["form"].errors["new"])


def test_somebody_ends_the_session_of_a_machine_that_she_left(client, city):
    left = type(client)()
    name = city.user("dispatcher").username
    sign_in(left, name)
    sign_in(client, name)
    listed = client.get("/account/").context["sessions"]
    assert [one.current for one in listed] == [True, False]
    client.post("/account/sessions/end", {"session": listed[1].pk})
    assert not is_in(left)
    assert is_in(client)


def test_nobody_ends_the_session_of_somebody_else(client, city):
    other = type(client)()
    sign_in(other, city.user("collector").username)
    sign_in(client, city.user("dispatcher").username)
    theirs = other.get("/account/").context["sessions"][0]
    client.post("/account/sessions/end", {"session": theirs.pk})
    assert is_in(other)
