"""Personal data: sealed, found by its owner, deleted by her or when its time is over; counts stay."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from meicheng.cases.models import Case, CasePhoto, CaseText
from meicheng.files.actions import path_of, store_photo, thumbnail
from meicheng.files.models import StoredFile
from meicheng.ledger.models import CaseTally, Event
from meicheng.ledger.verify import verify
from meicheng.organisation import rotating
from meicheng.organisation.personal import digest_of_name, unseal
from meicheng.voices.actions import reveal_contact, submit_report
from meicheng.voices.calls import earlier_calls
from meicheng.voices.checking import BadReport, NewReport
from meicheng.voices.models import Report
from meicheng.voices.personal import (
    erase_contact,
    erase_due,
    fallen_due,
    schedule,
    withdraw_report_words,
)
from meicheng.voices.unsent import forget_unsent

WORDS = "巷口垃圾成堆，找王小明先生13800001234"
DONE = ("dispatch", "accept", "start", "resolve", "verify", "close")


@pytest.fixture
def report(city):
    site = city.site()
    said = NewReport("hotline", WORDS, longitude=site.longitude, latitude=site.latitude)
    return submit_report(
        said,
        by=city.user("dispatcher"),
        phone="139 0000 0001",
        name="李雷雷",
        email="l@example.org",
    )


def closed(city, report, *, days):
    case = report.case
    for step in ("register", *DONE):
        case = city.take(Case.objects.get(pk=case.pk), step, remark="王小明先生家门口已清运")
    Case.objects.filter(pk=case.pk).update(closed_at=timezone.now() - timedelta(days=days))
    Report.objects.filter(pk=report.pk).update(
        reported_at=timezone.now() - timedelta(days=days + 3)
    )
    return Case.objects.get(pk=case.pk)


def test_a_name_is_sealed_masked_found_by_the_whole_of_it_and_shown_for_a_reason(
    city, client, report
):
    assert b"\xe6\x9d\x8e" not in bytes(report.name_sealed)
    assert (report.name_masked, report.name_digest) == ("李**", digest_of_name("李 雷雷"))
    client.force_login(city.user("dispatcher"))
    page = client.get(f"/reports/{report.code}/").content.decode()
    assert "李**" in page
    assert "李雷雷" not in page
    found = client.get("/reports/?state=all&q=李雷雷").content.decode()
    assert report.code in found
    assert report.code not in client.get("/reports/?state=all&q=李雷").content.decode()
    told = reveal_contact(report, by=city.user("dispatcher"), reason="核实")
    assert (told.name, told.phone) == ("李雷雷", "13900000001")


def test_what_is_under_an_old_key_is_sealed_anew_and_the_old_key_can_go(city, report, settings):
    old, new = settings.PERSONAL_DATA_KEYS[0], Fernet.generate_key().decode()
    settings.PERSONAL_DATA_KEYS = [new, old]
    desk = city.user("dispatcher")
    assert earlier_calls(desk, "139 0000 0001") == [report], "found while the keys are changed"
    done = rotating.rotate(batch=1)
    assert (done.looked_at, done.sealed_anew, done.unreadable) == (3, 3, [])
    assert rotating.rotate().sealed_anew == 0
    settings.PERSONAL_DATA_KEYS = [new]
    report.refresh_from_db()
    assert unseal(bytes(report.name_sealed)) == "李雷雷"
    assert earlier_calls(desk, "13900000001") == [report]
    assert report.name_digest == digest_of_name("李雷雷")
    settings.PERSONAL_DATA_KEYS = [Fernet.generate_key().decode()]
    assert len(rotating.rotate().unreadable) == 3
    report.refresh_from_db()
    settings.PERSONAL_DATA_KEYS = [new]
    assert unseal(bytes(report.phone_sealed)) == "13900000001", "what none opens is left alone"


def test_a_rotation_that_was_stopped_goes_on_where_it_was(city, report, settings):
    for number in range(4):
        site = city.site()
        said = NewReport("portal", WORDS, longitude=site.longitude, latitude=site.latitude)
        submit_report(said, phone=f"1390000001{number}")
    settings.PERSONAL_DATA_KEYS = [Fernet.generate_key().decode(), *settings.PERSONAL_DATA_KEYS]

    def stop(_column, done):
        if done.sealed_anew >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotating.rotate(batch=2, progress=stop)
    done = rotating.rotate(batch=2)
    assert done.looked_at == 7
    assert 0 < done.sealed_anew < 7


def test_every_sealed_column_of_the_house_is_known():
    named = {f"{model.__name__}.{column}" for model, column in rotating.sealed_columns()}
    assert named >= {
        "Report.name_sealed", "Report.phone_sealed", "Report.email_sealed", "Peer.key_sealed",
        "Letter.address_sealed", "Preferences.phone_sealed", "Endpoint.secret_sealed",
    }  # fmt: skip


def test_two_years_after_closing_who_it_was_is_deleted_and_what_was_counted_stays(city, report):
    case = closed(city, report, days=731)
    counted = list(CaseTally.objects.order_by("pk").values())
    assert schedule(timezone.now()).due == 1
    assert erase_due() == 1
    assert erase_due() == 0
    report.refresh_from_db()
    case.refresh_from_db()
    kept = str(vars(report)) + case.description + case.outcome
    for personal in ("小明", "13800001234", "雷雷", "example"):
        assert personal not in kept
    assert report.body == "巷口垃圾成堆，找王**先生138****1234"
    assert case.outcome == "王**先生家门口已清运"
    assert (report.phone_sealed, report.phone_digest, report.name_masked) == (None, "", "")
    assert "小明" not in CaseText.objects.get(pk=case.pk).grams
    assert list(CaseTally.objects.order_by("pk").values()) == counted
    assert Event.objects.filter(chain=f"report:{report.pk}", verb="erased").count() == 1
    assert verify().faults == []


def test_what_is_open_or_was_closed_lately_or_is_kept_for_ever_is_not_deleted(
    city, report, settings
):
    assert not fallen_due(timezone.now()).exists()
    closed(city, report, days=729)
    assert not fallen_due(timezone.now()).exists()
    settings.PERSONAL_DAYS = 30
    assert fallen_due(timezone.now()).get() == report
    settings.PERSONAL_DAYS = 0
    assert erase_due() == 0


def test_she_deletes_her_number_and_takes_back_her_words_once(city, report):
    erase_contact(report)
    withdraw_report_words(report)
    report.refresh_from_db()
    assert (report.phone_sealed, report.email_sealed, report.body) == (None, None, "")
    assert Case.objects.get().description == ""
    verbs = Event.objects.filter(chain=f"report:{report.pk}").values_list("verb", flat=True)
    assert sorted(verbs) == ["contact_erased", "words_withdrawn"]
    for again in (erase_contact, withdraw_report_words):
        with pytest.raises(BadReport), transaction.atomic():
            again(report)
    assert verify().faults == []


def test_words_that_others_added_to_a_case_stay_when_hers_go(city, report):
    Case.objects.filter(pk=report.case_id).update(description="工作人员改写")
    withdraw_report_words(report)
    assert Case.objects.get().description == "工作人员改写"


def test_the_page_of_what_falls_due_is_for_those_who_watch(city, client, report):
    closed(city, report, days=731)
    client.force_login(city.user("auditor"))
    page = client.get(reverse("voices:kept")).content.decode()
    assert "730" in page
    client.force_login(city.user("dispatcher"))
    assert client.get(reverse("voices:kept")).status_code == 403


def test_photographs_that_were_never_sent_are_deleted_and_all_others_stay(city):
    unsent, sent, shown, fresh = (city.photo(width=60 + number) for number in range(4))
    staff = store_photo(city.jpeg(width=90), by=city.user("dispatcher"))
    submit_report(NewReport("portal", WORDS, division=city.division()), photos=[sent])
    CasePhoto.objects.create(case=city.case(), file=shown, moment="before", added_at=timezone.now())
    thumbnail(unsent)
    old = StoredFile.objects.exclude(pk=fresh.pk)
    old.update(stored_at=timezone.now() - timedelta(days=3))
    assert forget_unsent(timezone.now().date()) == 1
    assert forget_unsent(timezone.now().date()) == 0
    kept = {sent.pk, shown.pk, fresh.pk, staff.pk}
    assert set(StoredFile.objects.values_list("pk", flat=True)) == kept
    assert not list(path_of(unsent.sha256).parent.glob(f"{unsent.sha256}*"))
    assert path_of(sent.sha256).exists()
