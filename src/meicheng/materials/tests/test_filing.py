"""Units file documents, reviewers judge them, and the marks follow."""

from __future__ import annotations

import io
import tracemalloc
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from PIL import Image

from meicheng.assessment.periods import parse_period
from meicheng.assessment.queries import assess
from meicheng.exchange.running import import_file
from meicheng.files.actions import BadFile, path_of
from meicheng.files.documents import store_document
from meicheng.files.models import StoredFile
from meicheng.ledger.models import Event, Observation
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.materials.actions import (
    BadMaterial,
    let_expire,
    review,
    use_for,
    warn_of_expiry,
    withdraw,
)
from meicheng.materials.models import Filing, Use
from meicheng.materials.queries import needed, progress, questions, waiting
from meicheng.materials.tasks import tell_who_filed_it
from meicheng.notices.models import Notice
from meicheng.organisation.permissions import NotAllowed
from meicheng.tables.kinds import kind_of

from .conftest import office, pdf

YEAR = parse_period("2026")


@pytest.fixture
def marks(city, papers):
    """The marks of LC for 2026, or another period."""

    def of(period="2026"):
        cache.clear()
        return assess(papers, parse_period(period), city.division("LC")).marks

    return of


def test_an_accepted_document_gives_marks_and_a_returned_one_none(marks, file, items, reviewer):
    """1.1 has 1 of its 2 materials: 60 · 1/2 = 30 of the 60 that are known, so 50 of 100."""
    one = file("1.1/plan")
    assert marks() is None
    review(reviewer, one, items("1.1/plan"), accept=True)
    assert marks() == pytest.approx(50)
    review(reviewer, one, items("1.1/plan"), accept=False, reason="缺公章")
    assert marks() == pytest.approx(0)
    assert Observation.objects.filter(replaced_by=None).get().value == "returned"


def test_filed_once_a_document_proves_many_criteria(marks, file, items, reviewer, worker):
    """Plan for 1.1 and 1.2: (60 · 1/2 + 30)/90 = 66.7."""
    one = file("1.1/plan", "1.2/plan")
    review(reviewer, one, items("1.1/plan", "1.2/plan"), accept=True)
    assert marks() == pytest.approx(100 * 60 / 90)
    use_for(worker, one, items("1.1/records", "1.1/plan"))
    assert [use.state for use in one.uses.order_by("pk")] == ["accepted", "accepted", "filed"]


def test_the_same_as_an_import_of_the_reviews(city, marks, file, items, reviewer, tmp_path):
    one = file("1.1/plan", "1.3/meeting_minutes")
    review(reviewer, one, items("1.1/plan"), accept=True)
    review(reviewer, one, items("1.3/meeting_minutes"), accept=False, reason="无签到表")
    here = marks()
    Use.objects.update(observation=None)
    Observation.objects.all().delete()
    sheet = tmp_path / "reviews.csv"
    sheet.write_text(
        "item,subject,observed_at,value\n"
        "papers/1.1/plan,LC,2026-03-01 12:00,accepted\n"
        "papers/1.3/meeting_minutes,LC,2026-03-01 12:00,returned\n"
    )
    assert import_file(kind_of("observations"), sheet).imported == 2
    assert marks() == here


def test_a_better_copy_of_the_same_day_counts(marks, file, items, reviewer):
    first, second = file("1.2/plan"), file("1.2/plan", words="清晰版")
    review(reviewer, first, items("1.2/plan"), accept=False, reason="看不清")
    assert marks() == 0
    review(reviewer, second, items("1.2/plan"), accept=True)
    assert marks() == 100


def test_a_correct_date_earlier_than_the_one_returned_counts(marks, file, items, reviewer):
    first = file("1.2/plan", dated=date(2026, 5, 1))
    review(reviewer, first, items("1.2/plan"), accept=False, reason="日期有误")
    review(reviewer, file("1.2/plan", dated=date(2026, 3, 1)), items("1.2/plan"), accept=True)
    assert marks() == 100


def test_a_return_says_nothing_against_what_was_accepted(marks, file, items, reviewer):
    review(reviewer, file("1.2/plan"), items("1.2/plan"), accept=True)
    later = file("1.2/plan", words="补充", dated=date(2026, 6, 1))
    review(reviewer, later, items("1.2/plan"), accept=False, reason="与标准无关")
    assert marks() == 100


