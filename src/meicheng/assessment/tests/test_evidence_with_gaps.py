"""What is missing, and of which place and days: estimate, strict mark and coverage, written out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation
from openpyxl import Workbook

from meicheng.ledger.models import Observation
from meicheng.project.commands import run
from meicheng.standards.models import Item

from .golden import HEAD, Marks, bring, criterion, node, standard

# One criterion of each kind of rule, a row that gives it a share, and the share.
KNOWN = {
    "pass_rate": ({"kind": "pass_rate"}, ["g/x,CITY,2026-08-01,yes,3,", "g/x,CITY,2026-08-01,no,,"], 0.75),
    "deduct": ({"kind": "deduct", "per": 0.2}, ["g/x,CITY,2026-08-01,2,,"], 0.6),
    "target": ({"kind": "target", "at_most": 55, "partial": {"linear_from": 60}}, ["g/x,CITY,2026-01-01,56,,"], 0.8),
    "trend": ({"kind": "trend", "direction": "rising", "years": 2}, ["g/x,CITY,2025-08-01,1,,", "g/x,CITY,2026-08-01,2,,"], 1.0),
    "grade": ({"kind": "grade", "steps": [{"share": 1, "needs": 3}, {"share": 0.6, "needs": 2}]}, ["g/x,CITY,2026-08-01,2,,"], 0.6),
    "share_of_answers": ({"kind": "share_of_answers", "counts": {"good": 1}}, ["g/x,CITY,2026-08-01,good,2,", "g/x,CITY,2026-08-01,bad,3,"], 0.4),
    "materials": ({"kind": "materials", "needs": ["a", "b", "c", "d"]}, ["g/x/a,CITY,2026-08-01,accepted,,"], 0.25),
    "rate": ({"kind": "rate", "of": "satisfied", "among": "rated"}, ["g/x,CITY,2026-08-01,17/20,,"], 0.85),
}  # fmt: skip


@pytest.fixture
def tell(city, tmp_path, capsys):
    files = iter(range(1000))

    def told(rows=(), period="2026Q3", division="CITY"):
        if rows:
            assert bring(tmp_path, rows, f"{next(files)}.csv") == 0
        capsys.readouterr()
        assert run(["assess", "g", "--period", period, "--division", division, "--json"]) == 0
        return Marks(capsys.readouterr().out)

    return told


@pytest.mark.parametrize("kind", KNOWN)
def test_a_part_that_is_not_known_gives_its_weight_to_its_siblings_or_counts_nothing(tell, kind):
    rule, rows, share = KNOWN[kind]
    standard(
        node("1", 60, criterion("x", rule, 30), criterion("dark", {"kind": "pass_rate"}, 10)),
        node("2", 40, criterion("other", {"kind": "target", "at_least": 5})),
    )
    marks = tell()
    assert (marks["marks"], marks["strict_marks"], marks["coverage"]) == (None, 0, 0)
    assert marks.criterion("x")["missing"]
    marks = tell(rows)
    # x alone is known: the estimate is its share; strictly 100 · 0.6 · (30 · share)/(30 + 10);
    # known is 30 of 40 of a part of 60 of 100
    assert marks.share("x") == pytest.approx(share)
    assert marks["marks"] == pytest.approx(100 * share)
    assert marks["strict_marks"] == pytest.approx(60 * 30 / 40 * share)
    assert marks["coverage"] == pytest.approx(0.6 * 30 / 40)
    assert marks.criterion("dark")["missing"]
    # the node's marks are renormalised within it, its own weight is not
    assert marks.node("1")["marks"] == pytest.approx(60 * share)
    assert marks.node("1")["lost"] == pytest.approx(60 * (1 - share))
    assert marks.node("2")["marks"] is None
    marks = tell(["g/other,CITY,2026-08-01,7,,", "g/dark,CITY,2026-08-01,no,,"])
    # everything known: 60 · (30 · share + 10 · 0)/40 + 40 · 1
    assert marks["marks"] == pytest.approx(60 * 30 * share / 40 + 40)
    assert marks["strict_marks"] == pytest.approx(marks["marks"])
    assert marks["coverage"] == 1


def test_weights_below_a_node_are_shared_level_by_level(tell):
    rule = {"kind": "pass_rate"}
    inner = node("1.1", 3, criterion("a", rule), criterion("b", rule))
    outer = node("1", 1, children=[inner, node("1.2", 1, criterion("c", rule))])
    del outer["criteria"]
    standard(outer)
    marks = tell(["g/a,CITY,2026-08-01,yes,,", "g/c,CITY,2026-08-01,no,,"])
    # 1.1 is 1 by a alone, 1.2 is 0: (3 · 1 + 1 · 0)/4; strictly 1.1 is (1 + 0)/2: 3 · 0.5/4;
    # coverage (3 · 1/2 + 1 · 1)/4
    assert marks["marks"] == pytest.approx(75)
    assert marks["strict_marks"] == pytest.approx(37.5)
    assert marks["coverage"] == pytest.approx(0.625)


@pytest.mark.parametrize(
    ("rows", "marks", "strict", "coverage"),
    [
        ([], None, 0, 0),
        (["g/a,CITY,2026-08-01,yes,,"], 100, 100, 1),  # a bonus that is not known loses nothing
        (["g/a,CITY,2026-08-01,yes,,", "g/plus,CITY,2026-08-01,no,,"], 100, 100, 1),
        # 90 and half of 20
        (
            ["g/a,CITY,2026-08-01,yes,9,", "g/a,CITY,2026-08-01,no,,", "g/plus,CITY,2026-08-01,yes,,",
             "g/plus,CITY,2026-08-01,no,,"],
            100, 100, 1,
        ),
    ],
)  # fmt: skip
def test_a_bonus_comes_on_top(tell, rows, marks, strict, coverage):
    standard(
        node("1", 1, criterion("a", {"kind": "pass_rate"})),
        node("2", 20, criterion("plus", {"kind": "pass_rate"}), bonus=True),
    )
    found = tell(rows)
    assert found["marks"] == (None if marks is None else pytest.approx(marks))
    assert found["strict_marks"] == pytest.approx(strict)
    assert found["coverage"] == coverage


def test_a_ruled_out_node_loses_what_is_known_and_what_is_not(tell):
    standard(
        node("1", 1, criterion("a", {"kind": "pass_rate"})),
        node(
            "2",
            3,
            criterion("b", {"kind": "pass_rate"}),
            criterion("dark", {"kind": "pass_rate"}),
            criterion("v", {"kind": "veto", "rules_out": "2"}),
        ),
    )
    known = ["g/a,CITY,2026-08-01,yes,,", "g/b,CITY,2026-08-01,yes,,"]
    marks = tell(known)
    # (1 · 1 + 3 · 1)/4; strictly (1 + 3 · 1/2)/4; coverage the same
    assert (marks["marks"], marks["strict_marks"], marks["coverage"]) == (100, 62.5, 0.625)
    marks = tell(["g/v,CITY,2026-08-02,occurred,,"])
    # (1 · 1 + 3 · 0)/4 both; a veto tells nothing of what is missing
    assert (marks["marks"], marks["strict_marks"], marks["coverage"]) == (25, 25, 0.625)


# --- of which place ---


def test_a_districts_figure_or_material_is_not_the_citys_nor_the_citys_a_districts(tell):
    standard(
        node(
            "1",
            1,
            criterion("figure", {"kind": "target", "at_least": 5}),
            criterion("paper", {"kind": "materials", "needs": ["plan"]}),
        )
    )
    marks = tell(["g/figure,LC,2026-08-01,7,,", "g/paper/plan,LC,2026-08-01,accepted,,"])
    assert (marks["marks"], marks["coverage"]) == (None, 0)
    assert tell(division="LC")["marks"] == 100
    tell(["g/figure,CITY,2026-08-01,3,,", "g/paper/plan,CITY,2026-08-01,returned,,"])
    assert [tell(division=code)["marks"] for code in ("CITY", "LC", "XC")] == [0, 100, None]


def test_what_was_counted_in_a_district_is_part_of_the_city(tell):
    standard(node("1", 1, criterion("a", {"kind": "pass_rate"})))
    tell(["g/a,LC0101,2026-08-01,yes,,", "g/a,LC0102,2026-08-01,no,,", "g/a,XC,2026-08-01,no,,"])
    # city 1/3, LC 1/2, LC0101 1/1, XC 0/1, SF nothing
    shares = [tell(division=code).share("a") for code in ("CITY", "LC", "LC0101", "XC", "SF")]
    assert shares == [pytest.approx(1 / 3), 0.5, 1, 0, None]


def test_a_figure_serves_every_criterion_that_its_item_names(city, tell):
    standard(
        node(
            "1",
            1,
            criterion("met", {"kind": "target", "at_least": 80}),
            criterion("graded", {"kind": "grade", "steps": [{"share": 0.6, "above": 80}]}),
            criterion("v1", {"kind": "veto", "rules_out": "2"}),
        ),
        node(
            "2",
            1,
            criterion("c", {"kind": "pass_rate"}),
            criterion("v2", {"kind": "veto", "rules_out": "1"}),
        ),
    )
    both = Item.objects.get(code="notice-board")
    both.criteria = ["g/met", "g/graded"]
    both.save()
    marks = tell(["notice-board,CITY,2026-08-01,85,,"])
    assert (marks.share("met"), marks.share("graded")) == (1, 0.6)
    both.criteria = ["g/v1", "g/v2"]
    both.save()
    marks = tell(["notice-board,CITY,2026-08-02,occurred,,", "g/c,CITY,2026-08-02,yes,,"])
    assert marks["vetoes"] == ["v1", "v2"]
    assert marks["marks"] == 0


# --- of which days ---


def test_a_pair_of_dates_counts_both_its_days_and_the_whole_months_between(tell):
    standard(node("1", 1, criterion("a", {"kind": "pass_rate"})))
    rows = [
        "g/a,CITY,2026-07-14 23:59:59,no,100,",  # the day before
        "g/a,CITY,2026-07-15 00:00:00,yes,1,",
        "g/a,CITY,2026-08-10 12:00:00,no,2,",  # in the whole month
        "g/a,CITY,2026-09-03 23:59:59,yes,4,",
        "g/a,CITY,2026-09-04 00:00:00,no,100,",  # the day after
        "g/a,CITY,2026-07-14T16:30:00Z,yes,8,",  # 00:30 on the 15th in the city
    ]
    marks = tell(rows, period="2026-07-15..2026-09-03")
    assert marks.share("a") == pytest.approx((1 + 4 + 8) / (1 + 2 + 4 + 8))
    assert marks["period"] == "2026-07-15..2026-09-03"
    assert tell(period="2026-07-15..2026-07-15").share("a") == 1
    assert tell(period="2026-09-04..2026-09-30").share("a") == 0
    whole = [tell(period=period).all for period in ("2026Q3", "2026-07-01..2026-09-30")]
    assert whole[0]["nodes"] == whole[1]["nodes"]
    assert whole[0]["criteria"] == whole[1]["criteria"]


def test_days_count_problems_rates_and_answers_as_months_do(tell):
    kinds = ("deduct", "rate", "share_of_answers")
    standard(node("1", 1, *(criterion(kind, KNOWN[kind][0]) for kind in kinds)))
    tell([
        "g/deduct,CITY,2026-07-20,2,5,", "g/deduct,CITY,2026-07-10,9,,",
        "g/rate,CITY,2026-07-20,17/20,,", "g/rate,CITY,2026-07-10,0/20,,",
        "g/share_of_answers,CITY,2026-07-20,good,,", "g/share_of_answers,CITY,2026-07-10,bad,,",
    ])  # fmt: skip
    marks = tell(period="2026-07-15..2026-07-31")
    shares = [marks.share(kind) for kind in ("deduct", "rate", "share_of_answers")]
    assert shares == [pytest.approx(1 - 2 * 0.2), pytest.approx(17 / 20), 1]


def test_a_figure_is_carried_over_from_the_year_before_a_pair_of_dates(tell):
    standard(node("1", 1, criterion("a", {"kind": "target", "at_least": 5})))
    tell(["g/a,CITY,2025-07-15 00:00:00,7,,"])
    assert tell(period="2026-07-15..2026-08-01").share("a") == 1
    assert tell(period="2026-07-16..2026-08-01").share("a") is None


def test_cases_of_part_of_a_month_are_counted_from_the_cases(city, tell):
    standard(node("1", 1, criterion("a", {"kind": "rate", "of": "on_time_closed", "among": "due"})))
    due = city.case(state="closed").due_at.astimezone()
    day = f"{due:%Y-%m-%d}"
    marks = tell(period=f"{day}..{day}")
    assert (marks.share("a"), marks.criterion("a")["observations"]) == (1, 1)
    if due.day > 1:
        assert tell(period=f"{due:%Y-%m}-01..{due:%Y-%m}-{due.day - 1:02d}").share("a") is None


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("yesterday", "2026-07-15..2026-09-03"),
        ("2026Q5", "2026-07-15..2026-09-03"),
        ("2026-02-30..2026-03-01", "2026-02-30"),
        ("2026-09-03..2026-07-15", "2026-09-03..2026-07-15"),
    ],
)
def test_what_is_no_period_is_refused_with_what_was_expected(
    city, capsys, client, period, expected
):
    standard(node("1", 1, criterion("a", {"kind": "pass_rate"})))
    assert run(["assess", "g", "--period", period]) == 2
    assert expected in capsys.readouterr().err
    client.force_login(city.user("creation-office"))
    page = client.get("/assessment/", {"framework": "g", "period": period})
    assert page.status_code == 400
    assert expected in page.content.decode()


def test_two_dates_in_the_form_are_a_period(city, tell, client):
    standard(node("1", 1, criterion("a", {"kind": "pass_rate"})))
    tell(["g/a,CITY,2026-07-20,yes,,"])
    client.force_login(city.user("creation-office"))
    asked = {"framework": "g", "period": "2026Q1", "from": "2026-07-15", "to": "2026-07-31"}
    page = client.get("/assessment/", asked)
    assert page.status_code == 200
    assert 'value="2026-07-15..2026-07-31"' in page.content.decode()
    assert client.get("/assessment/", asked | {"to": ""}).status_code == 400


def test_a_division_or_standard_that_is_not_here_is_named(city, capsys):
    standard(node("1", 1, criterion("a", {"kind": "pass_rate"})))
    assert run(["assess", "g", "--division", "ATLANTIS"]) == 2
    assert "ATLANTIS" in capsys.readouterr().err
    assert run(["assess", "h"]) == 2
    assert "g 1" in capsys.readouterr().err


# --- what is wrong with a file ---


@pytest.fixture
def figures(city):
    """A noise figure in dB, and a look."""
    noise = criterion("noise", {"kind": "target", "at_most": 55}, unit="db")
    standard(node("1", 1, noise, criterion("look", {"kind": "pass_rate"})))


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        ("percent", "230", "expected a number in %, from 0 to 100"),
        ("percent", "-1%", "from 0 to 100"),
        ("percent", "0.23", "may be 23 % or 0.23 %"),
        ("percent_of_plan", "-5", "0 or more"),
        ("percent_change", "-101", "-100 or more"),
        ("m2", "-2", "expected a number in m², 0 or more"),
        ("m2", "-2 m²", "0 or more"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_in_a_file_as_in_the_grid(
    city, tmp_path, capsys, unit, value, said
):
    standard(node("1", 1, criterion("a", {"kind": "target", "at_least": 50}, unit=unit)))
    with translation.override("en"):
        bring(tmp_path, [f"g/a,CITY,2026-08-01,{value},,"])
    told = "".join(capsys.readouterr())
    assert "1 rejected" in told
    assert "row 2: value: " in told
    assert said in told
    assert not Observation.objects.exists()


@pytest.mark.parametrize(
    ("unit", "value", "share"),
    [
        ("percent", "0.23%", 0.0),
        ("percent", "100", 1.0),
        ("percent_of_plan", "112 %", 1.0),
        ("percent_change", "-3.5", 0.0),
        ("percent_change", "230", 1.0),
        ("m2", "0.3", 0.0),
    ],
)
def test_growth_may_be_negative_and_what_is_planned_exceeded(tell, unit, value, share):
    standard(node("1", 1, criterion("a", {"kind": "target", "at_least": 50}, unit=unit)))
    assert tell([f"g/a,CITY,2026-08-01,{value},,"]).share("a") == share


def test_a_cell_that_shows_per_cent_is_read_as_it_shows(city, tell, tmp_path):
    standard(node("1", 1, criterion("a", {"kind": "target", "at_least": 95}, unit="percent")))
    book = Workbook()
    book.active.append(HEAD.split(","))
    book.active.append(["g/a", "CITY", "2026-08-01", 1, None, ""])  # 100 %, kept as 1
    book.active["D2"].number_format = "0%"
    book.save(tmp_path / "figures.xlsx")
    assert run(["import", "observations", str(tmp_path / "figures.xlsx")]) == 0
    assert Observation.objects.get().number == 100
    assert tell().share("a") == 1


@pytest.mark.parametrize("value", ["54", "54 dB", "54分贝", "54db"])
def test_a_figure_may_name_its_unit(tell, figures, value):
    assert tell([f"g/noise,CITY,2026-08-01,{value},,"]).share("noise") == 1


@pytest.mark.parametrize(
    ("row", "where", "said"),
    [
        ("g/noise,CITY,2026-08-01,54%,,", "value", "dB"),
        ("g/noise,CITY,2026-08-01,54 m²,,", "value", "dB"),
        ("g/noise,CITY,2026-08-01,loud,,", "value", "dB"),
        ("g/noise,ATLANTIS,2026-08-01,54,,", "subject", "ATLANTIS"),
        ("g/none,CITY,2026-08-01,54,,", "item", "g/none"),
        ("g/look,CITY,2026-08-01,perhaps,,", "value", "perhaps"),
        ("g/look,CITY,2026-13-01,yes,,", "observed_at", "2026-13-01"),
        ("g/look,CITY,2026-08-01,yes,-1,", "weight", "-1"),
    ],
)
def test_a_row_that_is_wrong_is_told_with_line_column_and_what_was_expected(
    figures, tmp_path, capsys, row, where, said
):
    with translation.override("en"):
        bring(tmp_path, ["g/look,CITY,2026-08-01,yes,,", row])
    told = "".join(capsys.readouterr())
    line = next(part for part in told.splitlines() if said in part)
    assert "3" in line
    assert where in line.casefold()
    assert "1 rejected" in told
    assert Observation.objects.get().value == "yes"  # the row before it, and nothing of this


def test_what_no_standard_uses_is_kept_counted_nowhere_and_listed(city, tell, capsys):
    standard(node("1", 1, criterion("a", {"kind": "pass_rate"})))
    Item.objects.filter(code="notice-board").update(criteria=[])
    assert tell(["notice-board,CITY,2026-08-01,yes,,"])["marks"] is None
    assert Observation.objects.count() == 1
    assert not run(["standards", "unused"])
    assert "notice-board" in capsys.readouterr().out


def test_a_rate_that_was_observed_stands_before_what_cases_tell(city, tell, client):
    standard(
        node(
            "1", 1, criterion("a", {"kind": "rate", "of": "received_in_time", "among": "received"})
        )
    )
    client.force_login(city.user("creation-office"))
    client.cookies["django_language"] = "en"
    asked = "/assessment/criterion/?framework=g&period=2026Q3&criterion=a"
    city.case(reported_at=datetime(2026, 8, 3, tzinfo=UTC))
    assert "observed directly" not in client.get(asked).content.decode()
    assert tell(["g/a,CITY,2026-08-01,17/20,,hotline"]).share("a") == 0.85
    page = client.get(asked).content.decode()
    assert "hotline" in page
    assert "observed directly" in page


def test_what_a_deduction_hides_is_shown(city, tell, client):
    standard(node("1", 1, criterion("a", {"kind": "deduct", "per": 0.1})))
    tell([*["g/a,CITY,2026-08-01,yes,,"] * 37, "g/a,CITY,2026-08-02,3,,", *["g/a,CITY,2026-08-03,no,,"] * 2])  # fmt: skip
    client.force_login(city.user("creation-office"))
    client.cookies["django_language"] = "en"
    page = client.get(
        "/assessment/criterion/?framework=g&period=2026Q3&criterion=a"
    ).content.decode()
    # 3 + 1 + 1 problems in 40 looks; 0.5 is taken off by 40 looks, so everything by 80
    assert "5 problems in 40 looks: 12.5 in 100." in page
    assert "80 looks find enough" in page
    assert tell().share("a") == pytest.approx(0.5)
