"""A promise as a test needs it."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from meicheng.commitments.actions import promise
from meicheng.places import time

keys = count()


@pytest.fixture
def today(city):
    return time.today()


@pytest.fixture
def promised(city, today):
    """Make a promise of the urban management of LC: at most 5 open cases within 60 days."""

    def make(by=None, **said):
        whole = {"words": "积存案件不超过 5 件", "unit": city.unit(), "division": city.division("LC"),
                 "post": "环卫科科长", "metric": "open", "direction": "most", "figure": 5.0,
                 "start": today - timedelta(days=20), "due": today + timedelta(days=40),
                 "key": f"k{next(keys)}", **said}  # fmt: skip
        return promise(by or city.user("creation-office"), **whole)

    return make
