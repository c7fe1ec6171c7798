"""A message asks once how the result is; its link rates with one tap, and does nothing else."""

import pytest
from django.utils import timezone

from meicheng.cases.models import Case
from meicheng.ledger.models import Event
from meicheng.notices.models import Delivery, Letter
from meicheng.voices.actions import submit_report
from meicheng.voices.asking import rating_link, report_to_rate
from meicheng.voices.checking import NewReport
from meicheng.voices.models import Report
from meicheng.voices.tasks import ask_for_a_rating, tell_by_mail

DONE = ("register", "dispatch", "accept", "start", "resolve", "verify", "close")


@pytest.fixture(autouse=True)
def reachable(settings):
    settings.PUBLIC_ADDRESS = "https://city.example"
    settings.MAIL, settings.SMS = True, "https://gateway.example/"


def closed(city, **contact):
    site = city.site()
    said = NewReport("portal", "巷口垃圾成堆", longitude=site.longitude, latitude=site.latitude)
    report = submit_report(said, apart=True, **contact)
    for step in DONE:
        city.take(Case.objects.get(pk=report.case_id), step, remark="已清运")
    report.refresh_from_db()
    return report


def last_closing():
    return Event.objects.filter(verb="close").latest("pk")


def path_in(words):
    start = words.index("https://city.example")
    return words[start:].split()[0].removeprefix("https://city.example")


def test_the_mail_of_the_answer_asks_once_and_its_link_rates(city, client):
    report = closed(city, email="l@example.org")
    tell_by_mail(last_closing())
    words = Letter.objects.get().text
    path = path_in(words)
    assert report.code not in path
    page = client.get(path)
    assert page.content.decode().count('name="rating"') == 5
    report.refresh_from_db()
    assert (report.rating, report.asked_at is not None) == (None, True), "looking is not rating"
    assert client.post(path, {"rating": "4"}).status_code == 200
    assert client.post(path, {"rating": "5"}).status_code == 400
    report.refresh_from_db()
    assert (report.rating, report.case.rating) == (4, 4)
    Letter.objects.all().delete()
    tell_by_mail(last_closing())
    assert "/p/rate/" not in Letter.objects.get().text


def test_who_left_a_number_only_is_asked_by_text_message_once(city):
    report = closed(city, phone="13900000001")
    for _ in range(2):
        ask_for_a_rating(last_closing())
    letter = Letter.objects.get()
    assert letter.delivery.channel == Delivery.Channel.SMS
    assert report_to_rate(path_in(letter.subject).removeprefix("/p/rate/").strip("/")) == report
    assert len(letter.subject) <= 200


def test_who_left_an_address_too_is_not_asked_twice(city):
    closed(city, phone="13900000001", email="l@example.org")
    ask_for_a_rating(last_closing())
    assert not Letter.objects.exists()


@pytest.mark.parametrize("spoilt", ["x", "1.abc.def", "😀"])
def test_a_link_that_was_changed_rates_nothing(city, client, spoilt):
    closed(city)
    assert client.post(f"/p/rate/{spoilt}/", {"rating": "1"}).status_code == 404
    assert not Report.objects.filter(rating__isnull=False).exists()


def test_an_old_link_is_refused_and_wrong_marks_are_told(city, client, settings, monkeypatch):
    report = closed(city)
    path = path_in(rating_link(report))
    for wrong in ("0", "6", "", "many", "5" * 400):
        assert client.post(path, {"rating": wrong}).status_code == 400
    monkeypatch.setattr("time.time", lambda: timezone.now().timestamp() + 181 * 86400)
    assert client.get(path).status_code == 404
