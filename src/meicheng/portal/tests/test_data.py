"""What whoever holds a report's code sees, takes and deletes of what is kept about her."""

import json

import pytest

from meicheng.ledger.models import Event
from meicheng.voices.actions import reveal_contact, submit_report
from meicheng.voices.checking import NewReport


@pytest.fixture
def report(city):
    said = NewReport("portal", "巷口垃圾成堆，好几天没人清理", division=city.division())
    return submit_report(said, phone="13900000001", photos=[city.photo()])


def test_she_sees_what_is_kept_and_who_looked_at_her_number(city, client, report):
    reveal_contact(report, by=city.user("dispatcher"), reason="核实地点")
    page = client.get(f"/p/{report.code}/data/").content.decode()
    assert "139****0001" in page
    assert "13900000001" not in page
    assert "核实地点" in page
    assert city.user("dispatcher").display_name not in page


def test_she_takes_everything_as_a_file_which_is_noted(client, report):
    answer = client.post(f"/p/{report.code}/data/take")
    told = json.loads(answer.content)
    assert "attachment" in answer["Content-Disposition"]
    assert (told["phone"], told["words"]) == ("139****0001", report.body)
    assert len(told["photographs"]) == 1
    assert Event.objects.filter(chain=f"report:{report.pk}", verb="data_taken").exists()


def test_nothing_is_deleted_before_she_says_that_she_is_sure(client, report):
    address = f"/p/{report.code}/data/"
    assert client.post(f"{address}contact").status_code == 400
    assert client.post(f"{address}everything", {"sure": "1"}).status_code == 404
    report.refresh_from_db()
    assert report.phone_masked == "139****0001"
    assert client.post(f"{address}contact", {"sure": "1"}).status_code == 302
    assert client.post(f"{address}words", {"sure": "1"}).status_code == 302
    assert client.post(f"{address}words", {"sure": "1"}).status_code == 400
    report.refresh_from_db()
    assert (report.phone_masked, report.body) == ("", "")
    assert client.get(f"/p/{report.code}/").status_code == 200
