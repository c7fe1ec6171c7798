"""When a limit ends, worked out by hand on days with holidays and make-up days."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from meicheng.engine.calendar import Due, Limit, WorkingCalendar

CITY = ZoneInfo("Asia/Shanghai")
calendar = WorkingCalendar()


def at(written):
    return datetime.fromisoformat(written).replace(tzinfo=CITY)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        # Wednesday 09:00 + 4 h: 3 h to noon, 1 h after 14:00
        ("2026-09-16T09:00", "4wh", "2026-09-16T15:00"),
        # Wednesday 30 September 16:20: 100 minutes to 18:00; 1–7 October are free; 140 minutes on
        # Thursday the 8th from 08:30
        ("2026-09-30T16:20", "4wh", "2026-10-08T10:50"),
        # the same start, two working days: the 8th and the 9th
        ("2026-09-30T16:20", "2wd", "2026-10-09T16:20"),
        # three: Saturday 10 October is worked instead
        ("2026-09-30T16:20", "3wd", "2026-10-10T16:20"),
        # seven: 8, 9, 10, 12, 13, 14, 15
        ("2026-09-30T16:20", "7wd", "2026-10-15T16:20"),
        # Sunday 20 September 2026 is a make-up day
        ("2026-09-18T17:00", "2wh", "2026-09-20T09:30"),
        # during lunch the clock starts at 14:00
        ("2026-09-16T12:30", "2h", "2026-09-16T14:30"),
        ("2026-09-16T12:30", "2wh", "2026-09-16T16:00"),
        ("2026-09-16T12:30", "1wd", "2026-09-17T14:00"),
        # at night and on free days it starts at the next opening
        ("2026-09-16T22:00", "1wd", "2026-09-18T08:30"),
        ("2026-10-03T10:00", "1wd", "2026-10-09T08:30"),
        # a limit may end at the closing minute
        ("2026-09-16T14:00", "4wh", "2026-09-16T18:00"),
        ("2026-09-16T10:30", "5wh", "2026-09-16T17:30"),
        # who starts when the doors close starts with the next opening
        ("2026-09-16T18:00", "1wd", "2026-09-18T08:30"),
        # clock time runs through nights and holidays
        ("2026-09-30T23:30", "2h", "2026-10-01T01:30"),
        ("2026-09-30T16:20", "30d", "2026-10-30T16:20"),
        ("2026-09-16T09:00:30.5", "1wh", "2026-09-16T10:00:30.5"),
    ],
)
def test_a_limit_ends_when_counting_by_hand_says(start, limit, due):
    assert calendar.due(at(start), Limit.parse(limit)) == at(due)


def test_a_start_in_another_time_zone_is_the_same_instant():
    utc = datetime.fromisoformat("2026-09-16T01:00+00:00")
    due = calendar.due(utc, Limit.parse("4wh"))
    assert due == at("2026-09-16T15:00")
    assert due.utcoffset() == timedelta(hours=8)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        calendar.due(datetime(2026, 9, 16, 9), Limit.parse("4wh"))


def test_a_citys_own_free_day_and_own_working_day_win_over_the_published_ones():
    own = WorkingCalendar(extra_days={date(2026, 9, 17): False, date(2026, 9, 19): True})
    start = at("2026-09-16T09:00")
    assert own.due(start, Limit.parse("1wd")) == at("2026-09-18T09:00")
    assert own.due(start, Limit.parse("2wd")) == at("2026-09-19T09:00")


def test_other_working_hours_are_kept():
    summer = WorkingCalendar(hours=[(time(8), time(12)), (time(15), time(18, 30))])
    assert summer.due(at("2026-07-15T11:00"), Limit.parse("2wh")) == at("2026-07-15T16:00")


@pytest.mark.parametrize(
    "hours", [[], [(time(12), time(8))], [(time(8), time(13)), (time(12), time(18))]]
)
def test_working_hours_that_make_no_sense_are_refused(hours):
    with pytest.raises(ValueError, match="spans"):
        WorkingCalendar(hours=hours)


def test_a_year_without_data_says_so_and_works_on_weekdays():
    assert calendar.knows(2026)
    assert not calendar.knows(2031)
    start = at("2031-10-01T09:00")  # a Wednesday and surely a holiday, but nobody has said so yet
    assert calendar.due_with_doubt(start, Limit.parse("1wd")) == Due(
        at("2031-10-02T09:00"), unknown_years=(2031,)
    )
    assert calendar.due_with_doubt(at("2026-09-16T09:00"), Limit.parse("1wd")).unknown_years == ()


def test_a_limit_in_clock_time_has_no_doubt():
    assert calendar.due_with_doubt(at("2031-10-01T09:00"), Limit.parse("2h")).unknown_years == ()


def test_an_imported_notice_makes_a_year_known():
    notice = WorkingCalendar(extra_days={date(2031, 10, 1): False}, known_years=[2031])
    assert notice.knows(2031)
    assert notice.due(at("2031-09-30T09:00"), Limit.parse("1wd")) == at("2031-10-02T09:00")


def test_starts_long_ago_and_limits_far_ahead_are_counted_too():
    assert calendar.due(at("1999-12-31T09:00"), Limit.parse("1wd")) == at("2000-01-03T09:00")
    # 9999 working days of five a week: 1999 weeks and 4 days after a Monday
    assert calendar.due(at("2040-01-02T09:00"), Limit(9999, "wd")) == at(
        "2040-01-02T09:00"
    ) + timedelta(weeks=1999, days=4)


def test_a_suspension_stops_the_clock_in_working_time():
    start = at("2026-09-16T09:00")
    pause = (at("2026-09-16T10:00"), at("2026-09-17T10:00"))  # 2 h + 4 h + 1 h 30 of open time
    assert calendar.due(start, Limit.parse("4wh"), [pause]) == at("2026-09-17T15:00")


def test_a_suspension_during_a_holiday_gives_no_working_time():
    start = at("2026-09-30T16:20")
    pause = (at("2026-10-01T00:00"), at("2026-10-07T23:00"))
    assert calendar.due(start, Limit.parse("4wh"), [pause]) == at("2026-10-08T10:50")
    assert calendar.due(start, Limit.parse("30d"), [pause]) == at("2026-11-06T15:20")


def test_a_suspension_after_the_end_comes_too_late():
    start = at("2026-09-16T09:00")
    pause = (at("2026-09-16T16:00"), at("2026-09-18T16:00"))
    assert calendar.due(start, Limit.parse("4wh"), [pause]) == at("2026-09-16T15:00")


def test_suspensions_that_overlap_are_not_given_twice():
    start = at("2026-09-16T09:00")
    pauses = [
        (at("2026-09-16T10:00"), at("2026-09-16T11:00")),
        (at("2026-09-16T10:30"), at("2026-09-16T11:30")),
    ]
    assert calendar.due(start, Limit.parse("4wh"), pauses) == at("2026-09-16T16:30")


def test_taking_a_suspended_case_up_again_gives_the_same_end_as_counting_from_the_start():
    start, limit = at("2026-09-16T09:00"), Limit.parse("2wd")
    paused, resumed = at("2026-09-16T16:00"), at("2026-09-22T08:45")
    later = calendar.after_pause(calendar.due(start, limit), limit, paused=paused, resumed=resumed)
    assert later == calendar.due(start, limit, [(paused, resumed)])


def test_an_overdue_case_is_not_saved_by_a_suspension():
    due = at("2026-09-16T15:00")
    for limit in (Limit.parse("4wh"), Limit.parse("2h")):
        assert (
            calendar.after_pause(
                due, limit, paused=at("2026-09-16T16:00"), resumed=at("2026-09-18T09:00")
            )
            == due
        )


def test_remaining_time_is_counted_in_the_limits_own_time():
    due = at("2026-10-08T10:50")
    now = at("2026-09-30T17:00")
    assert calendar.remaining(now, due, Limit.parse("4wh")) == timedelta(hours=3, minutes=20)
    assert calendar.remaining(now, due, Limit.parse("2h")) == due - now
    assert calendar.remaining(due, now, Limit.parse("4wh")) == -timedelta(hours=3, minutes=20)


def test_the_share_of_a_limit_used_is_half_at_half_time_and_stands_still_in_a_suspension():
    start, limit = at("2026-09-16T09:00"), Limit.parse("4wh")
    assert calendar.share_used(start, at("2026-09-16T11:00"), limit) == 0.5
    assert calendar.share_used(start, at("2026-09-16T17:00"), limit) == 1.5
    pause = (at("2026-09-16T10:00"), at("2026-09-16T14:00"))
    assert calendar.share_used(start, at("2026-09-16T15:00"), limit, [pause]) == 0.5
    assert calendar.share_used(start, at("2026-09-17T09:00"), Limit.parse("2d")) == 0.5


@pytest.mark.parametrize("written", ["", "4", "wh", "-1wd", "0wd", "1.5h", "4 weeks", "99999wd"])
def test_what_is_not_a_limit_is_refused_with_an_example(written):
    with pytest.raises(ValueError, match="limit"):
        Limit.parse(written)


def test_limits_are_written_and_said_as_people_do():
    assert [str(Limit.parse(one)) for one in ("4wh", " 7WD ", "2 h", "30d")] == [
        "4wh",
        "7wd",
        "2h",
        "30d",
    ]
    assert Limit.parse("4wh").say("zh-hans") == "4个工作小时"
    assert Limit.parse("1wd").say("en") == "1 working day"
    assert Limit.parse("30d").say("en") == "30 days"
