"""The import page: send, look, check, import, correct, and make a mapping."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from meicheng.exchange import keeping
from meicheng.exchange.models import ImportRun, Mapping
from meicheng.exchange.tasks import read_file, take_up_again
from meicheng.notices.models import Notice
from meicheng.places.models import Site
from meicheng.voices.models import Report

SITES = "code,name_zh,kind,division\n"
GOOD = "S1,一巷,back-lane,LC0101\n"
BAD = "S2,二巷,nothing,LC0101\n"


@pytest.fixture
def office(city, client):
    """The creation office at its screen."""
    person = city.user("creation-office")
    person.language = "en"
    person.save()
    client.force_login(person)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def send(office):
    """Send a file; gives its run."""

    def send(text, kind="sites", name="sent.csv"):
        content = text if isinstance(text, bytes) else text.encode()
        answer = office.post(
            reverse("exchange:imports"), {"kind": kind, "file": SimpleUploadedFile(name, content)}
        )
        assert answer.status_code == 302, answer.content.decode()
        return ImportRun.objects.latest("pk")

    return send


@pytest.fixture
def read(office):
    """Press a button of a run and let the worker do its work; gives the run."""

    def read(run, what="import"):
        office.post(reverse("exchange:start", args=[run.pk]), {"what": what})
        read_file.func(run.pk)
        run.refresh_from_db()
        return run

    return read


def page(office, run):
    answer = office.get(reverse("exchange:run", args=[run.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_file_is_shown_as_it_is_understood_before_anything_changes(office, send):
    text = page(office, send(SITES + GOOD + BAD))
    assert "一巷" in text
    assert "“nothing”" not in text  # only an import asks the database
    assert not Site.objects.exists()


def test_a_file_that_cannot_be_read_says_why_on_its_page(office, send):
    assert "PDF" in page(office, send(b"%PDF-1.7 ...."))


def test_a_check_counts_and_changes_nothing(office, send, read):
    run = read(send(SITES + GOOD + BAD), "check")
    assert (run.state, run.read, run.imported, run.rejected) == ("done", 2, 1, 1)
    assert not Site.objects.exists()
    assert "“nothing” is not known here" in page(office, run)


def test_an_import_ends_with_its_counts_and_the_sent_file_is_gone(office, send, read):
    run = read(send(SITES + GOOD + BAD))
    assert (run.read, run.imported, run.duplicates, run.rejected) == (2, 1, 0, 1)
    assert Site.objects.get().code == "S1"
    assert not keeping.sent_file(run).exists()
    assert "“nothing” is not known here" in page(office, run)


def test_the_file_with_reasons_is_corrected_and_sent_again(office, send, read):
    run = read(send(SITES + GOOD + BAD))
    answer = office.get(reverse("exchange:errors", args=[run.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "“nothing”" in text
    again = read(send(text.replace("nothing", "back-lane").encode()))
    assert (again.imported, again.duplicates, again.rejected) == (1, 1, 0)


def test_a_mapping_that_fits_is_found_by_the_headings(office, send):
    run = send(
        "message_id,user,subject,created_at,body,against,votes\n1,A1,灯,2019/4/24,灯不亮,0,3\n",
        kind="reports",
    )
    assert run.mapping == "citizen-messages"


def test_somebody_makes_a_mapping_from_what_is_guessed(office, send, read):
    run = send("工单号,来电内容,受理时间\n7,路灯不亮,2026-09-01 08:00\n", kind="reports")
    assert "no column for" in page(office, run)
    address = reverse("exchange:mapping", args=[run.pk])
    form = office.get(address).content.decode()
    assert '<option value="工单号" selected>' in form
    assert '<option value="受理时间" selected>' in form
    answer = office.post(
        address,
        {
            "as": "choices",
            "name": "our-hotline",
            "from-number": "工单号",
            "from-body": "来电内容",
            "from-reported_at": "受理时间",
            "lenient": ["unknown_division"],
        },
    )
    assert answer.status_code == 302
    assert Mapping.objects.get().document["columns"]["source_system"] == {"value": "our-hotline"}
    run.refresh_from_db()
    assert read(run).imported == 1
    report = Report.objects.get()
    assert (report.source_system, report.external_number) == ("our-hotline", "7")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"as": "yaml", "name": "x1", "yaml": "columns: ["}, "no YAML"),
        ({"as": "yaml", "name": "x1", "yaml": "columns: {nothing: a}"}, "nothing"),
        ({"as": "yaml", "name": "x1", "yaml": "columns: {body: {find: '('}}"}, "body"),
        ({"as": "choices", "name": "Not A Name"}, "no name"),
        ({"as": "choices", "name": "nyc311"}, "comes with the product"),
    ],
)
def test_a_mapping_that_is_not_in_order_is_told_so(office, send, data, says):
    run = send("工单号,内容\n7,路灯不亮\n", kind="reports")
    answer = office.post(reverse("exchange:mapping", args=[run.pk]), data)
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert not Mapping.objects.exists()


def test_what_waits_shows_how_far_it_is_and_asks_again(office, send):
    run = send(SITES + GOOD)
    office.post(reverse("exchange:start", args=[run.pk]), {"what": "import"})
    assert 'hx-trigger="every 1s"' in page(office, run)
    ImportRun.objects.update(state="running", read=500, expected=1000)
    answer = office.get(reverse("exchange:progress", args=[run.pk]))
    assert 'aria-valuenow="50"' in answer.content.decode()
    assert "HX-Refresh" not in answer
    ImportRun.objects.update(state="done")
    assert office.get(reverse("exchange:progress", args=[run.pk]))["HX-Refresh"] == "true"


def test_a_run_whose_worker_was_killed_can_be_taken_up_again(office, send, read):
    run = send(SITES + GOOD)
    office.post(reverse("exchange:start", args=[run.pk]), {"what": "import"})
    ImportRun.objects.update(state="running", moved_at=timezone.now() - timedelta(minutes=5))
    assert "worker was stopped" in page(office, run)
    assert read(run).imported == 1


def test_a_worker_takes_up_what_another_has_lost(office, send):
    run = send(SITES + GOOD)
    office.post(reverse("exchange:start", args=[run.pk]), {"what": "import"})
    ImportRun.objects.update(state="running")
    assert take_up_again(at_once=True) == 0  # it still moves
    ImportRun.objects.update(moved_at=timezone.now() - timedelta(minutes=5))
    assert take_up_again(at_once=True) == 1
    assert take_up_again(at_once=True) == 0
    read_file.func(run.pk)
    run.refresh_from_db()
    assert (run.state, run.imported) == ("done", 1)


def test_a_worker_takes_up_what_another_took_and_never_began(office, send):
    run = send(SITES + GOOD)
    office.post(reverse("exchange:start", args=[run.pk]), {"what": "import"})
    ImportRun.objects.update(moved_at=timezone.now() - timedelta(minutes=5))
    assert take_up_again(at_once=True) == 1
    for _task in range(2):  # that of the worker that was slow, not dead, too
        read_file.func(run.pk)
    run.refresh_from_db()
    assert (run.state, run.imported) == ("done", 1)


def test_the_same_run_is_not_started_twice(office, send):
    run = send(SITES + GOOD)
    for _time in range(2):
        office.post(reverse("exchange:start", args=[run.pk]), {"what": "import"})
    assert "being read already" in page(office, run)


def test_files_are_forgotten_after_a_week(office, send):
    run = send(SITES + GOOD)
    old = timezone.now() - timedelta(days=8)
    ImportRun.objects.update(started_at=old, moved_at=old)
    assert keeping.tidy() == 1
    assert "no longer kept" in page(office, run)


def test_a_file_that_is_too_large_is_refused(office, settings):
    settings.IMPORT_LIMIT = 10
    answer = office.post(
        reverse("exchange:imports"),
        {"kind": "sites", "file": SimpleUploadedFile("a.csv", (SITES + GOOD).encode())},
    )
    assert answer.status_code == 400
    assert not ImportRun.objects.exists()


def test_only_who_may_import_a_kind_sees_it(city, client):
    person = city.user("dispatcher")
    client.force_login(person)
    assert client.get(reverse("exchange:imports")).status_code == 403
    lead = city.user("district-lead")
    client.force_login(lead)
    answer = client.get(reverse("exchange:imports"))
    assert answer.status_code == 200
    assert not answer.context["kinds"]
    administrator = city.user("administrator")
    client.force_login(administrator)
    codes = [kind.code for kind in client.get(reverse("exchange:imports")).context["kinds"]]
    assert codes == ["people"]


def test_a_district_exports_what_is_its_own(city, client):
    city.site(division="LC0101", name="柳池一巷")
    city.site(division="XC0101", name="杏川一巷")
    client.force_login(city.user("district-lead"))
    answer = client.get(reverse("exchange:export", args=["sites", "csv"]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "柳池一巷" in text
    assert "杏川一巷" not in text


def test_templates_are_workbooks_with_an_example(office):
    answer = office.get(reverse("exchange:template", args=["reports", "xlsx"]))
    content = io.BytesIO(b"".join(answer.streaming_content))
    assert content.read(2) == b"PK"


@pytest.mark.parametrize("rows", [2, 40])
def test_the_pages_ask_the_database_as_often_for_few_as_for_many(
    office, send, read, rows, django_assert_max_num_queries
):
    run = read(send(SITES + "".join(f"B{n},巷,nothing,LC\n" for n in range(rows))), "check")
    for number in range(rows):
        ImportRun.objects.create(kind="sites", file_name=f"{number}.csv", by=run.by)
    with django_assert_max_num_queries(12):
        office.get(reverse("exchange:imports"))
    with django_assert_max_num_queries(12):
        page(office, run)


def test_a_standard_is_checked_on_its_page(office, send, read):
    text = (
        'framework: f\nedition: "1"\nname: {zh: 甲, en: A}\nfull_marks: 0\nnodes:\n- code: "1"\n'
        "  name: {zh: 一}\n  weight: 1\n  criteria:\n  - {code: a, name: {zh: 乙}, weight: 1, "
        "method: field, rule: {kind: pass_rate}}\n"
    )
    assert "line 4" in page(office, send(text, kind="standard", name="s.yaml"))
    run = send(text.replace("full_marks: 0", "full_marks: 9"), kind="standard", name="s.yaml")
    assert "Criteria: 1" in page(office, run)
    assert read(run).imported == 1
    listing = office.get(reverse("exchange:imports")).content.decode()
    assert "?framework=f&amp;edition=1" in listing
    answer = office.get(reverse("exchange:export", args=["standard", "yaml"]) + "?framework=f")
    assert b"framework: f" in b"".join(answer.streaming_content)


def test_whoever_started_an_import_is_told_how_it_ended_and_nothing_of_a_check(office, send, read):
    read(send(SITES + GOOD + BAD), "check")
    assert not Notice.objects.exists()
    run = read(send(SITES + GOOD + BAD))
    notice = Notice.objects.get()
    assert (notice.person, notice.link) == (run.by, f"/import/{run.pk}/")
    assert notice.body["values"] == {"imported": 1, "rejected": 1}
