"""Years of a hotline's records from files: reports with their cases, real times, no names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from meicheng.cases.models import Case
from meicheng.exchange.running import import_file
from meicheng.exchange.writing import export_file
from meicheng.ledger.models import CaseTally, Event
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.organisation.models import Unit
from meicheng.tables.kinds import Refused, all_kinds, kind_of
from meicheng.voices.codes import read_code
from meicheng.voices.models import Report

OWN = "source_system,number,body,reported_at"
MESSAGES = "message_id,user,subject,created_at,body,reply,replied_at\n"
NYC = (
    "Unique Key,Created Date,Closed Date,Due Date,Agency,Agency Name,Complaint Type,Descriptor,"
    "Location Type,Incident Address,Intersection Street 1,Intersection Street 2,Status,"
    "Resolution Description,Borough,Park Borough,Latitude,Longitude\n"
)


def report(number="1", **more):
    """A file of one report in our own format, with what the test says."""
    cells = {"source_system": "12345", "number": number, "body": "路灯不亮", **more}
    cells.setdefault("reported_at", "2026-09-01 20:15:00")
    return ",".join(cells) + "\n" + ",".join(f'"{cell}"' for cell in cells.values()) + "\n"


def sound():
    """Whether counters hold what is counted and every chain holds."""
    assert rebuild(check=True) == []
    assert not verify().faults


def test_an_answered_message_becomes_a_closed_case_with_its_real_times(city, bring):
    counts = bring(
        "reports",
        MESSAGES
        + "2554,A00023583,路灯不亮,2019/4/24 16:03:40,路灯三天没亮了,您好，已修好。,2019/5/9 9:49:10\n",
        mapping="citizen-messages",
    )
    assert counts.imported == 1
    case = Case.objects.get()
    assert case.number == "A-20190424-0001"
    assert (case.kind_id, case.state) == ("lamp-out", "closed")
    assert case.reported_at == datetime(2019, 4, 24, 8, 3, 40, tzinfo=UTC)
    assert case.closed_at == datetime(2019, 5, 9, 1, 49, 10, tzinfo=UTC)
    verbs = list(Event.objects.filter(chain=case.chain).values_list("verb", flat=True))
    assert verbs == ["reported", "register", "close"]
    report = case.reports.get()
    assert report.state == "answered"
    assert read_code(report.code) == report.code  # whoever has it can follow it
    sound()


def test_a_message_without_an_answer_waits_at_the_desk(city, bring):
    bring(
        "reports",
        MESSAGES + "1,A1,路灯,2019/4/24,路灯三天没亮了,,\n",
        mapping="citizen-messages",
    )
    assert Case.objects.get().state == "reported"
    assert Report.objects.get().state == "received"


def test_no_name_is_kept_not_even_in_the_reply(city, bring):
    rows = "7,张三丰,问,2019/4/24 1:00:00,我是张三丰,网友“张三丰”：您好,2019/4/25 1:00:00\n"
    bring(
        "reports",
        MESSAGES + rows + rows.replace("7,", "8,", 1),
        mapping="citizen-messages",
    )
    first, second = Report.objects.order_by("pk")
    assert first.reporter == second.reporter
    assert first.reporter.startswith("P-")
    for model in (Report, Case, Event):
        for row in model.objects.values():
            assert "张三丰" not in str(row)


def test_requests_of_another_city_keep_their_times_agency_and_words(city, bring):
    counts = bring(
        "reports",
        NYC + "52547667,07/04/2021 02:07:21 PM,07/06/2021 09:00:00 AM,08/03/2021 02:07:21 PM,DOT,"
        "Department of Transportation,Street Light Condition,Street Light Out,Street,"
        "128 MOTT STREET,,,Closed,Repaired.,MANHATTAN,MANHATTAN,40.7183,-73.9967\n",
        mapping="nyc311",
    )
    assert counts.imported == 1
    case = Case.objects.get()
    assert case.reported_at == datetime(2021, 7, 4, 18, 7, 21, tzinfo=UTC)  # summer time
    assert (case.kind_id, case.unit.code, case.outcome) == ("lamp-out", "DOT", "Repaired.")
    assert case.division.code == "CITY"
    assert case.longitude is None  # not on this city's map, but not lost
    kept = Report.objects.get().extra
    assert kept["position (WGS-84)"] == "-73.9967, 40.7183"
    assert kept["Descriptor"] == "Street Light Out"
    assert Unit.objects.get(code="DOT").name_en.startswith("New York")
    tally = CaseTally.objects.get(month=202108)
    assert (tally.due, tally.on_time) == (1, 1)
    sound()


@pytest.mark.parametrize(
    ("more", "receipt", "answer"),  # (in time, known) of one received case
    [
        ({"state": "reported"}, (0, 1), (0, 1)),  # nobody has it yet: late so far
        ({"state": "dispatched", "unit": "UNIT"}, (0, 0), (0, 1)),  # nobody knows since when
        ({"closed_at": "2026-09-02 10:00:00"}, (0, 0), (1, 1)),
        ({"closed_at": "2026-10-30 10:00:00"}, (0, 0), (0, 1)),
        ({"closed_at": "2026-10-30", "replied_at": "2026-09-02"}, (0, 0), (1, 1)),
        ({"state": "turned_down", "closed_at": "2026-09-02 08:30:00"}, (1, 1), (1, 1)),
    ],
)
def test_a_file_that_does_not_tell_what_was_in_time_makes_no_one_late(
    city, bring, more, receipt, answer
):
    unit = {"unit": city.unit().code} if "unit" in more else {}
    assert bring("reports", report(**{**more, **unit})).imported == 1
    tally = CaseTally.objects.get(month=202609)
    assert tally.received == 1
    assert (tally.received_in_time, tally.receipt_known) == receipt
    assert (tally.answered_in_time, tally.answer_known) == answer
    sound()


def test_what_a_unit_had_before_the_import_stays_unknown_when_it_goes_on_with_it(city, bring):
    bring("reports", report(state="dispatched", unit=city.unit().code, division="LC0101"))
    case = city.take(Case.objects.get(), "accept")
    assert (case.received_in_time, case.receipt_unknown) == (None, True)
    sound()


def test_a_closing_date_of_a_request_that_is_open_does_not_close_it(city, bring):
    bring(
        "reports",
        NYC + "1,03/11/2012 02:52:49 PM,01/01/1900 12:00:00 AM,,DOHMH,,Rodent,Rat Sighting,,,,,"
        "Assigned,,BRONX,BRONX,,\n",
        mapping="nyc311",
    )
    case = Case.objects.get()
    assert (case.state, case.closed_at) == ("dispatched", None)


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"reported_at": "2999-01-01"}, "reported_at"),
        ({"reported_at": "04/05/2026"}, "reported_at"),
        ({"reported_at": ""}, "reported_at"),
        ({"body": " "}, "body"),
        ({"body": "字" * 100_000}, "body"),
        ({"kind": "no-such-kind"}, "kind"),
        ({"division": "Atlantis"}, "division"),
        ({"unit": "no-such-unit"}, "unit"),
        ({"state": "perhaps"}, "state"),
        ({"state": "closed"}, ""),
        ({"closed_at": "2026-08-01"}, "closed_at"),
        ({"due_at": "2026-08-01"}, "due_at"),
        ({"rating": "6"}, "rating"),
        ({"votes": "-1"}, "votes"),
        ({"longitude": "2.35", "latitude": "48.85"}, "longitude"),
    ],
)
def test_a_report_that_cannot_be_so_is_refused_with_its_column(city, bring, more, column):
    counts = bring("reports", report(**more))
    assert counts.rejected == 1
    assert counts.first_rejected[0].column in {column, "closed_at"}
    assert not Report.objects.exists()
    assert not Case.objects.exists()


def test_a_position_finds_its_community(city, bring):
    site = city.site(division="XC0101")
    bring("reports", report(longitude=site.longitude, latitude=site.latitude))
    assert Case.objects.get().division.code == "XC0101"


def test_the_same_number_of_the_same_system_counts_once(city, bring):
    rows = report() + report().splitlines()[1] + "\n"
    counts = bring("reports", rows)
    assert (counts.imported, counts.duplicates) == (1, 1)
    assert bring("reports", rows).duplicates == 2
    assert bring("reports", report().replace("12345", "54321")).imported == 1


def test_reports_without_numbers_are_known_by_their_words(city, bring):
    rows = "body,reported_at\n路灯不亮,2026-09-01\n路灯不亮,2026-09-01\n井盖缺失,2026-09-01\n"
    assert bring("reports", rows).imported == 3
    assert bring("reports", rows).duplicates == 3


def test_a_batch_that_is_tried_again_knows_its_rows_by_the_same_numbers(city, bring, monkeypatch):
    kind = kind_of("reports")
    tried = []

    def take(rows, taking):
        tried.append([row.values["number"] for row in rows])
        outcomes = kind.take(rows, taking)
        if len(tried) == 1:
            raise IntegrityError("somebody was faster")
        return outcomes

    monkeypatch.setitem(all_kinds(), "reports", replace(kind, take=take))
    assert bring("reports", "body,reported_at\n路灯不亮,2026-09-01\n").imported == 1
    assert tried[0] == tried[1]
    assert Report.objects.count() == 1


def test_a_dry_run_of_reports_writes_nothing_and_counts_duplicates(city, bring):
    rows = report() + report().splitlines()[1] + "\n"
    counts = bring("reports", rows, dry_run=True)
    assert (counts.imported, counts.duplicates) == (1, 1)
    assert not Report.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize("form", ["csv", "xlsx", "geojson"])
def test_reports_out_and_in_again_change_nothing(city, bring, tmp_path, form):
    city.report()
    bring("reports", report(extra='{""a"": ""b""}', subject="=1+1"))
    path = tmp_path / f"out.{form}"
    assert export_file(kind_of("reports"), path) == 2
    counts = import_file(kind_of("reports"), path)
    assert counts.duplicates == 2


def test_what_is_exported_comes_back_the_same_in_another_city(city, bring, tmp_path):
    for number, state in enumerate(["reported", "registered", "dispatched", "closed"]):
        city_unit = city.unit().code
        bring(
            "reports",
            report(
                number=str(number),
                state=state,
                unit=city_unit,
                closed_at="2026-09-02 08:00:00" if state == "closed" else "",
                extra='{""a"": ""b""}',
                votes=number,
            ),
        )
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    export_file(kind_of("reports"), first)
    Report.objects.all().delete()
    assert import_file(kind_of("reports"), first).imported == 4
    export_file(kind_of("reports"), second)
    assert first.read_bytes() == second.read_bytes()


def test_no_citizens_name_leaves_the_house(city, tmp_path):
    city.report(reporter="孙先生", reply="孙先生：您好，灯亮了。")
    path = tmp_path / "out.csv"
    export_file(kind_of("reports"), path)
    text = path.read_text(encoding="utf-8-sig")
    assert "灯亮了" in text
    assert "孙先生" not in text


def test_no_citizens_number_leaves_the_house(city, bring, tmp_path):
    bring("reports", report(body="请回电 13800001234", 备注="或 13900005678"))
    path = tmp_path / "out.csv"
    export_file(kind_of("reports"), path)
    text = path.read_text(encoding="utf-8-sig")
    for number, masked in (("13800001234", "138****1234"), ("13900005678", "139****5678")):
        assert number not in text
        assert masked in text
    assert import_file(kind_of("reports"), path).duplicates == 1


def test_without_kinds_of_cases_the_way_out_is_named(db, bring):
    with pytest.raises(Refused, match="meicheng setup"):
        bring("reports", report())


def test_a_hotlines_subject_means_a_kind_of_case(city, bring):
    topics = "level1,level2,level3,kind\n城乡建设,市政管理,路灯,lamp-out\n城乡建设,,,\n"
    assert bring("topics", topics).imported == 2
    assert bring("topics", topics).duplicates == 2
    assert bring("topics", "level1,kind\n城乡建设,nothing\n").rejected == 1
    bring("reports", report(kind="城乡建设/市政管理/路灯", body="又黑了"))
    assert Case.objects.get().kind_id == "lamp-out"


def test_work_orders_of_another_hotline_become_reports_without_numbers_of_callers(city, bring):
    heads = "工单编号,来电时间,来电人,联系电话,诉求标题,诉求内容,诉求类型,所属区域,详细地址,承办单位,办理时限,工单状态,办结时间,答复内容,满意度,来电渠道,联系人,回访电话"
    counts = bring(
        "reports",
        heads + "\n"
        "GD001,2026-09-01 20:15:00,李雷,13800001234,路灯不亮,路灯三天没亮了,市政设施,杏川区,杏川路口,"
        "照明管理所,2026-09-03 18:00:00,已归档,2026-09-02 16:40:00,已修好,非常满意,电话,李雷,13800005555\n"
        "GD002,2026/9/2 08:00,,13900009999,垃圾,路边有一堆垃圾,环境卫生,柳池区,,,,办理中,,,,电话,,\n"
        "GD003,2026-09-02,,,,,,,,,,办理中,,,,电话,,\n",
        mapping="hotline-12345",
    )
    assert (counts.imported, counts.rejected) == (2, 1)
    lamp, litter = Report.objects.order_by("external_number")
    assert (lamp.kind_id, lamp.case.state, lamp.rating) == ("lamp-out", "closed", 5)
    assert lamp.division == city.division("XC")
    assert (lamp.case.unit.name_zh, lamp.reply) == ("照明管理所", "已修好")
    assert lamp.reporter.startswith("P-")
    assert (litter.case.state, litter.source) == ("registered", "hotline"), "no unit is named"
    assert lamp.extra["来电渠道"] == "电话"
    assert "李雷" not in str(vars(lamp))
    for one in (lamp, litter):
        assert "1380000" not in str(vars(one)) + str(one.extra)
        assert "1390000" not in str(vars(one)) + str(one.extra)
    sound()
