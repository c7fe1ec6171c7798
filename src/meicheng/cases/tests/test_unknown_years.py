"""A year whose official notice of holidays has not come yet says so where it matters."""

from __future__ import annotations

from datetime import date

from meicheng.cases.clock import calendar, unknown_years, year_to_learn
from meicheng.console import views
from meicheng.places.time import midnight


def first_unknown():
    year = 2026
    while calendar().knows(year):
        year += 1
    return year


def test_a_limit_that_reaches_into_such_a_year_says_so_on_the_case(city, client):
    case = city.case(state="in_progress")
    case.dispatched_at, case.due_at = midnight(date(2026, 6, 1)), midnight(date(2026, 6, 3))
    assert unknown_years(case) == []
    year = first_unknown()
    case.due_at = midnight(date(year, 3, 1))
    case.save()
    assert year in unknown_years(case)
    client.force_login(city.user("dispatcher"))
    client.cookies["django_language"] = "en"
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert f"The holidays of {year}" in page
    case.limit = "30d"  # a limit in days counts holidays as well
    assert unknown_years(case) == []


def test_from_october_on_whoever_sets_the_days_is_told(city, client, monkeypatch):
    year = first_unknown()
    assert year_to_learn(date(year - 1, 9, 30)) is None
    assert year_to_learn(date(year - 1, 10, 1)) == year
    assert year_to_learn(date(year, 1, 1)) == year
    monkeypatch.setattr(views, "year_to_learn", lambda _day: year)
    client.cookies["django_language"] = "en"
    for role, told in (("creation-office", True), ("dispatcher", False)):
        client.force_login(city.user(role))
        page = client.get("/").content.decode()
        assert (f"The holidays of {year} are not known" in page) is told
