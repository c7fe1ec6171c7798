"""The pages on which units file and reviewers judge, and the whole set as a ZIP."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from meicheng.files.documents import store_document
from meicheng.ledger.actions import new_observation, observe
from meicheng.materials.actions import review
from meicheng.materials.models import Filing, Use

from .conftest import pdf

ASKED = "framework=papers&edition=1&year=2026&division=LC"


@pytest.fixture
def enter(client):
    def sign_in(user):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def send(client, *codes, **said):
    address = "/materials/file?" + "&".join(f"item=papers/{code}" for code in codes)
    key = re.search(r'name="key" value="(\w+)"', client.get(address).content.decode())[1]
    fields = {
        "key": key,
        "unit": "urban-management-LC",
        "title": "Plan of 2026",
        "year": "2026",
        "dated": "2026-03-01",
        "document": pdf(),
        "item": [f"papers/{code}" for code in codes],
        **said,
    }
    return client.post(address, fields)


def test_a_unit_files_a_document_and_a_reviewer_accepts_it(enter, items, worker, reviewer):
    client = enter(worker)
    assert "File it" in client.get(f"/materials/?{ASKED}").content.decode()
    sent = send(client, "1.1/plan", "1.2/plan")
    one = Filing.objects.get()
    assert sent.headers["Location"] == f"/materials/{one.code}/"
    page = client.get(sent.headers["Location"]).content.decode()
    assert "Take it back" in page
    assert 'value="accept"' not in page
    client = enter(reviewer)
    assert client.get("/materials/review").headers["Location"] == f"/materials/{one.code}/"
    fields = {"verdict": "accept", "item": ["papers/1.1/plan", "papers/1.2/plan"]}
    client.post(f"/materials/{one.code}/review", fields)
    assert [use.state for use in Use.objects.all()] == ["accepted", "accepted"]
    answer = client.get("/materials/review", follow=True)
    assert "Nothing waits for a review." in answer.content.decode()


def test_the_filing_page_proposes_what_the_document_proves_as_well(enter, papers, worker):
    page = enter(worker).get("/materials/file?item=papers/1.1/plan")
    assert [row.item.code for row in page.context["others"]] == ["papers/1.2/plan"]


def test_a_return_without_a_reason_says_so_and_changes_nothing(enter, file, reviewer):
    one = file("1.2/plan")
    fields = {"verdict": "return", "item": ["papers/1.2/plan"], "reason": ""}
    answer = enter(reviewer).post(f"/materials/{one.code}/review", fields)
    assert answer.status_code == 409
    assert "Say why it is returned" in answer.content.decode()
    assert Use.objects.get().state == "filed"


def test_what_is_no_document_keeps_what_was_filled_in(enter, papers, worker):
    lie = io.BytesIO(b"MZ a program")
    lie.name = "plan.pdf"
    answer = send(enter(worker), "1.2/plan", document=lie, title="My own title")
    assert answer.status_code == 400
    assert "is no document that can be filed" in answer.content.decode()
    assert "My own title" in answer.content.decode()
    assert not Filing.objects.exists()


def test_somebody_of_another_unit_sees_no_filing_and_no_document(city, enter, file):
    one = file("1.2/plan")
    client = enter(city.user("unit-worker", unit=city.unit("health", "LC")))
    assert client.get(f"/materials/{one.code}/").status_code == 404
    assert client.get(f"/materials/{one.code}/document").status_code == 404
    assert client.post(f"/materials/{one.code}/withdraw").status_code == 404


def test_a_document_is_shown_on_its_page_as_it_was_filed_and_to_no_other_site(
    enter, file, reviewer
):
    one = file("1.2/plan")
    client = enter(reviewer)
    assert (
        f'<iframe class="preview" src="/materials/{one.code}/document#'
        in client.get(f"/materials/{one.code}/").content.decode()
    )
    answer = client.get(f"/materials/{one.code}/document")
    assert b"".join(answer.streaming_content) == pdf().getvalue()
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy


def test_a_picture_is_shown_in_a_sandbox(city, enter, file, reviewer, worker):
    one = file("1.2/plan", file=store_document(city.jpeg(), by=worker, name="a.jpg"))
    answer = enter(reviewer).get(f"/materials/{one.code}/document")
    assert answer["Content-Security-Policy"].startswith("sandbox;")
    assert (
        f'<img src="/materials/{one.code}/document"'
        in enter(reviewer).get(f"/materials/{one.code}/").content.decode()
    )


def test_choosing_a_file_that_is_on_file_already_says_so_before_it_is_sent(enter, file, worker):
    one = file("1.2/plan")
    client = enter(worker)
    part = client.get(f"/materials/same?sha256={one.file.sha256}").content.decode()
    assert f"The same file was filed before, dated 2026-03-01 ({one.code})" in part
    assert f'name="sure" value="same:{one.code}"' in part
    other = client.get(f"/materials/same?sha256={'0' * 64}").content.decode()
    assert "same file" not in other


def test_what_is_odd_is_said_before_the_document_is_filed_and_nothing_is_sent_twice(
    enter, file, worker
):
    first = file("1.2/plan", words="again")
    client = enter(worker)
    answer = send(client, "1.1/plan", document=pdf("again"), dated="2024-05-02")
    page = answer.content.decode()
    assert f"The same file was filed under another date: 2026-03-01 ({first.code})" in page
    assert "It is dated 2024-05-02, before the year reviewed, 2026" in page
    assert "File it all the same" in page
    assert Filing.objects.count() == 1
    hidden = dict(re.findall(r'name="(key|kept|sure)" value="([^"]+)"', page))
    fields = {
        **hidden, "unit": "urban-management-LC", "title": "Plan", "year": "2026",
        "dated": "2024-05-02", "item": ["papers/1.1/plan"],
    }  # fmt: skip
    changed = client.post("/materials/file", {**fields, "dated": "2023-01-01", "sure": "same:x"})
    assert changed.status_code == 200
    assert Filing.objects.count() == 1
    client.post("/materials/file", fields)
    assert Filing.objects.latest("pk").file == first.file
    assert Filing.objects.latest("pk").file_name == "plan.pdf"


def test_a_form_cannot_make_up_a_document_that_it_carries(enter, file, worker):
    one = file("1.2/plan")
    answer = send(enter(worker), "1.1/plan", document="", kept=f"{one.file.sha256}:forged")
    assert answer.status_code == 400
    assert "This field is required" in answer.content.decode()
    assert Filing.objects.count() == 1


def test_todays_page_tells_what_ends_what_was_returned_and_what_waits(
    enter, file, items, reviewer, worker, today
):
    ending = file("1.2/plan", title="Licence", expires=today + timedelta(days=20), dated=today)
    review(reviewer, ending, items("1.2/plan"), accept=True)
    bad = file("1.1/records", words="bad")
    review(reviewer, bad, items("1.1/records"), accept=False, reason="no seal")
    file("1.1/plan", words="new")
    page = enter(worker).get("/").content.decode()
    assert "Licence" in page
    assert "1 document was returned" in page
    assert "1 document waits for your review" in enter(reviewer).get("/").content.decode()


def test_the_whole_set_has_each_document_once_and_an_index_of_all(
    city, enter, file, items, reviewer
):
    one = file("1.1/plan", "1.2/plan", title="方案：2026/最终?")
    review(reviewer, one, items("1.1/plan", "1.2/plan"), accept=True)
    file("1.1/records")
    answer = enter(reviewer).get(f"/materials/materials.zip?{ASKED}")
    content = io.BytesIO(b"".join(answer.streaming_content))
    with zipfile.ZipFile(content) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        index = load_workbook(io.BytesIO(archive.read("index.xlsx"))).active
        page = archive.read("index.html").decode()
        document = next(name for name in names if name.endswith(".pdf"))
        assert archive.read(document) == pdf().getvalue()
    assert len(names) == 3
    assert not set(':*?"<>|\\') & set(document)
    rows = list(index.iter_rows(min_row=3, values_only=True))
    assert [(row[2], row[9] or "") for row in rows] == [
        ("1.1", document), ("1.1", ""), ("1.2", document), ("1.3", "")
    ]  # fmt: skip
    assert page.count(f'href="{document}"') == 2


def test_two_documents_of_one_name_stand_side_by_side(enter, file, items, reviewer):
    for words, code in (("甲", "1.1/plan"), ("乙", "1.1/records")):
        one = file(code, words=words, title="同名")
        review(reviewer, one, items(code), accept=True)
    answer = enter(reviewer).get(f"/materials/materials.zip?{ASKED}")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        found = [name for name in archive.namelist() if name.endswith(".pdf")]
    assert len(set(found)) == 2


def test_the_workbook_has_what_the_page_shows(enter, file, reviewer):
    file("1.1/plan")
    answer = enter(reviewer).get(f"/materials/materials.xlsx?{ASKED}&state=filed")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert rows[0][:3] == ("Standard of papers 1", "the year 2026", rows[0][2])
    assert [(row[1], row[5]) for row in rows[2:]] == [("1.1", "to be reviewed")]


@pytest.mark.parametrize(
    "asked", ["framework=none", "year=soon", "division=NOWHERE", "state=strange"]
)
def test_a_question_that_means_nothing_is_said_and_the_usual_shown(enter, papers, reviewer, asked):
    answer = enter(reviewer).get(f"/materials/?{asked}")
    assert answer.status_code == 400
    assert answer.context["asked"].problems


def test_a_material_that_is_none_is_not_there(enter, papers, worker):
    assert enter(worker).get("/materials/file?item=papers/9.9/none").status_code == 404


def test_the_pages_take_no_more_statements_for_more_documents(enter, file, reviewer, items, worker):
    client = enter(reviewer)

    def statements(one):
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"/materials/?{ASKED}").status_code == 200
            assert client.get(f"/materials/{one.code}/").status_code == 200
        return len(found)

    one = file("1.1/plan")
    few = statements(one)
    other = file("1.1/plan", "1.1/records", "1.2/plan", "1.3/meeting_minutes", words="二")
    for number in range(3):
        file("1.1/plan", words=f"{number}", dated=date(2026, 2, 1))
    assert statements(other) <= few <= 32


def test_a_file_stored_twice_is_one(worker):
    assert store_document(pdf(), by=worker) == store_document(pdf(), by=worker)


@pytest.mark.parametrize("verdict", ["", "return"])
def test_what_an_import_accepted_ships_no_document_that_nobody_accepted(
    city, enter, file, items, reviewer, verdict
):
    at = timezone.make_aware(datetime(2026, 2, 1, 12))
    observe(
        [
            new_observation(
                item=items("1.2/plan")[0], division=city.division("LC"), observed_at=at,
                value="accepted", by=None,
            )
        ]
    )  # fmt: skip
    one = file("1.2/plan", dated=date(2026, 1, 5))
    if verdict:
        review(reviewer, one, items("1.2/plan"), accept=False, reason="不符")
    answer = enter(reviewer).get(f"/materials/materials.zip?{ASKED}")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".pdf")]
        index = load_workbook(io.BytesIO(archive.read("index.xlsx"))).active
    row = next(iter(index.iter_rows(min_row=5, max_row=5, values_only=True)))
    assert (row[2], row[6], row[7] or "", row[9] or "") == ("1.2", "accepted", "", "")
