"""The pages of notices, as somebody signed in asks for them."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext_noop

from meicheng.notices.actions import notify
from meicheng.notices.models import Notice, Preferences
from meicheng.notices.words import words
from meicheng.organisation.personal import unseal


@pytest.fixture
def lead(city, client):
    person = city.user("unit-lead")
    client.force_login(person)
    return person


def tell(person, key="one", **fields):
    said = words(gettext_noop("A case is overdue"))
    notify(to=[person], kind="case.mention", title=said, link="/notices/who/", key=key, **fields)


def test_the_bell_counts_and_the_list_opens_what_it_tells_of(client, lead):
    tell(lead)
    page = client.get("/notices/").content.decode()
    assert "1 条未读消息" in page
    assert "有案件超期" in page
    answer = client.get(f"/notices/{Notice.objects.get().pk}")
    assert (answer.status_code, answer.url) == (302, "/notices/who/")
    assert Notice.objects.get().read_at is not None
    assert "未读消息" not in client.get("/notices/who/").content.decode()


def test_nobody_opens_another_ones_notice(city, client, lead):
    tell(city.user("dispatcher"))
    assert client.get(f"/notices/{Notice.objects.get().pk}").status_code == 404
    client.post("/notices/read", {"notice": Notice.objects.get().pk})
    client.post("/notices/read", {"all": "1"})
    assert Notice.objects.get().read_at is None


def test_the_bell_says_nothing_while_nothing_changed(client, lead, django_assert_max_num_queries):
    tell(lead)
    with django_assert_max_num_queries(3):  # session, user, count
        assert client.get("/notices/bell?known=1").status_code == 204
    assert "1 条未读消息" in client.get("/notices/bell?known=0").content.decode()
    client.logout()
    assert client.get("/notices/bell?known=0").status_code == 204


def test_marking_all_as_read_and_one_as_unread_again(client, lead):
    tell(lead)
    tell(lead, "two")
    client.post("/notices/read", {"all": "1"})
    assert not Notice.objects.filter(read_at=None).exists()
    client.post("/notices/read", {"notice": Notice.objects.first().pk, "unread": "1"})
    assert "1 条未读消息" in client.get("/notices/?unread=1").content.decode()


def test_somebody_chooses_ways_quiet_hours_digest_and_phone(client, lead):
    form = {
        "way": ["case.mention:sms", "case.mention:console"],
        "quiet_from": "22:00",
        "quiet_to": "07:00",
        "digest": "weekly",
        "digest_hour": "9",
        "phone": "138 0000 1234",
    }
    assert client.post("/notices/preferences/", form).status_code == 302
    kept = Preferences.objects.get(person=lead)
    assert kept.chosen["case.mention"] == ["console", "sms"]
    assert (kept.digest, kept.digest_hour, str(kept.quiet_from)) == ("weekly", 9, "22:00:00")
    assert unseal(kept.phone_sealed) == "13800001234"
    page = client.get("/notices/preferences/").content.decode()
    assert "138****1234" in page
    assert "13800001234" not in page
    client.post("/notices/preferences/", {**form, "phone": "", "forget_phone": "1"})
    assert Preferences.objects.get().phone_sealed is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"quiet_from": "22:00"}, "开始和结束时间"),
        ({"quiet_from": "25:00", "quiet_to": "07:00"}, "25:00"),
        ({"phone": "me"}, "me"),
        ({"way": ["case.mention:pigeon"]}, "pigeon"),
        ({"digest": "hourly"}, "每日或每周"),
        ({"digest_hour": "24"}, "0 至 23"),
    ],
)
def test_a_wrong_choice_says_why_and_changes_nothing(client, lead, wrong, said):
    answer = client.post("/notices/preferences/", {"digest": "", "digest_hour": "8", **wrong})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Preferences.objects.exists()


def test_strangers_are_asked_to_sign_in(client, db):
    for page in ("", "who/", "preferences/", "1"):
        assert "/sign-in" in client.get(f"/notices/{page}").url
