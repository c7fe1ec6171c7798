"""The creation office changes limits, hours and days, and sees before what would change."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.utils import timezone

from meicheng.cases.actions import dispatch_case
from meicheng.cases.clock import calendar, look_again, timing
from meicheng.cases.limits.actions import (
    BadTime,
    Condition,
    apply_to_open,
    set_days,
    set_hours,
    set_limits,
)
from meicheng.cases.limits.preview import preview
from meicheng.cases.limits.recount import moved_cases
from meicheng.cases.models import Case
from meicheng.ledger.models import Event
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.project.commands import run
from meicheng.standards.models import CaseKind, CityDay, LimitRule


def local(*parts):
    return timezone.make_aware(datetime(*parts))


@pytest.fixture
def office(city):
    return city.user("creation-office")


@pytest.fixture
def monday(city, monkeypatch):
    """Monday 28 September 2026, 9:00; the clock can be set."""
    now = [local(2026, 9, 28, 9)]
    monkeypatch.setattr(timezone, "now", lambda: now[0])
    return now


def test_a_change_is_seen_before_and_holds_for_what_is_dispatched_then(city, office, monday):
    """4 working hours from Monday 9:00 end at 15:00; one working day on Tuesday at 9:00."""
    old = city.case(state="dispatched")
    done = city.case(state="dispatched")
    monday[0] = local(2026, 9, 28, 17)
    city.take(done, "resolve")
    found = preview(city.kind(), ["1wd"], Condition(), at=monday[0])
    assert (found.open_cases, found.changed, found.late_now, found.late_then) == (1, 1, 1, 0)
    assert found.shifts[0].due_at == local(2026, 9, 29, 9)
    assert (found.done, found.missed, found.would_miss) == (1, 1, 0)
    assert set_limits(city.kind(), ["1wd"], Condition(), by=office)
    assert not set_limits(city.kind(), ["1wd"], Condition(), by=office)
    old.refresh_from_db()
    assert (old.limit, old.due_at) == ("4wh", local(2026, 9, 28, 15))
    city.kind().refresh_from_db()
    assert city.case(state="dispatched").limit == "1wd"
    assert Event.objects.filter(chain="limits:exposed-litter").count() == 1
    assert verify().faults == []


def test_a_limit_under_a_condition_is_set_and_taken_away(city, office):
    lane = Condition(road=city.site("back-lane").kind)
    set_limits(city.kind(), ["2wd"], lane, by=office)
    assert city.case(state="dispatched", site=city.site("back-lane")).limit == "2wd"
    set_limits(city.kind(), None, lane, by=office)
    assert city.case(state="dispatched", site=city.site("back-lane")).limit == "4wh"
    assert not LimitRule.objects.exists()


@pytest.mark.parametrize("limits", [["soon"], ["0wh"], [], ["1wd", "2wd"], ["-3d"]])
def test_what_is_no_limit_is_refused_and_nothing_changes(city, office, limits):
    with pytest.raises(BadTime):
        set_limits(city.kind(), limits, Condition(), by=office)
    assert not Event.objects.filter(chain__startswith="limits:").exists()


def test_nobody_else_changes_limits_hours_or_days(city):
    lead = city.user("city-lead")
    for change in (
        lambda: set_limits(city.kind(), ["1wd"], Condition(), by=lead),
        lambda: set_hours([("09:00", "17:00")], by=lead),
        lambda: set_days({date(2026, 10, 9): (False, "")}, by=lead),
        lambda: apply_to_open(by=lead),
    ):
        with pytest.raises(PermissionError):
            change()


def test_new_hours_hold_at_once_in_every_process(city, office):
    """Another process is one that has read the old ones: its next request asks for the token."""
    assert calendar().hours[0][0].hour == 8
    set_hours([("09:00", "17:00")], by=office)
    other = timing()
    assert [f"{opens:%H:%M}" for opens, _closes in other.calendar.hours] == ["09:00"]
    look_again()
    assert timing() is other  # nothing changed since: nothing is read again


@pytest.mark.parametrize(
    "hours", [[("12:00", "08:00")], [], [("08:00", "12:00"), ("11:00", "17:00")], [("x", "y")]]
)
def test_hours_that_make_no_sense_are_refused(city, office, hours):
    with pytest.raises(BadTime):
        set_hours(hours, by=office)


def test_a_free_day_moves_open_cases_only_when_somebody_says_so(city, office, monday):
    """Due Monday 15:00, after a pause of 2 hours 17:00; with Monday afternoon free of the city, Tuesday."""
    plain = city.case(state="dispatched")
    paused = city.case(state="in_progress")
    monday[0] = local(2026, 9, 28, 10)
    paused = city.take(paused, "suspend")
    monday[0] = local(2026, 9, 28, 12)
    paused = city.take(paused, "resume")
    imported = city.case(state="dispatched")
    type(imported).objects.filter(pk=imported.pk).update(limit="")
    assert moved_cases() == []
    set_days({date(2026, 9, 28): (False, "抗洪")}, by=office)
    plain.refresh_from_db()
    assert plain.due_at == local(2026, 9, 28, 15)
    with pytest.raises(BadTime):
        apply_to_open(by=office, seen=5)
    moved = apply_to_open(by=office, seen=2)
    assert {one.case.number for one in moved} == {plain.number, paused.number}
    plain.refresh_from_db()
    paused.refresh_from_db()
    assert plain.due_at == local(2026, 9, 29, 14, 30)  # 8:30 to 12:00 and half an hour more
    assert paused.due_at == plain.due_at  # on a free day the pause gave no working time
    assert moved_cases() == []
    assert Event.objects.filter(chain=plain.chain, verb="due_recomputed").count() == 1
    assert Event.objects.filter(chain="working-time", verb="applied").count() == 1
    assert verify().faults == []
    assert not rebuild(check=True)


def test_next_years_notice_makes_the_year_known(city, tmp_path, capsys):
    notice = tmp_path / "2027.csv"
    notice.write_text(
        "from,to,works,name\n2027年2月5日,2027-02-12,放假,春节\n2027-02-14,,上班,春节调休\n",
        "utf-8",
    )
    assert not calendar().knows(2027)
    assert run(["import", "days", str(notice)]) == 0
    look_again()
    assert calendar().knows(2027)
    assert CityDay.objects.count() == 9
    assert not calendar().is_working_day(date(2027, 2, 8))
    assert calendar().is_working_day(date(2027, 2, 14))  # a Sunday


def test_days_that_overlap_are_refused_with_their_row(city, tmp_path, capsys):
    notice = tmp_path / "2027.csv"
    notice.write_text(
        "from,to,works,name\n2027-02-05,2027-02-12,放假,春节\n2027-02-12,,上班,调休\n"
        "2027-03-09,2027-03-01,放假,倒\n2027-02-30,,放假,无此日\n",
        "utf-8",
    )
    run(["import", "days", str(notice)])
    said = capsys.readouterr().err
    assert all(words in said for words in ("第 3 行", "2027-02-12", "第 4 行", "第 5 行"))
    assert not calendar().knows(2027)  # only a part of the notice is here
    assert CityDay.objects.filter(works=True).count() == 0
    assert CityDay.objects.count() == 8


def test_limits_go_out_and_come_in_again_unchanged(city, office, tmp_path, capsys):
    set_limits(city.kind(), ["2wd"], Condition(severity=3, division=city.division("LC")), by=office)
    path = tmp_path / "limits.csv"
    assert run(["export", "limits", str(path)]) == 0
    assert "LC" in path.read_text("utf-8-sig")
    LimitRule.objects.all().delete()
    assert run(["import", "limits", str(path)]) == 0
    assert LimitRule.objects.get().limits == ["2wd"]
    events = Event.objects.count()
    assert run(["import", "limits", str(path)]) == 0
    assert Event.objects.filter(verb="limits_set").count() == 2
    assert Event.objects.count() == events


def test_the_office_looks_at_a_limit_then_sets_it_on_the_page(city, office, client):
    client.force_login(office)
    city.case(state="dispatched")
    assert client.get("/cases/limits/").status_code == 200
    form = {"severity": "", "road": "", "division": "", "limit": "1wd"}
    seen = client.post("/cases/limits/exposed-litter/", {**form, "do": "look"})
    assert seen.status_code == 200
    assert seen.context["preview"].changed == 1
    assert city.kind().limit == "4wh"
    assert client.post("/cases/limits/exposed-litter/", {**form, "do": "set"}).status_code == 302
    refused = client.post("/cases/limits/exposed-litter/", {**form, "limit": "bald", "do": "set"})
    assert refused.status_code == 400
    assert "bald" in refused.content.decode()
    assert client.get("/cases/limits/nothing/").status_code == 404


def test_hours_and_days_are_set_on_the_page_and_open_cases_moved(city, office, client, monday):
    client.force_login(office)
    case = city.case(state="dispatched")
    page = "/cases/working-time/"
    assert client.post(page, {"do": "hours", "hours": "9:00-12:00, 13:00-17:00"}).status_code == 302
    assert client.post(page, {"do": "hours", "hours": "whenever"}).status_code == 400
    said = {"do": "day", "day": "2026-09-28", "works": "free", "name": "抗洪"}
    assert client.post(page, said).status_code == 302
    assert client.get(page).context["moved"] == 1
    assert client.get(page + "apply/").context["count"] == 1
    assert client.post(page + "apply/", {"seen": "1"}).status_code == 302
    case.refresh_from_db()
    assert case.due_at == local(2026, 9, 29, 14)  # 9:00 to 12:00 and an hour more
    client.force_login(city.user("unit-worker"))
    assert client.get(page).status_code == 200
    assert client.get(page + "apply/").status_code == 403
    assert client.post(page, said).status_code == 403


def test_a_limit_that_was_changed_after_the_page_was_read_holds_for_the_dispatch(city, office):
    """Another process changes it between the reading of the case and its lock."""
    case = Case.objects.select_related("kind").get(pk=city.case().pk)
    assert case.kind.limit == "4wh"
    set_limits(CaseKind.objects.get(pk=case.kind_id), ["1wd"], Condition(), by=office)
    case = dispatch_case(case, to=city.unit(), by=city.user())
    assert case.limit == "1wd"
