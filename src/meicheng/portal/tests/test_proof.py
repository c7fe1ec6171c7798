"""A citizen checks her case: on the page, on paper, and by herself with the published seals."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.ledger.models import Event, Seal
from meicheng.ledger.seal import seal_day
from meicheng.places.time import city_day
from meicheng.project.commands import run
from meicheng.voices.codes import new_code, shown

WHOLE = "record is whole"


@pytest.fixture
def report(city):
    report = city.report(case=city.case(state="closed"))
    report.code = new_code()
    report.save()
    return report


def page_of(client, path):
    return client.get(path, headers={"Accept-Language": "en"}).content.decode()


def test_a_citizen_sees_that_her_case_is_whole_and_what_is_sealed(client, report):
    seal = seal_day()
    page = page_of(client, f"/p/{shown(report.code)}/proof/")
    assert WHOLE in page
    assert seal.hash in page
    events = Event.objects.filter(chain=report.case.chain)
    assert all(event.hash in page for event in events)
    assert not any(event.by_name in page for event in events if event.by_name)


def test_a_changed_event_or_seal_shows_to_her(client, report):
    seal_day()
    Event.objects.filter(chain=report.case.chain, sequence=2).update(verb="withdraw")
    page = page_of(client, f"/p/{report.code}/proof/")
    assert WHOLE not in page
    assert "event 2 was changed" in page


def test_an_end_that_was_cut_off_shows_to_her(client, report):
    Event.objects.filter(chain=report.case.chain).order_by("sequence").last().delete()
    assert WHOLE not in page_of(client, f"/p/{report.code}/proof/")


def test_the_receipt_carries_a_code_that_leads_to_the_proof(client, report, settings):
    settings.PUBLIC_ADDRESS = "https://city.example"
    page = page_of(client, f"/p/{report.code}/receipt/")
    assert f"https://city.example/p/{shown(report.code)}/proof/" in page
    assert "<svg" in page
    assert report.case.head_hash in page or Event.objects.last().hash in page
    assert client.get("/p/K7M4-QX9R-TW2H/receipt/").status_code == 404


def test_anybody_checks_a_step_with_the_published_list_alone(city, client, report):
    seal_day(city_day(timezone.now()) - timedelta(days=2))
    city.case()
    seal_day()
    published = client.get("/p/seals.json").json()["seals"]
    assert [one["seal"] for one in published] == [one.hash for one in Seal.objects.order_by("day")]
    content = b"".join(client.get(f"/p/seals/{published[0]['day']}.txt").streaming_content)
    assert hashlib.sha256(content).hexdigest() == published[0]["list_hash"]
    step = Event.objects.filter(chain=report.case.chain).first()
    assert f"{step.pk}:{step.hash}" in content.decode().splitlines()
    assert published[1]["before"] == published[0]["seal"]
    assert client.get("/p/seals.csv").content.decode().count("\n") == 3
    assert published[0]["seal"] in page_of(client, "/p/seals/")
    assert client.get("/p/seals/2020-01-01.txt").status_code == 404
    assert client.get("/p/seals/never.txt").status_code == 404


def test_the_command_says_the_same_for_a_case_or_a_report(report, capsys):
    seal_day()
    for code in (report.case.number, shown(report.code)):
        assert run(["ledger", "receipt", code]) == 0
        assert capsys.readouterr().out.endswith("完整无误\n")
    Event.objects.filter(chain=report.case.chain, sequence=1).update(verb="x")
    assert run(["ledger", "receipt", report.code]) == 1
    assert run(["ledger", "receipt", "nothing"]) == 2
    assert "K7M4-QX9R-TW2H" in capsys.readouterr().err
