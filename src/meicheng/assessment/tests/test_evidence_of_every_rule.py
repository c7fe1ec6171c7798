"""From a file of observations to marks, rule by rule, with the arithmetic written out.

Every test writes a file, brings it in with `meicheng import observations` and reads what
`meicheng assess --json` prints.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from meicheng.assessment.over import marks_over
from meicheng.assessment.periods import parse_period
from meicheng.project.commands import run
from meicheng.standards.models import Framework

from .golden import Marks, bring, criterion, node, standard

Q3 = "2026Q3"


@pytest.fixture
def tell(city, tmp_path, capsys):
    """Says what was observed, and gives the marks: `tell(rows, period, division)`."""
    files = iter(range(1000))

    def told(rows=(), period=Q3, division="CITY", code="g", edition="1"):
        if rows:
            assert bring(tmp_path, rows, f"{next(files)}.csv") == 0
        capsys.readouterr()
        asked = ["assess", code, "--edition", edition, "--period", period, "--json"]
        assert run([*asked, "--division", division]) == 0
        return Marks(capsys.readouterr().out)

    return told


def one(rule, **more):
    """A standard of a single criterion `a`."""
    standard(node("1", 1, criterion("a", rule, **more)))


def seen(value, at="2026-08-10 10:00:00", subject="CITY", weight="", item="g/a", source=""):
    return f"{item},{subject},{at},{value},{weight},{source}"


# --- pass_rate: all in the period, weights of "yes" / weights of "yes" and "no" ---


def test_a_pass_rate_weighs_answers_and_leaves_out_what_does_not_apply(tell):
    one({"kind": "pass_rate"})
    marks = tell([
        seen("yes", weight=2), seen("yes", weight=1), seen("no", weight=1.5), seen("na", weight=9),
    ])  # fmt: skip
    # (2 + 1) / (2 + 1 + 1.5) = 3 / 4.5
    assert marks.share("a") == pytest.approx(3 / 4.5)
    assert marks["marks"] == pytest.approx(100 * 3 / 4.5)
    assert marks.criterion("a")["observations"] == 4


def test_a_pass_rate_counts_the_period_alone_and_by_the_citys_clock(tell):
    one({"kind": "pass_rate"})
    rows = [
        seen("no", at="2026-06-30 23:59:59"),  # the quarter before
        seen("yes", at="2026-07-01 00:00:00"),
        seen("no", at="2026-07-02"),
        seen("yes", at="2026-09-30 23:59:59"),
        seen("no", at="2026-06-30T16:30:00Z"),  # 00:30 on 1 July in Shanghai
        seen("no", at="2026-09-30T16:30:00Z"),  # 00:30 on 1 October
    ]
    # yes, no, yes, no
    assert tell(rows).share("a") == pytest.approx(2 / 4)
    assert tell(period="2026Q2").share("a") == 0
    assert tell(period="2026Q1").share("a") is None  # never carried over
    assert tell(period="2026").share("a") == pytest.approx(2 / 6)


def test_an_answer_counts_for_each_criterion_that_names_its_kind_of_site(city, tell):
    from meicheng.standards.models import Item

    standard(
        node(
            "1",
            1,
            criterion("lanes", {"kind": "pass_rate"}, site_kinds=["back-lane"]),
            criterion("roads", {"kind": "pass_rate"}, site_kinds=["main-road"]),
            criterion("both", {"kind": "pass_rate"}),
        )
    )
    Item.objects.filter(code="swept").update(criteria=["g/lanes", "g/roads", "g/both"])
    lane, road = city.site("back-lane").code, city.site("main-road").code
    marks = tell([
        seen("yes", subject=lane, item="swept"), seen("no", subject=lane, item="swept"),
        seen("no", subject=road, item="swept"),
    ])  # fmt: skip
    # lanes 1/2, roads 0/1, both 1/3; equal weights: 100 · (1/2 + 0 + 1/3)/3
    assert [marks.share(code) for code in ("lanes", "roads", "both")] == pytest.approx([1/2, 0, 1/3])  # fmt: skip
    assert marks["marks"] == pytest.approx(100 * (1 / 2 + 1 / 3) / 3)
    assert marks.criterion("both")["sites"] == 2


# --- deduct: each "no" is one problem, a number that many ---


def test_each_problem_found_is_taken_off_whatever_the_look_weighs(tell):
    one({"kind": "deduct", "per": 0.1})
    rows = [seen("yes"), seen("no"), seen("no", weight=4), seen("2"), seen("1", weight=3)]
    # 1 + 1 + 2 + 1 = 5 problems: 1 − 5 · 0.1
    assert tell(rows).share("a") == pytest.approx(0.5)


def test_a_deduction_ends_at_nothing(tell):
    one({"kind": "deduct", "per": 0.1})
    assert tell([seen("11")]).share("a") == 0


def test_a_look_without_a_problem_is_full_marks_and_none_at_all_is_unknown(tell):
    one({"kind": "deduct", "per": 0.1})
    assert tell().share("a") is None
    assert tell([seen("na")]).share("a") is None
    assert tell([seen("yes")]).share("a") == 1
    assert tell(period="2026Q2").share("a") is None


def test_kinds_of_problems_have_their_own_price(city, tell):
    from meicheng.standards.models import Item

    one({"kind": "deduct", "per": 0.02, "by_kind": {"exposed-litter": 0.05}})
    Item.objects.filter(code__in=["no-dirty-corner", "swept"]).update(criteria=["g/a"])
    lane = city.site("back-lane").code
    rows = [
        seen("no", subject=lane, item="no-dirty-corner"),  # opens exposed-litter: 0.05
        seen("no", subject=lane, item="swept"),  # opens dirty-road: 0.02
        seen("2", subject=lane, item="no-dirty-corner"),  # 2 · 0.05
    ]
    marks = tell(rows)
    assert marks.share("a") == pytest.approx(1 - 0.05 - 0.02 - 2 * 0.05)
    assert (marks.criterion("a")["observations"], marks.criterion("a")["sites"]) == (3, 1)
    assert marks["interval"] is None  # problems are counted, not estimated


# --- figures: the latest of the period, else of the twelve months before it ---


def test_the_latest_figure_of_the_period_stands(tell):
    one({"kind": "target", "at_least": 80})
    rows = [seen("70", at="2026-07-05"), seen("85", at="2026-09-01"), seen("60", at="2026-08-01")]
    marks = tell(rows)
    assert marks.share("a") == 1
    assert marks.criterion("a")["observations"] == 3


@pytest.mark.parametrize(
    ("at", "known"),
    [
        ("2026-06-30", True),
        ("2025-07-01", True),  # the first day of the twelve months before 1 July 2026
        ("2025-06-30 23:59:59", False),
        ("2026-10-01", False),  # after the period
    ],
)
def test_a_figure_is_carried_over_for_twelve_months_and_says_so(city, tell, at, known):
    from meicheng.assessment.evidence import gather
    from meicheng.assessment.periods import parse_period
    from meicheng.standards.models import Framework

    one({"kind": "target", "at_least": 80})
    marks = tell([seen("85", at=at)])
    assert marks.share("a") == (1 if known else None)
    assert marks.criterion("a")["observations"] == 0
    found = gather(Framework.objects.get(code="g"), parse_period(Q3), city.root)
    assert ("a" in found and found["a"].carried) is known


@pytest.mark.parametrize(
    ("rule", "value", "share"),
    [
        ({"at_least": 80}, 80, 1),
        ({"at_least": 80}, 79.9, 0),
        ({"at_most": 55}, 55, 1),
        ({"at_most": 55}, 55.1, 0),
        ({"equals": 100}, 100, 1),
        ({"equals": 100}, 101, 0),
        # full from 55, nothing from 60: (60 − 57.5)/(60 − 55)
        ({"at_most": 55, "partial": {"linear_from": 60}}, 57.5, 0.5),
        ({"at_most": 55, "partial": {"linear_from": 60}}, 61, 0),
        # 25 short of 70: two whole tens, 1 − 2 · 0.2
        ({"at_least": 70, "partial": {"every": 10, "minus": 0.2}}, 45, 0.6),
        ({"at_least": 70, "partial": {"every": 10, "minus": 0.2}}, 61, 1),
        # 12 over 30: two whole fives, 1 − 2 · 0.25
        ({"at_most": 30, "partial": {"every": 5, "minus": 0.25}}, 42, 0.5),
        # 3 off 100 either way, every 1 costs 0.1
        ({"equals": 100, "partial": {"every": 1, "minus": 0.1}}, 97, 0.7),
        ({"equals": 100, "partial": {"every": 1, "minus": 0.1}}, 103, 0.7),
        # 5 off 100 either way, nothing 20 off: 1 − 5/20
        ({"equals": 100, "partial": {"linear_from": 80}}, 95, 0.75),
        ({"equals": 100, "partial": {"linear_from": 80}}, 105, 0.75),
        ({"equals": 100, "partial": {"linear_from": 120}}, 79, 0),
    ],
)
def test_a_target_and_its_partial_marks(tell, rule, value, share):
    one({"kind": "target", **rule})
    assert tell([seen(value)]).share("a") == pytest.approx(share)


@pytest.mark.parametrize(
    ("before", "now", "share"),
    [
        (("2025-12-31", 8.4), ("2026-08-01", 8.1), 1),  # missed, but lower than the year before
        (("2025-12-31", 8.0), ("2026-08-01", 8.1), 0),
        (("2024-12-31", 8.4), ("2026-08-01", 8.1), 0),  # two years before is not the year before
    ],
)
def test_a_target_may_be_met_by_moving_from_the_year_before(tell, before, now, share):
    one({"kind": "target", "at_most": 7.8, "or": "falling"})
    rows = [seen(value, at=at) for at, value in (before, now)]
    assert tell(rows).share("a") == share


def test_a_trend_compares_the_latest_figure_of_each_year(tell):
    one({"kind": "trend", "direction": "falling", "years": 3})
    rows = [
        seen("7", at="2024-02-01"), seen("9.0", at="2024-12-01"),  # 2024: 9.0
        seen("8.5", at="2025-11-01"), seen("9.5", at="2025-03-01"),  # 2025: 8.5
        seen("8.1", at="2026-08-01"),
    ]  # fmt: skip
    assert tell(rows).share("a") == 1
    assert tell(period="2025").share("a") is None  # two years alone
    # a later figure of 2026 is above that of 2025
    assert tell([seen("8.6", at="2026-09-20")]).share("a") == 0
    assert tell(period="2026-08").share("a") == 1


def test_a_trend_may_ask_for_no_more_than_the_mean_of_the_years_before(tell):
    one({"kind": "trend", "not_above_mean_of": 2})
    rows = [seen(v, at=f"{y}-08-01") for y, v in ((2024, 10), (2025, 8), (2026, 9))]
    assert tell(rows).share("a") == 1  # 9 against (10 + 8)/2
    assert tell([seen("9.1", at="2026-08-02")]).share("a") == 0


def test_the_mean_of_the_years_before_is_not_known_where_one_of_them_is_missing(tell):
    one({"kind": "trend", "not_above_mean_of": 2})
    rows = [seen(v, at=f"{y}-08-01") for y, v in ((2022, 10), (2023, 9), (2025, 8), (2026, 7))]
    assert tell(rows).share("a") is None  # nothing of 2024
    assert tell([seen("8", at="2024-08-01")]).share("a") == 1  # 7 against (8 + 8)/2


@pytest.mark.parametrize(
    ("steps", "value", "share"),
    [
        ([{"share": 1, "above": 85}, {"share": 0.6, "above": 80}], 86, 1),
        ([{"share": 1, "above": 85}, {"share": 0.6, "above": 80}], 85, 0.6),
        ([{"share": 1, "above": 85}, {"share": 0.6, "above": 80}], 80, 0),
        ([{"share": 1, "below": 10}, {"share": 0.5, "below": 20}], 10, 0.5),
        ([{"share": 1, "needs": 3}, {"share": 0.6, "needs": 2}], 3, 1),
        ([{"share": 1, "needs": 3}, {"share": 0.6, "needs": 2}], 2, 0.6),
        ([{"share": 1, "needs": 3}, {"share": 0.6, "needs": 2}], 1, 0),
    ],
)
def test_a_grade_is_the_first_step_that_holds(tell, steps, value, share):
    one({"kind": "grade", "steps": steps})
    assert tell([seen(value, at="2026-03-01")]).share("a") == share  # carried over


def test_of_two_figures_of_one_moment_the_worse_stands_in_whichever_order(tell):
    standard(
        node(
            "1",
            1,
            criterion("high", {"kind": "target", "at_least": 80}),
            criterion("low", {"kind": "target", "at_most": 10}),
        )
    )
    at = "2026-08-01 09:00:00"
    rows = [("g/high", "85"), ("g/high", "75"), ("g/low", "12"), ("g/low", "8")]
    marks = tell([seen(value, at=at, item=item) for item, value in rows])
    assert (marks.share("high"), marks.share("low")) == (0, 0)


# --- answers, materials, rates ---


def test_answers_are_weighed_and_those_without_a_mark_count_nothing(tell):
    one({"kind": "share_of_answers", "counts": {"very_satisfied": 1, "satisfied": 0.8}})
    marks = tell([
        seen("very_satisfied", weight=3), seen("satisfied", weight=2), seen("dissatisfied"),
        seen("no_answer", weight=50), seen("who_knows", weight=4),
    ])  # fmt: skip
    # (3 · 1 + 2 · 0.8 + 1 · 0 + 4 · 0) / (3 + 2 + 1 + 4)
    assert marks.share("a") == pytest.approx((3 + 1.6) / 10)


def test_nobody_answered_is_not_known(tell):
    one({"kind": "share_of_answers", "counts": {"good": 1}})
    assert tell([seen("no_answer")]).share("a") is None


def test_the_latest_review_of_each_material_counts(tell):
    one({"kind": "materials", "needs": ["plan", "minutes", "summary", "photos"]})

    def review(material, value, at):
        return seen(value, at=at, item=f"g/a/{material}")

    marks = tell([
        review("plan", "accepted", "2024-01-10"),  # without a limit it holds until another word
        review("minutes", "returned", "2026-07-01"), review("minutes", "accepted", "2026-07-20"),
        review("summary", "accepted", "2026-07-01"), review("summary", "returned", "2026-07-20"),
        review("photos", "accepted", "2026-10-02"),  # after the period
    ])  # fmt: skip
    assert marks.share("a") == pytest.approx(2 / 4)
    assert tell(period="2023").share("a") is None


@pytest.mark.parametrize(
    ("at", "share"), [("2025-10-01", 1), ("2025-09-30", 0)]
)  # twelve months up to 30 September 2026
def test_a_material_may_be_too_old(tell, at, share):
    one({"kind": "materials", "needs": ["plan"], "dated_within_months": 12})
    assert tell([seen("accepted", at=at, item="g/a/plan")]).share("a") == share


def test_a_returned_and_an_accepted_word_of_one_moment_is_a_returned_one(tell):
    one({"kind": "materials", "needs": ["plan"]})
    both = ("accepted", "returned")
    assert tell([seen(v, item="g/a/plan") for v in both]).share("a") == 0


def test_rates_that_were_observed_are_summed(tell):
    one({"kind": "rate", "of": "received_in_time", "among": "received"})
    rows = [seen("17/20"), seen("3/4"), seen("1/2", weight=2), seen("0/9", at="2026-06-01")]
    # (17 + 3 + 2 · 1) / (20 + 4 + 2 · 2)
    assert tell(rows).share("a") == pytest.approx(22 / 28)


def test_a_rate_may_have_a_target_in_percent(tell):
    partial = {"every": 5, "minus": 0.2}
    one({"kind": "rate", "of": "satisfied", "among": "rated", "at_least": 95, "partial": partial})
    # 17/20 = 85 %: two whole fives short of 95
    assert tell([seen("17/20")]).share("a") == pytest.approx(0.6)


def test_a_rate_may_be_met_by_rising_from_the_same_months_of_the_year_before(tell):
    one({"kind": "rate", "of": "satisfied", "among": "rated", "at_least": 95, "or": "rising"})
    # January to September: 8/10 in 2025, (7 + 10)/(10 + 10) = 85 % in 2026
    rows = [
        seen("8/10", at="2025-03-01"),
        seen("10/10", at="2025-11-01"),  # after September: another season
        seen("7/10", at="2026-02-01"),
        seen("10/10", at="2026-08-01", source="again"),
    ]
    marks = tell(rows, period="2026-08")
    assert marks.share("a") == 1  # 100 % in August
    assert tell(period="2026-02").share("a") is not None
    one_more = [seen("0/10", at="2026-08-20")]
    # August 50 %, January to August 17/30 = 57 % against 80 %: neither met nor risen
    assert tell(one_more, period="2026-08").share("a") == 0


def test_february_is_compared_with_the_whole_february_of_a_leap_year(tell):
    one({"kind": "rate", "of": "satisfied", "among": "rated", "at_least": 95, "or": "rising"})
    # to the end of February: 2024 had 15/20 = 75 %, the 29th with it; 2025 has 8/10 = 80 %
    rows = [
        seen("10/10", at="2024-01-10"), seen("5/10", at="2024-02-29"), seen("8/10", at="2025-02-28"),
    ]  # fmt: skip
    assert tell(rows, period="2025-02").share("a") == 1
    assert tell(period="2025-02-01..2025-02-27").share("a") is None


def test_a_rate_counted_from_cases_gives_way_to_one_that_was_observed(city, tell):
    one({"kind": "rate", "of": "on_time_closed", "among": "due"})
    case = city.case(state="closed")
    today = timezone.localdate()
    days = f"{today}..{timezone.localdate(case.due_at)}"  # the limit may end in the next month
    assert tell(period=days).share("a") == 1
    assert tell([seen("1/4", at=f"{today} 00:00:01")], period=days).share("a") == 0.25


def test_a_case_whose_limit_has_not_run_out_is_neither_on_time_nor_late(city, tell):
    one({"kind": "rate", "of": "on_time_closed", "among": "due"})
    waiting = city.case(state="dispatched")
    month = f"{timezone.localtime(waiting.due_at):%Y-%m}"

    def shares():
        """The share as it is asked for alone, in a pair of dates, and with other months."""
        first = parse_period(month).first
        (over,) = marks_over([Framework.objects.get(code="g")], [first], [city.root])
        days = f"{month}-01..{parse_period(month).last_day}"
        return [tell(period=month)["marks"], tell(period=days)["marks"], over.marks[0, 0]]

    assert shares() == [None, None, pytest.approx(float("nan"), nan_ok=True)]
    city.case(state="closed")  # in time, its limit later in the same month
    assert shares() == pytest.approx([100, 100, 100])


# --- vetoes ---


@pytest.mark.parametrize(
    ("at", "marks"),
    [("2025-10-01", 0), ("2025-09-30 23:59:59", 100), ("2026-10-01", 100)],
)  # the twelve months up to 30 September 2026
def test_an_event_rules_out_for_twelve_months(tell, at, marks):
    out = criterion("v", {"kind": "veto", "rules_out": "framework"})
    standard(node("1", 1, criterion("a", {"kind": "pass_rate"}), out), **{"pass": {"at_least": 80}})
    found = tell([seen("yes"), seen("occurred", at=at, item="g/v")])
    assert found["marks"] == marks
    assert found["vetoes"] == ([] if marks else ["v"])
    assert found["pass_probability"] == (None if marks else 0)


def test_the_latest_word_of_an_event_counts(tell):
    standard(
        node("1", 1, criterion("a", {"kind": "pass_rate"})),
        node(
            "2",
            1,
            criterion("b", {"kind": "pass_rate"}),
            criterion("v", {"kind": "veto", "rules_out": "2"}),
        ),
        code="h",
    )
    rows = [seen("yes", item=f"h/{code}") for code in "ab"]
    rows.append(seen("occurred", at="2026-03-01", item="h/v"))
    # node 2 has no marks: (1 + 0)/2 · 100
    assert tell(rows, code="h")["marks"] == pytest.approx(50)
    cleared = [seen("cleared", at="2026-08-01", item="h/v")]
    assert tell(cleared, code="h")["marks"] == pytest.approx(100)
    # what is ruled out has no marks, known or not
    assert tell(code="h", period="2026Q2")["marks"] == 0


def test_clearing_one_district_does_not_clear_another(tell):
    standard(
        node(
            "1",
            1,
            criterion("a", {"kind": "pass_rate"}),
            criterion("v", {"kind": "veto", "rules_out": "framework"}),
        )
    )
    rows = [
        seen("yes"), seen("yes", subject="LC0101"), seen("yes", subject="XC0101"),
        seen("occurred", at="2026-05-01", subject="LC", item="g/v"),
        seen("cleared", at="2026-06-01", subject="XC", item="g/v"),
    ]  # fmt: skip
    # what happened in LC happened in the city, and not in XC
    assert [tell(rows if d == "CITY" else (), division=d)["marks"] for d in ("CITY", "LC", "XC")] == [0, 0, 100]  # fmt: skip
    # the city's word clears all of it
    assert tell([seen("cleared", at="2026-07-01", item="g/v")])["marks"] == 100
