"""Districts and units of a month, placed only as far as the figures carry."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.appraisal.months import before, current_month, parse_month
from meicheng.appraisal.queries import counts_by, ranking
from meicheng.cases.models import Case
from meicheng.engine.ranking import Entrant, Rate, Weighted, place, told_apart
from meicheng.ledger.models import CaseTally
from meicheng.places.time import month_of
from meicheng.voices.callbacks.actions import draw_call_backs, note_call


def test_a_rate_is_sure_only_as_far_as_its_number_goes():
    # Wilson, 8 of 10: (8 + 1.9207) / 13.8415 = 0.7167; half-width 0.2265
    low, high = Rate(8, 10).interval
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)


def test_two_rates_within_chance_are_not_told_apart():
    assert told_apart(Rate(90, 100), Rate(70, 100))
    assert not told_apart(Rate(9, 10), Rate(7, 10))
    assert not told_apart(Rate(0, 0), Rate(7, 10))


def test_a_share_over_one_is_refused():
    with pytest.raises(ValueError, match="11 of 10"):
        Rate(11, 10)


def test_districts_that_chance_could_swap_share_their_places():
    parts = [Weighted("on_time", 100)]
    rows = place(
        [
            Entrant("C", {"on_time": Rate(60, 100)}),
            Entrant("A", {"on_time": Rate(99, 100)}),
            Entrant("B", {"on_time": Rate(98, 100)}),
            Entrant("few", {"on_time": Rate(3, 3)}),
        ],
        parts,
    )
    assert [(row.entrant.code, row.place, row.last_place) for row in rows] == [
        ("A", 1, 2),
        ("B", 1, 2),
        ("C", 3, 3),
        ("few", None, None),
    ]


def test_what_is_not_known_is_left_out_of_the_marks():
    # on time 95/100 of 60, redone 10/100 of 20: (57 + 18) / 80 = 93.75; nobody was asked
    parts = [Weighted("on_time", 60), Weighted("redone", 20, "less"), Weighted("satisfied", 20)]
    rates = {"on_time": Rate(95, 100), "redone": Rate(10, 100), "satisfied": Rate(0, 0)}
    (row,) = place([Entrant("A", rates)], parts)
    assert row.mark.value == pytest.approx(93.75)
    assert row.mark.coverage == pytest.approx(0.8)


@pytest.mark.parametrize("text", ["2026", "2026-13", "20261", "x", "1999-01"])
def test_a_month_that_is_none_is_refused_with_what_was_expected(text):
    with pytest.raises(ValueError, match=r"2026-09|2000"):
        parse_month(text)


def test_months_go_back_over_the_year():
    assert before(202601) == 202512
    assert before(202611, 12) == 202511
    assert before(202612, -1) == 202701


def test_closed_on_time_counts_for_the_district_and_the_unit(city):
    case = city.case(state="closed")
    month, due = current_month(), month_of(case.due_at)  # which may be the next one
    districts = {row.code: row for row in ranking(month, by="district").rows}
    units = {row.code: row for row in ranking(month, by="unit").rows}
    in_time = {row.code: row for row in ranking(due, by="district").rows}
    assert districts["LC"].counts["closed"] == 1
    assert in_time["LC"].counts["on_time"] == 1
    assert units[case.unit.code].counts["closed"] == 1


def test_a_case_whose_limit_still_runs_is_neither_on_time_nor_late(city):
    now = timezone.now()
    case = city.case(state="dispatched")
    start, end = now - timedelta(days=400), now + timedelta(days=400)
    Case.objects.filter(pk=case.pk).update(due_at=now + timedelta(minutes=5))

    def due(at):
        counted = counts_by(
            CaseTally.objects.all(),
            Case.objects.filter(due_at__gt=start, due_at__lt=end),
            by="district",
            now=at,
        )
        return counted[case.district_id]["due"]

    assert due(now) == 0
    assert due(now + timedelta(minutes=10)) == 1


def test_a_redone_case_counts_against_its_unit(city):
    case = city.case(state="to_redo")
    for step in ("start", "resolve", "verify", "close"):
        case = city.take(case, step)
    (row,) = ranking(current_month(), by="unit").rows
    redone = next(cell for cell in row.cells if cell.part.code == "redone")
    assert (redone.rate.hits, redone.rate.among) == (1, 1)


def test_the_ranking_asks_the_same_number_of_questions_for_more_data(
    city, client, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    for number in (1, 6):
        for _ in range(number):
            city.case(state="closed")
            city.case(state="dispatched", division="XC0101")
        with django_assert_max_num_queries(19):
            assert client.get("/appraisal/").status_code == 200


def test_the_page_counts_in_those_who_did_not_rate_and_were_called(city, client, settings):
    settings.CALL_BACKS = 5
    now = timezone.now()
    month = current_month()
    for number in range(4):
        case = city.case(state="closed")
        rating = 5 if number == 0 else None
        city.report(
            case=case,
            state="answered",
            source="hotline",
            rating=rating,
            rated_at=now if rating else None,
            phone_digest=f"{number}",
        )
    for call in draw_call_backs(month).calls.all():
        note_call(call, by=city.user("dispatcher"), outcome="reached", rating=2)
    client.force_login(city.user("city-lead"))
    page = client.get(f"/appraisal/?month={month}").content.decode()
    assert "25%" in page.replace(" ", "").replace("\u202f", "")
    paper = client.get(f"/appraisal/bulletin/{month}/").content.decode()
    assert "Hansen" in paper
