"""Telling people: once, in their language, where they want it."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop, override

from meicheng.notices.actions import choose, mark_read, mark_unread, notify
from meicheng.notices.models import Delivery, Notice
from meicheng.notices.people import holders
from meicheng.notices.queries import line, unread_count
from meicheng.notices.timing import after_quiet, is_quiet
from meicheng.notices.words import words

OVERDUE = gettext_noop("A case is overdue")


def tell(*people, key="case:1:overdue", kind="case.mention", **fields):
    fields = {"title": words(OVERDUE), "link": "/cases/1/", **fields}
    return notify(to=people, kind=kind, key=key, **fields)


def test_the_same_thing_is_told_once_to_everybody(city):
    lead, desk = city.user("unit-lead"), city.user("dispatcher")
    assert tell(lead) == 1
    assert tell(lead, desk, desk) == 1
    assert tell(lead, desk) == 0
    assert Notice.objects.count() == 2


def test_what_is_undone_was_told_to_nobody(city):
    lead = city.user("unit-lead")
    with transaction.atomic():
        assert tell(lead) == 1
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_everybody_reads_it_in_her_own_language(city):
    tell(
        city.user("unit-lead"),
        title=words(OVERDUE),
        body=words("%(unit)s · %(day)s · 100 %%", unit=city.unit(), day=timezone.now().date()),
    )
    notice = Notice.objects.get()
    with override("zh-hans"):
        chinese = line(notice)
    with override("en"):
        english = line(notice)
    assert (chinese.title, english.title) == ("有案件超期", "A case is overdue")
    assert city.unit().name_zh in chinese.body
    assert "100 %" in chinese.body
    assert city.unit().name_en in english.body


def test_somebody_who_left_is_not_told(city):
    lead = city.user("unit-lead")
    lead.is_active = False
    assert tell(lead) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "gossip"}, {"link": "//evil.example/"}, {"link": "cases"}, {"key": "k" * 161}],
)
def test_what_cannot_be_told_says_why_and_tells_nobody(city, wrong):
    with pytest.raises(ValueError, match=r"expected|there are"):
        tell(city.user("unit-lead"), **wrong)
    assert not Notice.objects.exists()


def test_reading_counts_down_and_back_and_only_ones_own(city):
    lead, other = city.user("unit-lead"), city.user("dispatcher")
    tell(lead, other)
    tell(lead, key="case:2")
    first, second = Notice.objects.filter(person=lead).order_by("pk")
    assert unread_count(lead) == 2
    assert mark_read(other, [first.pk]) == 0
    assert mark_read(lead, [first.pk]) == 1
    assert unread_count(lead) == 1
    assert mark_read(lead) == 1
    assert not mark_unread(other, second.pk)
    assert mark_unread(lead, second.pk)
    assert (unread_count(lead), unread_count(other)) == (1, 1)


def test_a_thousand_are_told_in_few_statements(city, django_assert_max_num_queries, settings):
    settings.MAIL = True
    from meicheng.organisation.models import User

    people = User.objects.bulk_create(
        User(username=f"p{n}", display_name=f"P{n}", email=f"p{n}@city.example")
        for n in range(1000)
    )
    with django_assert_max_num_queries(40):
        assert tell(*people) == 1000
    assert Delivery.objects.filter(channel="mail").count() == 1000


def test_mail_goes_only_to_who_has_an_address_and_wants_it(city, settings):
    settings.MAIL = True
    lead, desk, office = (city.user(r) for r in ("unit-lead", "dispatcher", "creation-office"))
    for person in (lead, desk):
        person.email = f"{person.username}@city.example"
        person.save()
    choose(desk, chosen={"case.mention": ["console"]})
    tell(lead, desk, office)
    assert [one.notice.person for one in Delivery.objects.all()] == [lead]


def test_who_switched_a_kind_off_has_nothing_to_read_unless_order_depends_on_it(city):
    lead = city.user("unit-lead")
    choose(lead, chosen={"case.mention": [], "case.overdue": []})
    tell(lead)
    assert unread_count(lead) == 0
    tell(lead, kind="case.overdue", key="other")
    assert unread_count(lead) == 1


def test_quiet_hours_hold_back_what_can_wait_and_pass_what_is_dangerous(city, settings):
    settings.MAIL = True
    lead = city.user("unit-lead")
    lead.email = "lead@city.example"
    lead.save()
    now = timezone.localtime()
    begin = (now - timedelta(hours=1)).time().replace(second=0, microsecond=0)
    end = (now + timedelta(hours=1)).time().replace(second=0, microsecond=0)
    choose(lead, chosen={}, quiet_from=begin, quiet_to=end)
    tell(lead)
    tell(lead, key="danger", urgent=True)
    calm, danger = Delivery.objects.order_by("pk")
    assert timezone.localtime(calm.due_at).time() == end
    assert danger.due_at <= timezone.now()


@pytest.mark.parametrize(("hour", "quiet"), [(21, False), (22, True), (2, True), (7, False)])
def test_quiet_hours_pass_midnight(hour, quiet):
    at = timezone.make_aware(timezone.datetime(2026, 11, 25, hour, 0))
    assert is_quiet(at, time(22), time(7)) is quiet
    assert is_quiet(after_quiet(at, time(22), time(7)), time(22), time(7)) is False


def test_the_nearest_who_hold_the_role_are_told(city):
    lead, city_desk = city.user("unit-lead"), city.user("dispatcher")
    own_desk = city.user("dispatcher", division="LC")
    assert holders(["unit-lead"], unit=city.unit()) == [lead]
    assert holders(["dispatcher"], division=city.division("LC0101")) == [own_desk]
    assert holders(["dispatcher"], division=city.division("XC0101")) == [city_desk]
    assert holders(["unit-lead"], unit=city.unit("health")) == []
