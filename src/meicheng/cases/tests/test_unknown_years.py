"""A year whose official notice of holidays has not come yet says so where it matters."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from meicheng.cases.clock import calendar, unknown_years, year_to_learn
from meicheng.console import views


def first_unknown():
    year = 2026
    while calendar().knows(year):
        year += 1
    return year


def test_a_limit_that_reaches_into_such_a_year_says_so_on_the_case(city, client):
    case = city.case(state="in_progress")
    assert unknown_years(case) == []
    year = first_unknown()
    days = (date(year, 3, 1) - timezone.now().date()).days
    case.due_at = timezone.now() + timedelta(days=days)
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
