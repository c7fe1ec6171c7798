"""Another system sends observations and asks what would come out, what if, and what pays."""

from __future__ import annotations

import pytest

from meicheng.ledger.models import Observation
from meicheng.standards.actions import save_framework

ROW = {"item": "swept", "observed_at": "2026-09-10 10:00"}
ASKED = "edition=1&period=2026Q3"


@pytest.fixture
def lanes(city):
    """Four lanes under a standard of one criterion, at least 70 marks needed."""
    framework = save_framework(
        {
            "framework": "clean",
            "edition": "1",
            "name": {"zh": "干净", "en": "Clean"},
            "full_marks": 100,
            "pass": {"at_least": 70},
            "nodes": [
                {
                    "code": "1",
                    "name": {"zh": "街巷", "en": "Lanes"},
                    "weight": 1,
                    "criteria": [
                        {
                            "code": "1.1",
                            "name": {"zh": "清扫", "en": "Swept"},
                            "weight": 1,
                            "method": "field",
                            "rule": {"kind": "pass_rate"},
                            "site_kinds": ["back-lane"],
                            "lead": "urban-management",
                        }
                    ],
                }
            ],
        }
    )
    item = city.item("swept")
    item.criteria = [*item.criteria, "clean/1.1"]
    item.save()
    assert framework is not None
    return [city.site("back-lane") for _number in range(4)]


def rows(lanes, *values):
    return [
        ROW | {"subject": lane.code, "value": value}
        for lane, value in zip(lanes, values, strict=True)
    ]


def test_rows_are_taken_once_and_wrong_ones_named(city, call, lanes):
    caller = call()
    sent = {
        "observations": [
            *rows(lanes, "yes", "yes", "yes", "no"),
            ROW | {"subject": "X", "value": "yes"},
        ]
    }
    checked = caller.post("/observations?dry_run=true", sent).json()
    assert (checked["imported"], checked["rejected"]) == (4, 1)
    assert not Observation.objects.exists()
    first = caller.post("/observations", sent, key="one")
    assert first.status_code == 200
    assert first.json()["imported"] == 4
    assert [(one["row"], one["column"]) for one in first.json()["rejections"]] == [(5, "subject")]
    assert caller.post("/observations", sent, key="one").json() == first.json()
    again = caller.post("/observations", sent, key="two").json()
    assert (again["imported"], again["duplicates"]) == (0, 4)
    assert Observation.objects.count() == 4


def test_a_figure_that_cannot_be_is_refused_as_in_a_file_and_in_the_grid(city, call):
    city.load_standards("sanitary-city-2021")
    green = {"item": "sanitary-city/3.3.4", "subject": "CITY", "observed_at": "2026-09-10"}
    area = green | {"item": "sanitary-city/3.3.5"}
    sent = {
        "observations": [
            green | {"value": "230"}, green | {"value": "0.23"}, green | {"value": "38.5"},
            area | {"value": "-2 m²"}, green | {"item": "sanitary-city/7.3.3", "value": "112"},
        ]
    }  # fmt: skip
    answer = call().post("/observations", sent, key="one").json()
    assert [(one["row"], one["column"]) for one in answer["rejections"]] == [
        (row, "value") for row in (1, 2, 4)
    ]
    assert set(Observation.objects.values_list("number", flat=True)) == {38.5, 112}


def test_who_may_import_no_file_sends_no_rows(call, lanes):
    sent = {"observations": rows(lanes, "yes", "yes", "yes", "no")}
    assert call("inspector").post("/observations", sent).status_code == 403
    assert call(scopes=["marks:read"]).post("/observations", sent).status_code == 403
    assert not Observation.objects.exists()


@pytest.mark.parametrize("body", [{}, {"observations": []}, {"observations": [{"item": "x"}]}])
def test_a_body_that_is_no_import_is_refused(call, lanes, body):
    assert call().post("/observations", body).status_code == 422


def test_what_may_come_and_what_would_help_is_told(city, call, lanes):
    """3 of 4 lanes: 75 marks. Two are drawn: 50 or 100, half each. The last one mended: 100."""
    caller = call()
    caller.post("/observations", {"observations": rows(lanes, "yes", "yes", "yes", "no")})
    mock = caller.get(f"/marks/clean/mock?{ASKED}&take=back-lane:2").json()
    assert mock["plan"] == [{"kind": "back-lane", "sites": 2, "seen": 4}]
    assert mock["mock"]["mean"] == pytest.approx(75, abs=1)
    assert mock["mock"]["pass_probability"] == pytest.approx(0.5, abs=0.02)
    found = caller.get(f"/marks/clean/what-if?{ASKED}&change=1.1%3D90").json()
    assert (found["before"]["marks"], found["after"]["marks"]) == (75, 90)
    plan = caller.get(f"/marks/clean/next-steps?{ASKED}").json()
    assert (plan["marks"], plan["marks_after"], plan["gain"]) == (75, 100, 25)
    assert [(one["item"], one["gain"]) for one in plan["measures"]] == [("swept", 25)]
    assert caller.get(f"/marks/clean/next-steps?{ASKED}&effort=0").json()["measures"] == []


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("mock?take=back-lane", 422),
        ("mock?sites=-1", 422),
        ("what-if?change=9.9%3D1", 409),
        ("what-if?change=1.1%3Dmany", 409),
        ("next-steps?days=-3", 422),
        ("next-steps?period=soon", 404),
        ("mock?division=NOWHERE", 404),
        ("mock?edition=77", 404),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(call, lanes, question, status):
    answer = call().get(f"/marks/clean/{question}")
    assert answer.status_code == status
    assert answer.json()["title"] or answer.json()["detail"]