def test_what_expires_holds_for_earlier_periods_and_no_longer(marks, file, items, reviewer, worker):
    one = file("1.2/plan", expires=date(2026, 6, 30))
    Filing.objects.filter(pk=one.pk).update(expires=None)
    review(reviewer, one, items("1.2/plan"), accept=True)
    Filing.objects.filter(pk=one.pk).update(expires=date(2026, 6, 30))
    assert let_expire(date(2026, 6, 30)) == 0
    assert let_expire(date(2026, 9, 9)) == 1
    assert let_expire(date(2026, 9, 9)) == 0
    assert (marks("2026Q2"), marks("2026Q3")) == (100, 0)
    newer = file("1.2/plan", words="新版", dated=date(2026, 6, 20))
    review(reviewer, newer, items("1.2/plan"), accept=True)
    assert (marks("2026Q2"), marks("2026Q3")) == (100, 100)
    assert verify().faults == []


def test_what_has_expired_is_not_accepted(file, items, reviewer):
    one = file("1.2/plan", expires=date(2026, 3, 31))
    with pytest.raises(BadMaterial, match="2026-03-31"):
        review(reviewer, one, items("1.2/plan"), accept=True)


def test_nobody_reviews_their_own_and_strangers_nothing(city, file, items, unit, worker):
    office_user = city.user("creation-office")
    own = file("1.2/plan", by=office_user)
    for user in (office_user, worker, city.user("inspector"), city.user("auditor")):
        with pytest.raises(NotAllowed):
            review(user, own, items("1.2/plan"), accept=True)
    assert not Observation.objects.exists()


def test_a_worker_of_another_unit_files_nothing_here(city, file):
    other = city.user("unit-worker", unit=city.unit("health", "LC"))
    with pytest.raises(NotAllowed):
        file("1.2/plan", by=other)
    assert not Filing.objects.exists()


def test_the_same_form_twice_files_once(file):
    assert file("1.2/plan", key="same") == file("1.2/plan", key="same")
    assert (Filing.objects.count(), Event.objects.filter(verb="material_filed").count()) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "长" * 161},
        {"dated": date(2099, 1, 1)},
        {"dated": date(1889, 1, 1)},
        {"expires": date(2026, 2, 1)},
        {"note": "长" * 501},
        {"items": []},
        {"key": ""},
    ],
)
def test_a_wrong_filing_changes_nothing(file, wrong):
    with pytest.raises(BadMaterial):
        file("1.2/plan", **wrong)
    assert not Filing.objects.exists()


def test_an_item_of_a_checklist_is_no_material(city, file):
    with pytest.raises(BadMaterial):
        file(items=[city.item("swept")])


def test_a_return_needs_a_reason_and_a_use(file, items, reviewer):
    one = file("1.2/plan")
    with pytest.raises(BadMaterial):
        review(reviewer, one, items("1.2/plan"), accept=False, reason=" ")
    with pytest.raises(BadMaterial):
        review(reviewer, one, items("1.1/plan"), accept=True)
    with pytest.raises(BadMaterial):
        review(reviewer, one, [], accept=True)


def test_what_was_taken_back_is_reviewed_no_more(file, items, reviewer, worker):
    one = withdraw(worker, file("1.2/plan"))
    with pytest.raises(BadMaterial):
        review(reviewer, one, items("1.2/plan"), accept=True)
    kept = file("1.2/plan")
    review(reviewer, kept, items("1.2/plan"), accept=True)
    with pytest.raises(BadMaterial):
        withdraw(worker, kept)


def test_the_records_prove_every_step(file, items, reviewer):
    one = file("1.1/plan", "1.2/plan")
    review(reviewer, one, items("1.1/plan"), accept=True)
    review(reviewer, one, items("1.2/plan"), accept=False, reason="不符")
    verbs = Event.objects.filter(chain=one.chain).values_list("verb", flat=True)
    assert list(verbs) == ["material_filed", "material_accepted", "material_returned"]
    assert verify().faults == []
    Filing.objects.filter(pk=one.pk).update(head_hash="0" * 64)
    assert [fault.chain for fault in verify().faults] == [one.chain]


def test_the_tallies_follow_the_reviews(file, items, reviewer):
    one = file("1.2/plan")
    review(reviewer, one, items("1.2/plan"), accept=True)
    review(reviewer, one, items("1.2/plan"), accept=False, reason="不符")
    assert rebuild(check=True) == []


