"""Fill a migrated database with a city: `python -m tests.browser.city little|demo`.

Run in a process of its own, with the server's settings, so that the server is a real one. The last
line it prints is JSON: what a walk through the city has to know.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from meicheng.demo.little import City


def little() -> str:
    """The little city of all tests, with the sanitary standard; the accounts' password."""
    from meicheng.demo.little import PASSWORD, City
    from meicheng.organisation.models import Membership

    city = City()
    city.load_standards("sanitary-city-2021")
    city.site("back-lane", name="柳荫一巷", longitude=114.2815, latitude=34.1835)
    city.site("farmers-market", division="XC0101")
    for district in ("LC", "XC", "SF"):
        place = f"{district}0101"
        for state in ("closed", "resolved", "in_progress", "registered"):
            city.case(division=place, state=state)
    city.report(case=city.case(state="reported", source="portal"))
    for role in Membership.Role:
        city.user(role.value)
    survey(city)
    return PASSWORD


def survey(city: City) -> None:
    """A wave in LC that is open, of what people know about health."""
    from django.utils import timezone

    from meicheng.places.models import Division
    from meicheng.places.time import city_day
    from meicheng.surveys.actions import keep_questionnaire, plan_wave
    from meicheng.surveys.drawing import Asked
    from meicheng.surveys.ready import ready

    Division.objects.filter(code__in=["LC0101", "LC0102"]).update(population=2000)
    office, today = city.user("creation-office"), city_day(timezone.now())
    plan_wave(
        office, questionnaire=keep_questionnaire(office, ready("health-knowledge")), title="健康知识",
        division=city.division("CITY"), opens=today, closes=today, key="browser",
        asked=Asked("households", [city.division("LC")], "district", 10),
    )  # fmt: skip


def demo() -> str:
    """The small demo city; the accounts' password."""
    from meicheng.demo.people import PASSWORD
    from meicheng.project.commands import run

    code = run(["demo", "make", "--size", "small", "--seed", "1"])
    if code:
        sys.exit(code)
    return PASSWORD


def walk() -> dict[str, object]:
    """Accounts by role, the unit of the unit worker, and a back lane of its district."""
    from meicheng.organisation.models import Membership, User
    from meicheng.places.models import Site

    accounts = {}
    for role in Membership.Role:
        user = User.objects.filter(memberships__role=role).exclude(password__startswith="!")
        accounts[role.value] = user.earliest("pk").username
    unit = Membership.objects.get(user__username=accounts["unit-worker"]).unit
    assert unit is not None
    lanes = Site.objects.filter(kind="back-lane", division__path__startswith=unit.division.path)
    lane = lanes.filter(longitude__isnull=False).earliest("pk")
    User.objects.filter(username__in=accounts.values()).update(language="")  # as the browser asks
    return {
        "accounts": accounts,
        "unit": unit.name_zh,
        "site": lane.name_zh,
        "longitude": lane.longitude,
        "latitude": lane.latitude,
    }


if __name__ == "__main__":
    django.setup()
    password = {"little": little, "demo": demo}[sys.argv[1]]()
    print(json.dumps({"password": password, **walk()}))
