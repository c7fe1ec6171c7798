"""A campaign of the small city, and cases that were reported and closed when a test says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.campaigns.actions import order_campaign
from meicheng.cases.models import Case
from meicheng.places.time import city_day, midnight


@pytest.fixture
def today(city):
    return city_day(timezone.now())


@pytest.fixture
def office(city):
    return city.user("creation-office")


@pytest.fixture
def order(city, office, today):
    """Order a campaign against rubbish in LC: two weeks of publicity, then rectification."""

    def make(*, begins=-28, acts=-14, ends=14, areas=("LC",), key="a", **said):
        days = [today + timedelta(days=offset) for offset in (begins, acts, ends)]
        options = {
            "title": "暴露垃圾专项治理",
            "lead": city.unit(),
            "division": city.division("CITY"),
            "areas": [city.division(code) for code in areas],
            "kinds": [city.kind()],
            "phases": {
                "publicity": (days[0], days[1] - timedelta(days=1)),
                "rectification": (days[1], days[2]),
            },
            "counted": ["查扣车辆"],
            "key": key,
            **said,
        }
        return order_campaign(options.pop("by", office), **options)

    return make


@pytest.fixture
def found(city, today):
    """Cases as they stand in the database, so many days from now; thousands cost little."""
    serial = iter(range(1, 100_000))

    def make(days, *, closed=None, due=None, division="LC0101", count=1, kind="exposed-litter",
             source="portal", state="", **fields):  # fmt: skip
        where = city.divisions.get(division) or division
        noon = midnight(today) + timedelta(hours=12)

        def at(offset):
            return None if offset is None else noon + timedelta(days=offset)

        return Case.objects.bulk_create(
            Case(
                number=f"T-{next(serial)}",
                kind=city.kind(kind),
                division=where,
                district_id=where.district_id,
                source=source,
                state=state or ("closed" if closed is not None else "in_progress"),
                reported_at=at(days),
                due_at=at(due),
                resolved_at=at(closed),
                closed_at=at(closed),
                **fields,
            )
            for _ in range(count)
        )

    return make
