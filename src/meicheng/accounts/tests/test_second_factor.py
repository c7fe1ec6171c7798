"""The second step: codes of an app, recovery codes, and administrators who need one."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.utils import timezone

from meicheng.accounts import factors, pauses
from meicheng.accounts.models import FailedAttempts, UsedCode
from meicheng.demo.little import PASSWORD, SECRET
from meicheng.ledger.models import Event
from meicheng.ledger.worker import begin_day
from meicheng.organisation.models import Membership, User

CODE_PAGE = "/account/second-factor/authenticate/"


def code(secret=SECRET, *, steps=0):
    """What the app shows now, or some half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in(client, user):
    return client.post("/sign-in", {"username": user.username, "password": PASSWORD})


def told(user):
    """What stands in the chain of somebody's account."""
    events = Event.objects.filter(chain=f"account:{user.pk}").order_by("sequence")
    return list(events.values_list("verb", "data"))


@pytest.fixture
def bare(city):
    """An administrator on her first day: a password and nothing more."""
    user = User.objects.create_user("new-administrator", PASSWORD, display_name="新管理员")
    Membership.objects.create(user=user, role="administrator", division=city.root)
    return user


def test_an_administrator_signs_in_with_password_and_code(client, city):
    admin = city.user("administrator")
    assert sign_in(client, admin)["Location"] == CODE_PAGE
    assert client.get("/people/").status_code == 302  # not in yet
    assert "data-security-key" not in client.get(CODE_PAGE).content.decode(), "she has none"
    assert client.post(CODE_PAGE, {"code": code()}).status_code == 302
    assert client.get("/people/").status_code == 200
    assert Event.objects.get(verb="signed_in").data == {"ways": ["mfa", "password"]}


def test_a_code_works_once(client, city):
    admin = city.user("administrator")
    used = code()
    for there in (True, False):
        browser = type(client)()
        sign_in(browser, admin)
        browser.post(CODE_PAGE, {"code": used})
        assert (browser.get("/people/").status_code == 200) is there


def test_codes_cannot_be_tried_by_the_thousand(client, city):
    admin = city.user("administrator")
    sign_in(client, admin)
    wrong = "000000" if code() != "000000" else "000001"
    for _ in range(pauses.PAIR.free):
        assert "错误" in client.post(CODE_PAGE, {"code": wrong}).content.decode()
    assert "等" in client.post(CODE_PAGE, {"code": code()}).content.decode()
    assert client.get("/people/").status_code == 302


def test_an_administrator_can_do_nothing_before_she_has_a_second_factor(client, bare):
    client.force_login(bare)
    for path in ("/", "/people/", "/account/", f"/people/{bare.username}/", "/import/", "/search/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/account/second-factor/"), path
    assert client.post("/people/new/", {"username": "x"}).status_code == 403
    assert client.get("/api/v1/divisions").status_code == 403
    assert client.get("/account/second-factor/").status_code == 200


def test_the_first_sign_in_sets_one_up_and_hands_out_recovery_codes(client, bare):
    assert sign_in(client, bare).status_code == 302
    page = client.get("/account/second-factor/totp/activate/")
    secret = page.context["form"].secret
    client.post("/account/second-factor/totp/activate/", {"code": code(secret)})
    done = client.get("/account/second-factor/recovery-codes/")
    codes = done.context["unused_codes"]
    assert len(codes) == 10
    assert codes[0] in done.content.decode()
    assert client.get("/people/").status_code == 200
    kept = Authenticator.objects.get(user=bare, type="totp").data["secret"]
    assert secret not in kept  # sealed
    again = client.get("/account/second-factor/recovery-codes/").content.decode()
    assert codes[0] not in again  # shown once
    other = type(client)()
    sign_in(other, bare)
    other.post(CODE_PAGE, {"code": codes[0]})
    assert other.get("/people/").status_code == 200
    assert told(bare)[1:3] == [
        ("second_factor_added", {"kind": "totp"}),
        ("recovery_codes_made", {}),
    ]


def test_no_second_factor_changes_without_its_event(client, city, monkeypatch):
    user = city.user("dispatcher")
    sign_in(client, user)
    secret = client.get("/account/second-factor/totp/activate/").context["form"].secret

    def fails(*_what, **_more):
        raise RuntimeError("the process is killed")

    kept = factors.record
    monkeypatch.setattr(factors, "record", fails)
    with pytest.raises(RuntimeError):
        client.post("/account/second-factor/totp/activate/", {"code": code(secret)})
    assert not Authenticator.objects.filter(user=user).exists()
    monkeypatch.setattr(factors, "record", kept)
    client.post("/account/second-factor/totp/activate/", {"code": code(secret)})
    for path in ("recovery-codes/generate/", "totp/deactivate/"):
        assert client.post(f"/account/second-factor/{path}").status_code == 302, path
    assert [verb for verb, _data in told(user)] == [
        "signed_in", "second_factor_added", "recovery_codes_made",
        "recovery_codes_made", "second_factor_removed",
    ]  # fmt: skip


def test_an_administrator_keeps_her_last_second_factor(client, city):
    admin = city.user("administrator")
    sign_in(client, admin)
    client.post(CODE_PAGE, {"code": code()})
    page = client.post("/account/second-factor/totp/deactivate/")
    assert page.status_code == 200
    assert Authenticator.objects.filter(user=admin, type="totp").exists()


def test_somebody_else_may_have_one_and_remove_it(client, city):
    user = city.user("dispatcher")
    TOTP.activate(user, SECRET)
    assert sign_in(client, user)["Location"] == CODE_PAGE
    client.post(CODE_PAGE, {"code": code()})
    assert client.post("/account/second-factor/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(user=user).exists()


def test_old_sessions_ask_for_the_password_before_a_second_factor_changes(client, city):
    client.force_login(city.user("dispatcher"))  # signed in, but not a moment ago
    answer = client.get("/account/second-factor/totp/activate/")
    assert answer["Location"].startswith("/account/confirm")
    page = client.post(answer["Location"], {"password": "wrong"})
    assert page.status_code == 200
    page = client.post(answer["Location"], {"password": PASSWORD})
    assert page["Location"] == "/account/second-factor/totp/activate/"
    assert client.get(page["Location"]).status_code == 200


def test_a_code_that_another_process_took_opens_nothing_here(client, city):
    admin = city.user("administrator")
    used = code()
    sign_in(client, admin)
    client.post(CODE_PAGE, {"code": used})
    cache.clear()  # another process has a cache of its own
    for again in (used, f"{used[:3]}-{used[3:]}", f"{used[:3]} {used[3:]}"):
        other = type(client)()
        sign_in(other, admin)
        other.post(CODE_PAGE, {"code": again})
        assert other.get("/people/").status_code == 302, again


def test_a_new_day_forgets_what_is_forgotten_anyway(city):
    UsedCode.objects.create(key="old")
    FailedAttempts.objects.create(key="old", last_at=timezone.now() - timedelta(days=2))
    UsedCode.objects.update(at=timezone.now() - timedelta(days=2))
    UsedCode.objects.create(key="new")
    begin_day(timezone.localdate())
    assert not FailedAttempts.objects.exists()
    assert [one.key for one in UsedCode.objects.all()] == ["new"]
