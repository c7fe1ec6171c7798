"""Positions are checked, converted and found in their division."""

from math import cos, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meicheng.engine.space import (
    BadOutline,
    BadPosition,
    Locator,
    cell_of,
    cells_around,
    cells_covering,
    check_position,
    convert,
    distance_m,
    nearest,
)

china = st.tuples(st.floats(75, 134), st.floats(18, 53))


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        # points published with the open-source project googollee/eviltransform
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_published_points_are_converted_to_gcj02_and_back(wgs, gcj):
    assert convert(*wgs, source="wgs84", target="gcj02") == pytest.approx(gcj, abs=1e-6)
    assert convert(*gcj, source="gcj02", target="wgs84") == pytest.approx(wgs, abs=1e-6)


def test_published_points_are_converted_to_bd09_and_back():
    # published with the open-source project wandergis/coordtransform
    point = (116.404, 39.915)
    assert convert(*point, source="wgs84", target="gcj02") == pytest.approx(
        (116.41024449916938, 39.91640428150164), abs=1e-9
    )
    assert convert(*point, source="gcj02", target="bd09") == pytest.approx(
        (116.41036949371029, 39.92133699351021), abs=1e-9
    )
    # its way back is a simpler one, exact to a metre or two
    back = convert(*point, source="bd09", target="gcj02")
    assert distance_m(*back, 116.39762729119315, 39.90865673957631) < 2


@given(
    china, st.sampled_from(["wgs84", "gcj02", "bd09"]), st.sampled_from(["wgs84", "gcj02", "bd09"])
)
def test_there_and_back_is_the_same_place(point, one, other):
    there = convert(*point, source=one, target=other)
    assert distance_m(*convert(*there, source=other, target=one), *point) < 0.01


@given(china)
def test_gcj02_is_some_hundred_metres_away_and_never_kilometres(point):
    assert distance_m(*convert(*point, source="wgs84", target="gcj02"), *point) < 1500


def test_outside_china_gcj02_is_wgs84():
    assert convert(-73.98, 40.75, source="wgs84", target="gcj02") == (-73.98, 40.75)


@pytest.mark.parametrize(
    ("lon", "lat", "said"),
    [
        (34.8, 114.3, "exchanged"),
        (200, 100, "-180 to 180"),
        (0, 0, "did not know"),
        (float("nan"), 34, "two numbers"),
        ("east", 34, "two numbers"),
        (None, None, "two numbers"),
    ],
)
def test_a_position_that_cannot_be_is_refused_with_the_reason(lon, lat, said):
    with pytest.raises(BadPosition, match=said):
        check_position(lon, lat)


def test_a_system_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="mercator"):
        convert(114.3, 34.8, source="mercator", target="wgs84")


def square(west, south, side):
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


CITY = [
    ("CITY", 0, square(114, 34, 1)),
    ("LC", 1, square(114, 34, 0.5)),
    ("XC", 1, square(114.5, 34, 0.5)),
    ("LC01", 2, square(114, 34, 0.2)),
]


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (114.1, 34.1, "LC01"),
        (114.3, 34.3, "LC"),
        (114.7, 34.3, "XC"),
        (114.7, 34.9, "CITY"),
        (115.5, 34.5, None),
        (114.5, 34.25, "LC"),  # on the border of LC and XC
    ],
)
def test_a_point_lies_in_the_deepest_division_around_it(lon, lat, code):
    for order in (CITY, CITY[::-1]):
        assert Locator(order).find(lon, lat) == code
        assert Locator(order).find_all([(lon, lat), (0, 0)]) == [code, None]


def test_a_city_without_outlines_finds_nothing():
    assert Locator([]).find(114.3, 34.3) is None
    assert Locator([]).find_all([(114.3, 34.3)]) == [None]
    assert Locator(CITY).find_all([]) == []
    assert Locator([]).bounds() is None
    assert Locator(CITY).bounds() == (114, 34, 115, 35)


def test_a_hole_belongs_to_nobody():
    outline = square(114, 34, 1)
    outline["coordinates"] += square(114.4, 34.4, 0.2)["coordinates"]
    locator = Locator([("LC", 1, outline)])
    assert locator.find(114.5, 34.5) is None
    assert locator.find(114.1, 34.5) == "LC"


def test_an_outline_that_crosses_itself_is_repaired():
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
    locator = Locator([("BOW", 1, bow)])
    assert locator.find(0.2, 1) == "BOW"
    assert locator.find(1, 0.2) is None


@pytest.mark.parametrize(
    "outline",
    [
        {"type": "Point", "coordinates": [114, 34]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [2, 2], [0, 0]]]},
        {"type": "Circle"},
        {},
        "POLYGON",
    ],
)
def test_an_outline_that_is_no_area_is_refused_by_name(outline):
    with pytest.raises(BadOutline, match="LC01"):
        Locator([("LC01", 2, outline)])


def test_points_close_together_share_a_cell_that_fits_a_signed_column():
    assert cell_of(114.3, 34.8) == cell_of(114.30001, 34.80001)
    assert cell_of(114.3, 34.8) != cell_of(114.31, 34.8)
    assert 0 < cell_of(114.3, 34.8) < 2**63


@given(st.floats(114.0, 114.1), st.floats(34.0, 34.05))
def test_the_cells_over_a_box_hold_every_point_of_it(lon, lat):
    assert cell_of(lon, lat) in BOX


BOX = cells_covering(114.0, 34.0, 114.1, 34.05)


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ((115, 34, 114, 35), "west, south, east, north"),
        ((100, 20, 120, 40), "coarser"),
    ],
)
def test_a_box_that_is_none_or_too_large_is_refused(box, said):
    with pytest.raises(ValueError, match=said):
        cells_covering(*box)


def test_distances_are_those_of_the_globe():
    # a degree of longitude at 34° north: cos(34°) of the one on the equator
    assert distance_m(114, 34, 114.01, 34) == pytest.approx(1111.95 * cos(radians(34)), abs=0.01)
    # half way round
    assert distance_m(0, 0, 180, 0) == pytest.approx(20_015_115, abs=1)
    assert distance_m(114, 34, 114, 34) == 0


def test_the_nearest_place_is_found_within_reach():
    places = [("far", 114.02, 34.0), ("near", 114.001, 34.0), ("also near", 114.001, 34.0)]
    assert nearest(114, 34, places) == ("near", pytest.approx(92.2, abs=0.1))
    assert nearest(114, 34, places, within_m=50) is None
    assert nearest(114, 34, []) is None


@given(st.floats(100, 120), st.floats(20, 45), st.floats(0, 360), st.floats(0, 250))
def test_everything_within_the_ring_lies_in_its_cells(longitude, latitude, bearing, far):
    north = far / 111_195 * cos(radians(bearing))
    east = far / 111_195 * sin(radians(bearing)) / cos(radians(latitude))
    there = cell_of(longitude + east, latitude + north)
    assert there in cells_around(longitude, latitude, 250)


def test_a_ring_is_not_asked_for_more_than_it_holds():
    with pytest.raises(ValueError, match="250"):
        cells_around(114.3, 34.8, 251)