def test_the_list_says_how_each_material_stands_and_who_files_it(
    city, papers, file, items, reviewer, today
):
    district = city.division("LC")

    def states():
        return [row.state for row in needed(papers, YEAR, district, today=today)]

    assert states() == ["missing"] * 4
    one = file("1.1/plan", "1.2/plan", "1.3/meeting_minutes")
    assert states() == ["filed", "missing", "filed", "filed"]
    review(reviewer, one, items("1.1/plan"), accept=True)
    review(reviewer, one, items("1.2/plan"), accept=False, reason="不符")
    review(reviewer, one, items("1.3/meeting_minutes"), accept=True)
    Filing.objects.filter(pk=one.pk).update(expires=today + timedelta(days=10))
    assert states() == ["expiring", "missing", "returned", "expiring"]
    row = needed(papers, YEAR, district, today=today)[0]
    assert (row.units, row.filing) == ((city.unit("urban-management", "LC"),), one)
    assert [(one.needed, one.there, one.open) for one in progress(
        needed(papers, YEAR, district, today=today)
    )] == [(4, 2, 2)]  # fmt: skip
    assert [row.state for row in needed(papers, YEAR, city.division("XC"), today=today)] == (
        ["missing"] * 4
    )


def test_a_document_too_old_for_the_period_is_said_to_be(
    city, papers, file, items, reviewer, today
):
    one = file("1.3/meeting_minutes", dated=date(2024, 3, 1))
    review(reviewer, one, items("1.3/meeting_minutes"), accept=True)
    rows = needed(papers, YEAR, city.division("LC"), today=today)
    assert rows[3].state == "expired"
    assert any("12" in one.words for one in questions(one, list(one.uses.all()), today=today))


def test_the_same_file_again_is_shown_to_the_reviewer(city, english, file, unit, today):
    one = file("1.2/plan")
    file("1.1/plan")
    file("1.1/plan", dated=date(2026, 4, 1))
    said = [one.words for one in questions(one, list(one.uses.all()), today=today)]
    assert [words.partition(",")[0].partition(":")[0] for words in said] == [
        "The same file was filed before",
        "The same file was filed under another date",
    ]


@pytest.fixture
def english():
    from django.utils import translation

    with translation.override("en"):
        yield


def test_the_queue_has_the_oldest_first_and_nothing_of_ones_own(city, file, reviewer, items):
    office_user = city.user("creation-office")
    first, second, own = file("1.2/plan"), file("1.1/plan"), file("1.1/records", by=office_user)
    assert list(waiting(reviewer)) == [first, second, own]
    assert list(waiting(office_user)) == [first, second]
    review(reviewer, first, items("1.2/plan"), accept=True)
    assert list(waiting(office_user)) == [second]


# --- documents ---


@pytest.mark.parametrize(
    ("upload", "media_type"),
    [
        (pdf(), "application/pdf"),
        (office("word/document.xml"), "wordprocessingml.document"),
        (office("xl/workbook.xml", name="a.xlsx"), "spreadsheetml.sheet"),
        (office("ppt/presentation.xml", name="a.pptx"), "presentationml.presentation"),
        (office("OFD.xml", name="a.ofd"), "application/ofd"),
    ],
)
def test_a_documents_kind_is_found_in_its_content(db, upload, media_type):
    upload.seek(0)
    stored = store_document(upload, name="renamed.txt")
    assert stored.media_type.endswith(media_type)
    assert path_of(stored.sha256).read_bytes() == upload.getvalue()


def test_an_old_word_document_is_known_by_its_name_too(db):
    begin = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100
    assert store_document(io.BytesIO(begin), name="旧.DOC").media_type == "application/msword"
    with pytest.raises(BadFile):
        store_document(io.BytesIO(begin), name="setup.msi")


def test_a_picture_is_taken_without_what_the_camera_wrote(db, city):
    stored = store_document(city.jpeg(), name="scan.jpg")
    assert stored.media_type == "image/jpeg"
    with Image.open(path_of(stored.sha256)) as picture:
        assert not picture.getexif()


@pytest.mark.parametrize(
    "upload",
    [
        io.BytesIO(b""),
        io.BytesIO(b"MZ\x90\0 a program"),
        io.BytesIO(b"<html><script>alert(1)</script>"),
        io.BytesIO(b"PK\x03\x04 broken"),
        office("other/thing.txt"),
        office("word/document.xml", "word/vbaProject.bin"),
        io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le")),
    ],
)
def test_what_is_no_document_is_refused_and_leaves_nothing(db, upload):
    before = set(Path(settings.MEDIA_ROOT).rglob("*"))
    upload.seek(0)
    with pytest.raises(BadFile):
        store_document(upload, name="plan.doc")
    assert set(Path(settings.MEDIA_ROOT).rglob("*")) - before <= {Path(settings.MEDIA_ROOT)}
    assert not StoredFile.objects.exists()


