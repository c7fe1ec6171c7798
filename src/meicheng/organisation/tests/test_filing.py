"""Who files for a place."""

from __future__ import annotations

from meicheng.organisation.filing import place_of, units_that_file
from meicheng.organisation.models import Unit


def test_a_districts_own_units_file_for_it_and_their_crews_do_not(city):
    bureau = city.unit("urban-management", "LC")
    crew = Unit.objects.create(
        code="crew-1", role=bureau.role, division=bureau.division, parent=bureau, name_zh="一队"
    )
    found = units_that_file(city.division("LC"))
    assert found["urban-management"] == [bureau]
    assert crew not in units_that_file(city.root).get("urban-management", [])
    assert place_of(crew) == city.division("LC")


def test_the_citys_own_units_file_for_the_city_alone(city):
    bureau = city.unit("urban-management", "LC")
    own = Unit.objects.create(code="own", role=bureau.role, division=city.root, name_zh="市城管局")
    assert units_that_file(city.root)["urban-management"] == [own]
    assert own not in units_that_file(city.division("LC"))["urban-management"]
