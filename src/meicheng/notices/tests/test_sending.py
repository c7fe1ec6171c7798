"""What leaves the house, to real servers on this machine."""

from __future__ import annotations

import json
import threading
from datetime import time, timedelta
from urllib.parse import parse_qs

import pytest
from django.db import connection, connections
from django.utils import timezone
from django.utils.translation import gettext_noop

from meicheng.notices import outbox
from meicheng.notices.actions import choose, mark_read, notify, write_letter
from meicheng.notices.models import Delivery, Letter, Notice
from meicheng.notices.outbox import Outbox, take, tidy
from meicheng.notices.queries import stuck_ways
from meicheng.notices.words import words

OVERDUE = gettext_noop("A case is overdue")
WAYS = ["console", "mail", "sms", "wecom"]


def due_now() -> None:
    """As if what was put off had come due."""
    Delivery.objects.filter(state="waiting").update(due_at=timezone.now())


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def lead(city):
    person = city.user("unit-lead")
    person.email, person.language = "lead@city.example", "zh-hans"
    person.save()
    return person


def tell(*people, key="one", kind="case.mention", link="/cases/7/", **fields):
    said = words("%(unit)s <b>", unit="环卫一队") if fields.pop("odd", False) else words(OVERDUE)
    notify(to=people, kind=kind, title=said, link=link, key=key, **fields)


def test_each_is_mailed_once_in_her_language_with_a_link(city, lead, mails):
    desk = city.user("dispatcher")
    desk.email, desk.language = "desk@city.example", "en"
    desk.save()
    tell(lead, desk)
    assert Outbox().turn() == 2
    assert Outbox().turn() == 0
    chinese, english = sorted(mails.mails, key=lambda mail: mail["To"], reverse=True)
    assert chinese["To"] == "lead@city.example"
    assert (chinese["Subject"], english["Subject"]) == (
        "[演示市] 有案件超期",
        "[Demo City] A case is overdue",
    )
    text = chinese.get_body(("plain",)).get_content()
    assert "https://city.example/cases/7/" in text
    assert 'href="https://city.example/cases/7/"' in chinese.get_body(("html",)).get_content()
    assert "/notices/preferences/" in text
    assert states() == ["sent", "sent"]


def test_mails_about_one_thing_stand_together_and_each_has_its_own_number(lead, mails):
    tell(lead)
    tell(lead, key="two", odd=True)
    tell(lead, key="three", link="/cases/8/")
    Outbox().turn()
    first, second, other = mails.mails
    assert first["References"] == second["References"] != other["References"]
    assert len({mail["Message-ID"] for mail in mails.mails}) == 3
    assert "&lt;b&gt;" in second.get_body(("html",)).get_content()


def test_a_digest_is_one_mail_of_what_was_not_read_and_goes_out_once(lead, mails):
    choose(lead, chosen={}, digest="daily", digest_hour=8)
    for key in ("one", "two", "three"):
        tell(lead, key=key)
    tell(lead, key="danger", urgent=True)
    mark_read(lead, [Notice.objects.get(key="two").pk])
    Outbox().turn()
    assert [mail["Subject"] for mail in mails.mails] == ["[演示市] 有案件超期"], "the urgent one"
    due_now()
    Outbox().turn()
    due_now()
    Outbox().turn()
    assert [mail["Subject"] for mail in mails.mails[1:]] == ["[演示市] 2 条消息"]
    assert mails.mails[1].get_body(("plain",)).get_content().count("/cases/7/") == 2
    assert sorted(states()) == ["needless", "sent", "sent", "sent"]


def test_a_digest_that_did_not_go_through_goes_again_as_it_was(lead, mails, monkeypatch):
    choose(lead, chosen={}, digest="weekly")
    tell(lead)
    due_now()
    codes = []
    for _time in range(2):
        taken, _ = take(timezone.now(), ["mail"])  # and the worker is killed here
        codes.append(taken[0].code)
        tell(lead, key="later")
        due_now()
    assert codes[0] == codes[1]
    Outbox().turn()
    assert sorted(mail["Message-ID"].strip("<>").split("@")[0] for mail in mails.mails)[0:2] != []
    assert codes[0] in "".join(mail["Message-ID"] for mail in mails.mails)
    assert sum(m.get_body(("plain",)).get_content().count("/cases/7/") for m in mails.mails) == 2