class Zeros(io.RawIOBase):
    """A long file that takes no room."""

    def __init__(self, size):
        self.left, self.begun = size, False

    def read(self, size=-1):
        piece = min(size, self.left)
        self.left -= piece
        if not self.begun:
            self.begun = True
            return b"%PDF-1.7" + b"\0" * (piece - 8)
        return b"\0" * piece


def test_memory_does_not_grow_with_a_document(db):
    tracemalloc.start()
    stored = store_document(Zeros(60 * 1024**2), name="long.pdf")
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert stored.size == 60 * 1024**2
    assert most < 8 * 1024**2
    path_of(stored.sha256).unlink()


def test_more_than_the_limit_is_refused(db, monkeypatch):
    monkeypatch.setattr("meicheng.files.documents.LARGEST", 3 * 1024**2)
    with pytest.raises(BadFile, match="3 MB"):
        store_document(Zeros(5 * 1024**2), name="long.pdf")


def test_a_step_that_fails_leaves_all_as_it_was(file, items, reviewer, monkeypatch):
    one = file("1.2/plan")

    def fail(*_args, **_more):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("meicheng.materials.actions._record", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        review(reviewer, one, items("1.2/plan"), accept=True)
    assert not Observation.objects.exists()
    assert Use.objects.get().state == "filed"


def test_the_list_takes_no_more_statements_for_more_documents(city, papers, file, today):
    def statements():
        with CaptureQueriesContext(connection) as found:
            needed(papers, YEAR, city.division("LC"), today=today)
        return len(found)

    file("1.1/plan")
    few = statements()
    for code in ("1.1/records", "1.2/plan", "1.3/meeting_minutes"):
        file(code)
    assert statements() == few <= 5


def test_whoever_filed_what_is_returned_is_told_why(file, items, reviewer, worker):
    one = file("1.1/plan")
    review(reviewer, one, items("1.1/plan"), accept=False, reason="缺公章")
    event = Event.objects.get(verb="material_returned")
    for _time in range(2):
        tell_who_filed_it(event)
    notice = Notice.objects.get()
    assert (notice.person, notice.link) == (worker, f"/materials/{one.code}/")
    assert notice.body["values"] == {"text": "缺公章"}


@pytest.mark.parametrize(
    ("year", "dated", "expires", "asked"),
    [
        (2026, date(2026, 3, 1), None, ""),
        (2026, date(2024, 3, 1), None, "before"),
        (2026, date(2024, 3, 1), date(2026, 6, 30), ""),  # it holds into the year reviewed
        (2026, date(2024, 3, 1), date(2025, 6, 30), "before"),
        (2025, date(2026, 3, 1), None, "after"),
    ],
)
def test_a_date_is_held_against_the_year_reviewed(file, items, year, dated, expires, asked, today):
    one = file("1.1/plan", dated=dated, expires=expires, year=year)
    found = [question.key for question in questions(one, one.uses.all(), today=today)]
    assert [key for key in found if key in {"before", "after", "old"}] == ([asked] if asked else [])


def test_where_a_rule_names_an_age_it_is_counted_from_the_end_of_the_year_reviewed(file, today):
    # minutes of 12 months: for the review of 2025 from 1 January 2025 on
    good = file("1.3/meeting_minutes", dated=date(2025, 1, 1), year=2025)
    late = file("1.3/meeting_minutes", dated=date(2024, 12, 31), year=2025, words="late")
    assert "old" not in [one.key for one in questions(good, good.uses.all(), today=today)]
    assert "old" in [one.key for one in questions(late, late.uses.all(), today=today)]


def test_a_year_that_is_not_under_review_is_refused(file):
    with pytest.raises(BadMaterial, match="1980"):
        file("1.1/plan", year=1980)
    assert not Filing.objects.exists()


def test_who_files_for_the_unit_is_told_of_each_end_once(file, items, reviewer, worker, today):
    one = file("1.1/plan", title="Licence", expires=today + timedelta(days=40), dated=today)
    review(reviewer, one, items("1.1/plan"), accept=True)
    assert warn_of_expiry(today) > 0
    assert warn_of_expiry(today + timedelta(days=1)) == 0
    assert warn_of_expiry(today + timedelta(days=30)) > 0  # ten days left
    told = Notice.objects.filter(person=worker, kind="material.expiring")
    assert told.count() == 2
    assert told[0].link == f"/materials/{one.code}/"
