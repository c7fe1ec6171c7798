"""A list of the small city, for the tests of lists."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.lists.actions import Draft, make_list
from meicheng.places.time import city_day


@pytest.fixture
def today(city):
    return city_day(timezone.now())


@pytest.fixture
def office(city):
    return city.user("creation-office")


@pytest.fixture
def new_list(city, office, today):
    """Make a list of problems of the urban management of LC, due in three days."""

    def make(count=1, *, key="a", division="LC", **said):
        drafts = [
            Draft(f"第{number}处问题", city.unit(), today + timedelta(days=3))
            for number in range(1, count + 1)
        ]
        options = {
            "title": "模拟测评问题清单",
            "source": "mock",
            "division": city.division(division),
            "items": drafts,
            "key": key,
            **said,
        }
        return make_list(said.pop("by", office), **{k: v for k, v in options.items() if k != "by"})

    return make