def test_quiet_hours_that_began_meanwhile_hold_it_back(lead, mails):
    tell(lead)
    now = timezone.localtime()
    begin, end = (now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time()
    choose(lead, chosen={}, quiet_from=begin, quiet_to=end)
    Outbox().turn()
    assert mails.mails == []
    assert Delivery.objects.get().due_at > timezone.now()
    choose(lead, chosen={}, quiet_from=time(0), quiet_to=time(0))
    due_now()
    Outbox().turn()
    assert len(mails.mails) == 1


def test_who_left_or_wants_no_mail_any_more_gets_none(city, lead, mails):
    desk = city.user("dispatcher")
    desk.email = "desk@city.example"
    desk.save()
    tell(lead, desk)
    lead.is_active = False
    lead.save()
    choose(desk, chosen={"case.mention": ["console"]})
    Outbox().turn()
    assert mails.mails == []
    assert states() == ["needless", "needless"]


@pytest.mark.parametrize(
    ("address", "state"), [("nobody@x.example", "failed"), ("busy@x.example", "waiting")]
)
def test_a_refused_address_is_given_up_and_a_busy_one_tried_again(lead, mails, address, state):
    lead.email = address
    lead.save()
    tell(lead)
    Outbox().turn()
    line = Delivery.objects.get()
    assert (line.state, line.attempts) == (state, 1)
    assert line.last_error[:2] in {"55", "45"}
    Delivery.objects.update(attempts=outbox.MOST_ATTEMPTS - 1, due_at=timezone.now())
    Outbox().turn()
    assert states() == ["failed"]


def test_a_mail_server_that_is_away_loses_nothing_and_is_not_asked_for_every_mail(
    city, client, lead, settings
):
    settings.MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 9, False
    for key in "abc":
        tell(lead, key=key)
    Notice.objects.update(made_at=timezone.now() - timedelta(hours=1))
    assert stuck_ways(timezone.now()) == [], "what was not tried yet is not stuck"
    box = Outbox()
    assert box.turn() == 1
    assert box.turn() == 0
    assert {(line.state, line.attempts) for line in Delivery.objects.all()} == {("waiting", 0)}
    (stuck,) = stuck_ways(timezone.now())
    assert (stuck.waiting, stuck.since) == (3, Notice.objects.earliest("made_at").made_at)
    client.force_login(lead)
    assert "有 3 条未送达" in client.get("/notices/who/").content.decode()
    Notice.objects.update(made_at=timezone.now() - timedelta(days=8))
    tidy(timezone.now().date())
    assert states() == ["failed"] * 3, "though it was tried a moment ago"


def test_a_letter_to_a_citizen_goes_out_once_and_forgets_her_address(db, mails):
    for _time in range(2):
        write_letter(
            address="citizen@example.org",
            language="en",
            subject="Answered",
            text="Done.",
            key="r:1",
        )
    Outbox().turn()
    Outbox().turn()
    (mail,) = mails.mails
    assert (mail["To"], mail["Subject"], mail.get_content().strip()) == (
        "citizen@example.org",
        "Answered",
        "Done.",
    )
    letter = Letter.objects.get()
    assert (bytes(letter.address_sealed), letter.text) == (b"", "")


def test_a_text_message_goes_through_the_gateway_as_its_template_says(lead, web, settings):
    settings.SMS, settings.SMS_KEY, settings.SMS_GOOD = web.url + "/send", "Key 1", '"code":0'
    web.reply = lambda _post: (200, b'{"code":0}')
    choose(lead, chosen={"case.mention": ["console", "sms"]}, phone="13800001234")
    tell(lead)
    Outbox().turn()
    (post,) = web.posts
    sent = json.loads(post.body)
    assert (post.path, post.headers["Authorization"]) == ("/send", "Key 1")
    assert (sent["mobile"], sent["content"]) == ("13800001234", "有案件超期")
    assert sent["id"] == Delivery.objects.get().parcel
    settings.SMS_BODY = "to={phone}&say={text}&page={link}"
    web.reply = lambda _post: (200, b'{"code":7,"say":"balance"}')
    tell(lead, key="two")
    Outbox().turn()
    assert parse_qs(web.posts[1].body.decode())["say"] == ["有案件超期"]
    assert Delivery.objects.latest("pk").state == "waiting", "taken is what the gateway calls good"
    assert "balance" in Delivery.objects.latest("pk").last_error


def test_the_robot_of_a_group_names_whom_it_is_for_and_is_asked_later_when_busy(
    lead, web, settings
):
    settings.WECOM = web.url + "/cgi-bin/webhook/send?key=k"
    web.reply = lambda _post: (200, b'{"errcode":0,"errmsg":"ok"}')
    choose(lead, chosen={"case.mention": ["wecom"]}, phone="13800001234")
    tell(lead)
    Outbox().turn()
    sent = json.loads(web.posts[0].body)
    assert sent["msgtype"] == "text"
    assert sent["text"]["content"].startswith("有案件超期")
    assert sent["text"]["mentioned_mobile_list"] == ["13800001234"]
    web.reply = lambda _post: (200, b'{"errcode":45009}')
    tell(lead, key="two")
    tell(lead, key="three")
    Outbox().turn()
    assert len(web.posts) == 2
    assert states() == ["sent", "waiting", "waiting"]


def test_without_a_gateway_it_stands_in_the_log_with_the_number_masked(lead, caplog):
    choose(lead, chosen={"case.mention": ["sms"]}, phone="13800001234")
    tell(lead)
    with caplog.at_level("INFO", "meicheng.notices"):
        Outbox().turn()
    assert "138****1234" in caplog.text
    assert "13800001234" not in caplog.text
    assert states() == ["sent"]


def test_old_notices_are_forgotten_and_what_nobody_took_is_given_up(lead, settings):
    settings.MAIL = True
    for key in ("read", "unread", "old", "new"):
        tell(lead, key=key)
    now = timezone.now()
    Notice.objects.filter(key__in=["read", "unread"]).update(made_at=now - timedelta(days=91))
    Notice.objects.filter(key="old").update(made_at=now - timedelta(days=366))
    mark_read(lead, [Notice.objects.get(key="read").pk])
    Delivery.objects.filter(notice__key="new").update(due_at=now - timedelta(days=8))
    while tidy(now.date()):
        pass
    assert set(Notice.objects.values_list("key", flat=True)) == {"unread", "new"}
    assert Delivery.objects.get(notice__key="new").state == "failed"


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_send_each_mail_once(transactional_db, mails):
    from meicheng.demo.little import City

    city = City()
    lead, desk = city.user("unit-lead"), city.user("dispatcher")
    for person in (lead, desk):
        person.email = f"{person.username}@city.example"
        person.save()
    choose(desk, chosen={}, digest="daily")
    for number in range(60):
        tell(lead, desk, key=str(number))
    due_now()

    def work() -> None:
        box = Outbox()
        while box.turn():
            pass
        connections.close_all()

    threads = [
        threading.Thread(target=work) for _ in range(3 if connection.vendor == "postgresql" else 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mails.mails) == 61, "60 single ones and one digest"
    assert set(states()) == {"sent"}
