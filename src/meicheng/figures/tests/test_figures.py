"""Units type, paste and send figures; closed periods stay closed; events that rule out are told."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from meicheng.assessment.periods import parse_period
from meicheng.assessment.queries import assess
from meicheng.exchange.running import import_file
from meicheng.figures.actions import BadFigure, Entry, enter, record_event, record_near_miss
from meicheng.figures.checks import jumps
from meicheng.figures.models import NearMiss
from meicheng.figures.queries import asked_of, vetoes
from meicheng.ledger.actions import new_observation, observe
from meicheng.ledger.frozen import BadFreeze, freeze, lift
from meicheng.ledger.models import Event, FrozenPeriod, Observation
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.organisation.permissions import NotAllowed
from meicheng.places.time import city_day
from meicheng.standards.actions import save_framework
from meicheng.standards.models import Item
from meicheng.tables.kinds import kind_of

QUARTER = parse_period("2026Q3")
ASKED = "period=2026Q3&division=LC"


def leaf(code, weight, rule, *, method="statistic", unit="percent"):
    return {
        "code": code,
        "name": {"zh": f"数据{code}", "en": f"Figure {code}"},
        "weight": weight,
        "method": method,
        "rule": rule,
        "lead": "urban-management",
        **({"unit": unit} if unit else {}),
    }


@pytest.fixture
def numbers(city):
    """100 marks: a share of at least 90 % (60) and green space of at least 12 m² (40); one veto."""
    return save_framework(
        {
            "framework": "numbers",
            "edition": "1",
            "name": {"zh": "数据标准", "en": "Standard of figures"},
            "full_marks": 100,
            "nodes": [
                {
                    "code": "1",
                    "name": {"zh": "全部", "en": "All"},
                    "weight": 1,
                    "criteria": [
                        leaf("1.1", 60, {"kind": "target", "at_least": 90}),
                        leaf("1.2", 40, {"kind": "target", "at_least": 12}, unit="m2"),
                    ],
                },
                {
                    "code": "0",
                    "name": {"zh": "否决", "en": "Vetoes"},
                    "criteria": [
                        {
                            "code": "0.1",
                            "name": {"zh": "重大事故", "en": "A grave accident"},
                            "method": "veto",
                            "rule": {"kind": "veto", "rules_out": "framework"},
                            "lead": "urban-management",
                        }
                    ],
                },
            ],
        }
    )


@pytest.fixture
def lc(city):
    return city.division("LC")


@pytest.fixture
def office(city):
    return city.user("creation-office")


@pytest.fixture
def note(city):
    """Say what was known before: `note("1.1", 88, 2025, "XC")`."""

    def say(code, number, year=2025, place="LC", month=9):
        at = timezone.make_aware(datetime(year, month, 15, 12))
        observe(
            [
                new_observation(
                    item=Item.objects.get(code=f"numbers/{code}"),
                    division=city.division(place),
                    observed_at=at,
                    value="",
                    number=number,
                    by=None,
                )
            ]
        )

    return say


def entry(code, number, **said):
    return Entry(Item.objects.get(code=f"numbers/{code}"), "", number, **said)


def marks(framework, place):
    cache.clear()
    return assess(framework, QUARTER, place).marks


def test_typed_figures_give_the_marks_that_an_import_gives(numbers, lc, office, tmp_path):
    """95 % reaches 90 %: 60 of 60; 6 m² does not reach 12: 0 of 40."""
    enter(office, lc, date(2026, 9, 30), [entry("1.1", 95), entry("1.2", 6)], key="k")
    typed = marks(numbers, lc)
    assert typed == pytest.approx(60)
    Observation.objects.all().delete()
    sheet = tmp_path / "figures.csv"
    sheet.write_text(
        "item,subject,observed_at,value\n"
        "numbers/1.1,LC,2026-09-30 12:00,95\nnumbers/1.2,LC,2026-09-30 12:00,6\n"
    )
    assert import_file(kind_of("observations"), sheet).imported == 2
    assert marks(numbers, lc) == typed


def test_the_same_key_writes_once_and_a_correction_takes_the_place(numbers, lc, office):
    day = date(2026, 9, 30)
    first = enter(office, lc, day, [entry("1.1", 80)], key="k")
    assert enter(office, lc, day, [entry("1.1", 80)], key="k") == first
    enter(office, lc, day, [entry("1.1", 92, source="统计局", remark="更正")], key="k2")
    assert [one.number for one in Observation.objects.filter(replaced_by=None)] == [92]
    assert Observation.objects.count() == 2
    assert rebuild(check=True) == []


def test_figures_of_the_future_and_of_others_are_refused_whole(city, numbers, lc, office):
    tomorrow = city_day(timezone.now()) + timedelta(days=1)
    with pytest.raises(BadFigure):
        enter(office, lc, tomorrow, [entry("1.1", 95)], key="k")
    with pytest.raises(BadFigure):
        enter(office, lc, date(2026, 9, 30), [entry("1.1", 95), entry("1.1", 96)], key="k")
    for user in (city.user("inspector"), city.user("unit-worker")):
        with pytest.raises(NotAllowed):
            enter(user, city.division("XC"), date(2026, 9, 30), [entry("1.1", 95)], key="k")
    assert not Observation.objects.exists()


def test_a_closed_period_takes_no_value_from_anywhere_until_it_is_opened(
    city, numbers, lc, office, tmp_path
):
    closed = freeze(office, city.root, 202607, 202609, reason="三季度通报已发")
    with pytest.raises(BadFigure, match="三季度通报已发"):
        enter(office, lc, date(2026, 9, 30), [entry("1.1", 95)], key="k")
    sheet = tmp_path / "figures.csv"
    sheet.write_text(
        "item,subject,observed_at,value\n"
        "numbers/1.1,LC,2026-09-30 12:00,95\nnumbers/1.1,LC,2026-10-01 12:00,96\n"
    )
    found = import_file(kind_of("observations"), sheet)
    assert (found.imported, found.rejected) == (1, 1)
    assert found.first_rejected[0].column == "observed_at"
    lift(office, closed, reason="统计局更正")
    enter(office, lc, date(2026, 9, 30), [entry("1.1", 95)], key="k")
    verbs = Event.objects.filter(chain="periods").values_list("verb", flat=True)
    assert list(verbs) == ["period_frozen", "period_lifted"]
    assert verify().faults == []


def test_a_district_that_is_closed_leaves_the_others_open(city, numbers, lc, office):
    freeze(office, lc, 202607, 202609, reason="已审定")
    enter(office, city.division("XC"), date(2026, 9, 30), [entry("1.1", 95)], key="k")
    with pytest.raises(BadFigure):
        enter(office, lc, date(2026, 9, 30), [entry("1.1", 95)], key="k2")


def test_what_cannot_be_closed_is_said(city, numbers, lc, office):
    month = city_day(timezone.now())
    running = month.year * 100 + month.month
    for first, last, reason in (
        (running, running, "早"), (202609, 202607, "反"), (202607, 202609, " ")
    ):  # fmt: skip
        with pytest.raises(BadFreeze):
            freeze(office, lc, first, last, reason=reason)
    with pytest.raises(NotAllowed):
        freeze(city.user("inspector"), lc, 202607, 202609, reason="试")
    freeze(office, lc, 202607, 202609, reason="通报")
    with pytest.raises(BadFreeze):
        freeze(office, lc, 202608, 202608, reason="又")
    assert FrozenPeriod.objects.count() == 1


@pytest.mark.parametrize(
    ("value", "others", "unit", "asked"),
    [
        (100, [], "", False),
        # of one other: half of it, or 20 points of a share
        (151, [100], "", True), (150, [100], "", False),
        (85.1, [65], "percent", True), (85, [65], "percent", False),
        # median 11.5, MAD 1: 0.6745 · 5.5 = 3.71 > 3.5; 0.6745 · 4.5 = 3.04
        (17, [10, 11, 12, 13], "", True), (16, [10, 11, 12, 13], "", False),
        # one wild neighbour moves neither median nor MAD much
        (17, [10, 11, 12, 13, 900], "", False), (60, [10, 11, 12, 13, 900], "", True),
        # all alike: any share within 20 points is no jump
        (99, [100, 100, 100, 100], "percent", False), (1, [0], "", True), (0, [0], "", False),
    ],
)  # fmt: skip
def test_a_jump_is_asked_about(value, others, unit, asked):
    assert jumps(value, others, unit) is asked


# --- the pages ---


@pytest.fixture
def enter_page(client):
    def sign_in(user):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def test_a_unit_types_its_figures_and_the_question_is_answered(city, enter_page, numbers, note, lc):
    note("1.1", 70)
    client = enter_page(city.user("unit-worker"))
    page = client.get(f"/figures/?{ASKED}").content.decode()
    assert 'name="v:numbers/1.1"' in page
    fields = {"key": "k", "save": "1", "v:numbers/1.1": "95 %", "v:numbers/1.2": "12.5"}
    asked = client.post(f"/figures/?{ASKED}", fields)
    assert asked.status_code == 400
    assert "jumps against the years before (2025: 70)" in asked.content.decode()
    assert not Observation.objects.filter(month=202609, number__gt=90).exists()
    unsaid = client.post(f"/figures/?{ASKED}", {**fields, "y:numbers/1.1": "1"})
    assert unsaid.status_code == 400
    sure = {**fields, "y:numbers/1.1": "1", "r:numbers/1.1": "新建处理厂投运"}
    assert client.post(f"/figures/?{ASKED}", sure).status_code == 302
    written = {one.item.code: one for one in Observation.objects.filter(observed_at__year=2026)}
    assert written["numbers/1.1"].number == 95
    assert written["numbers/1.1"].remark == "新建处理厂投运"
    assert written["numbers/1.2"].unit == city.unit("urban-management", "LC")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("120", "is not possible; expected a number in %, from 0 to 100"),
        ("0.23", "may be 23 % or 0.23 %"),
        ("12 m²", "another unit"),
        ("many", "does not fit"),
        ("-3", "from 0 to 100"),
    ],
)
def test_a_figure_that_cannot_be_is_named_and_none_is_written(
    enter_page, office, numbers, value, words
):
    fields = {"key": "k", "save": "1", "v:numbers/1.1": value, "v:numbers/1.2": "12.5"}
    answer = enter_page(office).post(f"/figures/?{ASKED}", fields)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert value in answer.content.decode()
    assert not Observation.objects.exists()


def test_lines_are_pasted_looked_at_and_then_written(enter_page, office, numbers):
    client = enter_page(office)
    text = "numbers/1.1\t95\t统计局\t年报\n数据1.2\t13\nnothing\t1\n"
    looked = client.post(f"/figures/?{ASKED}", {"key": "k", "look": "1", "paste": text})
    page = looked.content.decode()
    assert "Line 3: “nothing” is no figure that is asked" in page
    assert 'value="95"' in page
    looked = client.post(f"/figures/?{ASKED}", {"key": "k", "look": "1", "paste": text[:-10]})
    assert looked.status_code == 200
    assert not Observation.objects.exists()
    fields = {"key": "k", "save": "1", "v:numbers/1.1": "95", "v:numbers/1.2": "13"}
    client.post(f"/figures/?{ASKED}", fields)
    assert Observation.objects.count() == 2


def test_the_workbook_is_filled_in_and_read_back(enter_page, office, numbers):
    client = enter_page(office)
    book = load_workbook(io.BytesIO(client.get(f"/figures/figures.xlsx?{ASKED}").content))
    sheet = book.active
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=3)}
    assert set(rows) == {"numbers/1.1", "numbers/1.2"}
    rows["numbers/1.1"][6].value, rows["numbers/1.1"][6].number_format = 0.95, "0%"
    rows["numbers/1.2"][6].value = 13.5
    kept = io.BytesIO()
    book.save(kept)
    sent = SimpleUploadedFile("figures.xlsx", kept.getvalue())
    fields = {"key": "k", "save": "1", "sheet": sent}
    assert client.post(f"/figures/?{ASKED}", fields).status_code == 302
    written = dict(Observation.objects.values_list("item__code", "number"))
    assert written == {"numbers/1.1": 95, "numbers/1.2": 13.5}  # 0.95 is shown as 95%
    lie = SimpleUploadedFile("figures.xlsx", b"no workbook")
    refused = client.post(f"/figures/?{ASKED}", {"key": "k2", "look": "1", "sheet": lie})
    assert "no workbook" in refused.content.decode()


def test_the_history_of_a_figure_names_who_wrote_it(enter_page, office, numbers, lc, note):
    note("1.1", 88)
    enter(office, lc, date(2026, 9, 30), [entry("1.1", 95, source="年报")], key="k")
    page = enter_page(office).get(f"/figures/history?{ASKED}&item=numbers/1.1").content.decode()
    assert "88" in page
    assert office.display_name in page
    assert enter_page(office).get(f"/figures/history?{ASKED}&item=x").status_code == 404


def test_the_office_closes_and_opens_a_period_on_its_page(enter_page, office, numbers):
    client = enter_page(office)
    fields = {"period": "2026Q2", "division": "CITY", "reason": "季度通报"}
    assert client.post("/figures/periods/", fields).status_code == 302
    one = FrozenPeriod.objects.get()
    assert "季度通报" in client.get("/figures/?period=2026Q2&division=CITY").content.decode()
    assert client.post("/figures/periods/", {**fields, "period": "soon"}).status_code == 400
    client.post(f"/figures/periods/{one.pk}/lift", {"reason": "更正"})
    one.refresh_from_db()
    assert one.lifted_reason == "更正"


def test_more_figures_ask_no_more_of_the_database(city, numbers, lc, note):
    def statements():
        with CaptureQueriesContext(connection) as found:
            asked_of(QUARTER, lc)
        return len(found)

    note("1.1", 88)
    few = statements()
    for year in (2023, 2024, 2025):
        for place in ("LC", "XC", "SF"):
            note("1.2", 12, year, place)
    assert statements() == few <= 7


# --- what rules out ---


@pytest.fixture
def veto(numbers):
    return Item.objects.get(code="numbers/0.1")


def test_an_event_needs_its_proof_and_leaves_the_standard_with_nothing(
    city, numbers, lc, office, veto
):
    enter(office, lc, date(2026, 9, 30), [entry("1.1", 95)], key="k")
    said = {"happened_on": date(2026, 9, 1), "words": "仓库火灾", "key": "v"}
    with pytest.raises(BadFigure):
        record_event(office, veto, lc, occurred=True, **said)
    assert not Observation.objects.filter(item=veto).exists()
    record_event(office, veto, lc, occurred=True, proof=city.photo(), **said)
    record_event(office, veto, lc, occurred=True, proof=city.photo(), **said)
    assert Observation.objects.filter(item=veto).count() == 1
    assert marks(numbers, lc) == 0
    again = {**said, "happened_on": date(2026, 9, 20), "key": "w", "words": "认定为一般事故"}
    record_event(office, veto, lc, occurred=False, **again)
    assert marks(numbers, lc) == pytest.approx(100)
    assert verify().faults == []


def test_how_a_veto_stands_is_told_early(city, lc, office, veto):
    today = date(2026, 9, 30)
    places = [lc]

    def state():
        (found,) = vetoes(today, places)
        return found.state

    assert state() == "unknown"
    cleared = {"occurred": False, "words": "半年核查无此情形"}
    record_event(office, veto, lc, happened_on=date(2026, 2, 1), key="a", **cleared)
    assert state() == "due"
    record_event(office, veto, lc, happened_on=date(2026, 9, 1), key="b", **cleared)
    assert state() == "clear"
    record_near_miss(office, veto, lc, happened_on=date(2026, 9, 2), words="险情", key="n")
    record_near_miss(office, veto, lc, happened_on=date(2026, 9, 2), words="险情", key="n")
    assert NearMiss.objects.count() == 1
    assert state() == "near"


def test_what_clears_the_city_clears_its_districts_until_something_occurs_there(
    city, lc, office, veto
):
    places = [city.root, lc]
    record_event(
        office, veto, city.root, happened_on=date(2026, 8, 1), occurred=False, words="无", key="a"
    )
    assert [one.state for one in vetoes(date(2026, 9, 30), places)[0].places] == ["clear", "clear"]
    record_event(
        office, veto, lc, happened_on=date(2026, 9, 1), occurred=True, words="火灾", key="b",
        proof=city.photo(),
    )  # fmt: skip
    assert [one.state for one in vetoes(date(2026, 9, 30), places)[0].places] == [
        "clear", "occurred"
    ]  # fmt: skip


def test_a_district_lead_records_for_the_own_district_only(city, lc, veto):
    lead = city.user("district-lead")
    said = {"occurred": False, "happened_on": date(2026, 9, 1), "words": "无", "key": "a"}
    record_event(lead, veto, lc, **said)
    with pytest.raises(NotAllowed):
        record_event(lead, veto, city.division("XC"), **said)


def test_the_page_records_and_says_what_is_wrong(enter_page, office, numbers, veto):
    client = enter_page(office)
    fields = {
        "key": "k", "item": "numbers/0.1", "division": "LC", "day": "2026-09-01",
        "word": "occurred", "words": "火灾",
    }  # fmt: skip
    refused = client.post("/figures/vetoes/record", fields)
    assert refused.status_code == 400
    assert "Add the document that proves it" in refused.content.decode()
    proof = SimpleUploadedFile("report.pdf", b"%PDF-1.7 report")
    assert client.post("/figures/vetoes/record", {**fields, "proof": proof}).status_code == 302
    assert client.post("/figures/vetoes/near", {**fields, "day": "2026-13-01"}).status_code == 400
    assert "火灾" in client.get("/figures/vetoes/").content.decode()
