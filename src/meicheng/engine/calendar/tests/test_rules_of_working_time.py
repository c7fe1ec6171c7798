"""What must hold for every start and every limit, over five years of real holidays."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from meicheng.engine.calendar import Limit, WorkingCalendar

from . import slow

CITY = ZoneInfo("Asia/Shanghai")
calendar = WorkingCalendar()

starts = st.datetimes(
    min_value=datetime(2021, 1, 1),
    max_value=datetime(2026, 8, 31),
    timezones=st.just(CITY),
)
minutes = starts.map(lambda at: at.replace(second=0, microsecond=0))
hours = st.integers(1, 80).map(lambda n: Limit(n, "wh"))
days = st.integers(1, 25).map(lambda n: Limit(n, "wd"))
clock = st.integers(1, 800).map(lambda n: Limit(n, "h")) | st.integers(1, 60).map(
    lambda n: Limit(n, "d")
)


@given(starts, hours | days | clock)
def test_no_limit_ends_before_it_starts(start, limit):
    assert calendar.due(start, limit) > start


@given(starts, hours | days)
def test_a_limit_in_working_time_never_ends_in_closed_hours(start, limit):
    due = calendar.due(start, limit)
    assert calendar.is_open(due) or calendar.is_open(due - timedelta(microseconds=1))


@given(starts, st.integers(1, 60), st.integers(1, 60), st.sampled_from(["wh", "wd", "h", "d"]))
def test_one_limit_after_another_ends_when_their_sum_does(start, first, second, measure):
    first, second = Limit(first, measure), Limit(second, measure)
    assert calendar.due(calendar.due(start, first), second) == calendar.due(start, first + second)


@settings(deadline=None, max_examples=40)
@given(minutes, st.integers(1, 40))
def test_working_hours_end_where_counting_the_minutes_ends(start, amount):
    assert calendar.due(start, Limit(amount, "wh")) == slow.due_after_minutes(start, amount * 60)


@settings(deadline=None, max_examples=40)
@given(minutes, st.integers(1, 30))
def test_working_days_end_where_counting_the_days_ends(start, amount):
    assert calendar.due(start, Limit(amount, "wd")) == slow.due_after_days(start, amount)


@settings(deadline=None, max_examples=40)
@given(minutes, st.integers(0, 20 * 1440))
def test_working_minutes_are_those_that_one_counts(begin, length):
    end = begin + timedelta(minutes=length)
    assert calendar.working_minutes(begin, end) == slow.open_minutes(begin, end)
    assert calendar.working_minutes(end, begin) == -slow.open_minutes(begin, end)


@given(starts, hours | days)
def test_a_limit_is_used_up_exactly_when_it_ends(start, limit):
    due = calendar.due(start, limit)
    assert calendar.share_used(start, due, limit) == 1
    assert calendar.remaining(due, due, limit) == timedelta()


@given(starts, hours | days | clock, st.integers(1, 5000), st.integers(0, 5000))
def test_a_suspension_never_brings_the_end_forward(start, limit, after, length):
    pause = (start + timedelta(minutes=after), start + timedelta(minutes=after + length))
    assert calendar.due(start, limit, [pause]) >= calendar.due(start, limit)


@given(starts, starts, hours | days)
def test_who_starts_later_never_ends_earlier(one, other, limit):
    first, second = sorted((one, other))
    assert calendar.due(first, limit) <= calendar.due(second, limit)


@given(starts)
def test_the_next_opening_is_open_and_nothing_is_worked_before_it(at):
    opening = calendar.next_opening(at)
    assert opening >= at
    assert calendar.is_open(opening)
    assert calendar.working_minutes(at, opening) == 0


@given(starts, hours | days | clock, st.floats(0, 1))
def test_the_moment_of_a_share_follows_from_the_end_alone(start, limit, share):
    """At that moment the share is used: so thresholds need no history of the clock."""
    due = calendar.due(start, limit)
    at = calendar.moved(due, (share - 1) * calendar.length(limit), limit)
    assert at <= due
    assert abs(calendar.share_used(min(at, start), max(at, start), limit) - share) < 1e-6 or (
        at < start and share < 1e-6
    )


@given(starts, hours | days, st.integers(1, 4))
def test_overdue_by_the_limit_again_is_the_end_of_as_many_limits(start, limit, times):
    due = calendar.due(start, limit)
    again = calendar.moved(due, times * calendar.length(limit), limit)
    assert again == calendar.due(start, Limit(limit.amount * (times + 1), limit.measure))
