"""A city gives other limits by severity, road and place: the most specific one wins."""

from hypothesis import given
from hypothesis import strategies as st

from meicheng.engine.calendar import LimitRule, limits_for

OWN = ("4wh",)
PLACES = ["", "/CITY/", "/CITY/LC/", "/CITY/LC/LC01/"]
ROADS = ["", "main-road", "back-lane"]


def test_danger_goes_before_the_road_and_the_road_before_the_place():
    rules = [
        LimitRule(("1h",), severity=3),
        LimitRule(("2h",), road="main-road"),
        LimitRule(("3h",), place="/CITY/LC/"),
    ]
    said = {"severity": 3, "road": "main-road", "place": "/CITY/LC/LC01/"}
    assert limits_for(OWN, rules, **said) == ("1h",)
    assert limits_for(OWN, rules, **{**said, "severity": 1}) == ("2h",)
    assert limits_for(OWN, rules, **{**said, "severity": 1, "road": ""}) == ("3h",)
    assert limits_for(OWN, rules, severity=1, road="", place="/CITY/XC/") == OWN


def test_two_conditions_go_before_one_and_the_smaller_place_before_the_larger():
    rules = [
        LimitRule(("1h",), severity=3),
        LimitRule(("2h",), road="main-road", place="/CITY/"),
        LimitRule(("3h",), road="main-road", place="/CITY/LC/"),
    ]
    said = {"severity": 3, "road": "main-road"}
    assert limits_for(OWN, rules, **said, place="/CITY/LC/LC01/") == ("3h",)
    assert limits_for(OWN, rules, **said, place="/CITY/XC/") == ("2h",)


def test_a_place_whose_code_begins_alike_is_another_place():
    rules = [LimitRule(("1h",), place="/CITY/LC/")]
    assert limits_for(OWN, rules, place="/CITY/LC2/") == OWN


rules = st.builds(
    LimitRule,
    limits=st.integers(1, 9).map(lambda n: (f"{n}h",)),
    severity=st.sampled_from([None, 1, 2, 3]),
    road=st.sampled_from(ROADS),
    place=st.sampled_from(PLACES),
)
conditions = st.lists(rules, unique_by=lambda rule: (rule.severity, rule.road, rule.place))


@given(conditions, st.integers(1, 3), st.sampled_from(ROADS), st.sampled_from(PLACES), st.randoms())
def test_what_holds_does_not_depend_on_the_order_of_the_rules(found, severity, road, place, chance):
    said = {"severity": severity, "road": road, "place": place}
    mixed = list(found)
    chance.shuffle(mixed)
    assert limits_for(OWN, mixed, **said) == limits_for(OWN, found, **said)
