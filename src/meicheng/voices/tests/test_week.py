"""The week in sentences, rises beyond chance, and who is not heard."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from meicheng.demo.little import City
from meicheng.ledger.models import Tally
from meicheng.notices.models import Notice
from meicheng.places.models import Division
from meicheng.places.time import midnight, month_of
from meicheng.voices.models import Report
from meicheng.voices.topics.bursts import find_bursts
from meicheng.voices.topics.digest import last_week, tell_digest
from meicheng.voices.topics.models import Burst

FLOOD = ["暴雨以后积水", "积水没过脚", "路口积水车过不去", "门前都是积水"]
TODAY = timezone.localdate()
MONDAY = last_week(TODAY)


def report(
    city: City, at: datetime, *, kind: str = "exposed-litter", division: str = "LC0101", **more: Any
) -> Report:
    """A report as it stands in the table; whose case it is does not matter here."""
    city.serial = getattr(city, "serial", 0) + 1  # type: ignore[attr-defined]
    return Report(
        code=f"T{city.serial:011}",  # type: ignore[attr-defined]
        source="portal",
        kind=city.kind(kind),
        division=city.division(division),
        reported_at=at,
        **{"body": "路边有垃圾", **more},
    )


def weeks(city: City, counts: dict[int, int], *, until: Any = TODAY, **more: Any) -> None:
    """So many reports in each week counted back from the day before `until`."""
    rows = []
    for back, count in counts.items():
        for number in range(count):
            at = midnight(until) - timedelta(days=7 * back + 1 + number % 7, hours=-9)
            rows.append(report(city, at, **more))
    Report.objects.bulk_create(rows)


def test_a_rise_beyond_chance_is_found_and_stands_on_the_first_page(city: City, client: Client):
    weeks(city, {0: 40, **dict.fromkeys(range(1, 9), 8)})
    weeks(city, dict.fromkeys(range(9), 8), division="XC0101")
    find_bursts(TODAY)
    burst = Burst.objects.get()
    assert (burst.kind, burst.district, burst.count) == (city.kind(), city.division("LC"), 40)
    assert burst.bound < 40
    client.force_login(city.user("creation-office"))
    page = client.get("/").content.decode()
    assert (
        f"kind=exposed-litter&amp;division=LC&amp;since={burst.begins}&amp;until={burst.day}"
        in page
    )
    assert "40" in page


def test_what_rose_at_this_time_last_year_too_is_no_rise(city: City):
    weeks(city, {0: 30, **dict.fromkeys(range(1, 9), 8)})
    find_bursts(TODAY)
    assert Burst.objects.count() == 1
    last_year = TODAY - timedelta(weeks=52)
    around = {-1: 140, 0: 140, 1: 140, **dict.fromkeys(range(2, 9), 30)}
    weeks(city, around, until=last_year, division="XC0101")
    find_bursts(TODAY)
    assert Burst.objects.count() == 0


def test_who_sees_another_district_is_not_told_of_the_rise(city: City, client: Client):
    weeks(city, {0: 40, **dict.fromkeys(range(1, 9), 8)})
    find_bursts(TODAY)
    client.force_login(city.user("district-lead", division="XC"))
    assert "kind=exposed-litter&amp;division=LC" not in client.get("/").content.decode()


@pytest.fixture
def week(city: City) -> City:
    """Nine weeks, the last of which has more reports and a new word."""
    rows = []
    for back in range(9):
        for number in range(40 if back == 0 else 10):
            at = midnight(MONDAY) + timedelta(days=number % 7 - 7 * back, hours=9)
            words = FLOOD[number % 4] if back == 0 else "路边有垃圾没人管"
            rated = {"rating": 5, "replied_at": at} if number < 3 else {}
            rows.append(report(city, at, body=words, **rated))
    Report.objects.bulk_create(rows)
    return city


def test_each_number_of_the_week_leads_to_as_many_reports(week: City, client: Client):
    client.force_login(week.user("creation-office"))
    page = client.get("/reports/topics/digest/").content.decode()
    sunday = MONDAY + timedelta(days=6)
    links = re.findall(
        r'href="(/reports/\?state=all&amp;(?:rating=rated&amp;)?since=[^"]+)">(?:<b>)?(\d+)', page
    )
    assert (f"/reports/?state=all&amp;since={MONDAY}&amp;until={sunday}", "40") in links
    assert len(links) == 10  # the week, what is usual of eight others, who rated, and its days
    assert links.pop(1)[1] == "10"
    for address, count in links:
        found = client.get(address.replace("&amp;", "&"))
        assert f'<span class="muted num">{count}</span>' in found.content.decode()
    assert "积水" in page
    assert "多" in page  # more than usual


def test_a_week_like_any_other_is_said_to_be_usual(week: City, client: Client):
    client.force_login(week.user("creation-office"))
    page = client.get(
        f"/reports/topics/digest/?week={MONDAY - timedelta(weeks=1)}"
    ).content.decode()
    assert "相当" in page
    assert "积水" not in page


def test_on_mondays_the_creation_office_is_told_once(week: City):
    office = week.user("creation-office")
    monday = MONDAY + timedelta(weeks=1)
    assert tell_digest(monday + timedelta(days=1)) == 0
    assert tell_digest(monday) == 1
    assert tell_digest(monday) == 0
    assert Notice.objects.get().person == office


def test_a_quiet_community_with_many_problems_is_shown_with_a_way_to_look(
    city: City, client: Client
):
    codes = ["LC0101", "LC0102", "XC0101", "XC0102"]
    Division.objects.filter(code__in=codes).update(population=5000)
    now = timezone.now()
    rows = [
        report(city, now - timedelta(days=2), division=code)
        for code in codes[1:]
        for _ in range(60)
    ]
    Report.objects.bulk_create([*rows, report(city, now, division="LC0101")])
    for code in codes:
        for value, count in (("yes", 60), ("no", 60)):
            Tally.objects.create(
                item=city.item(), division=city.division(code), month=month_of(now), value=value,
                observations=count,
            )  # fmt: skip
    client.force_login(city.user("creation-office"))
    page = client.get("/reports/topics/unheard/").content.decode()
    assert "/inspections/look-alikes/?division=LC0101" in page
    assert "division=LC0102" not in page
    everything = client.get("/reports/topics/unheard/?show=all").content.decode()
    assert "division=LC0102" in everything
    client.force_login(city.user("district-lead", division="XC"))
    assert "LC0101" not in client.get("/reports/topics/unheard/?show=all").content.decode()
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get("/reports/topics/unheard.xlsx"))))
    assert book.active is not None
    assert book.active.max_row == 4  # its own two


def test_pages_teach_where_nothing_is_known(city: City, client: Client):
    client.force_login(city.user("creation-office"))
    for page in ("digest/", "unheard/"):
        assert 'class="empty"' in client.get(f"/reports/topics/{page}").content.decode()
    assert client.get("/reports/topics/unheard.json").json()["features"] == []
    assert client.get("/reports/topics/digest/?week=tomorrow").status_code == 200
