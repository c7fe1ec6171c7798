"""An officer asks when a case would be due, without opening one."""

from __future__ import annotations

import json

import pytest

from meicheng.project.commands import run
from meicheng.standards.models import CaseKind, LimitRule, OfficeTime


@pytest.fixture
def manhole(city):
    """A missing cover: fenced off in 2 clock hours, put in place within a working day."""
    CaseKind.objects.filter(code="lamp-out").update(
        stages=[
            {"do": {"zh": "围挡警示", "en": "fence off"}, "limit": "2h"},
            {"do": {"zh": "修复", "en": "repair"}, "limit": "1wd"},
        ]
    )
    return "lamp-out"


def test_each_stage_runs_from_the_start_over_the_holiday(manhole, capsys):
    """30 September 2026, 16:20: the next working day after the holiday of 1 to 7 October is the 8th."""
    assert (
        run(["cases", "due", manhole, "--at", "2026-09-30T16:20", "--division", "LC", "--json"])
        == 0
    )
    said = json.loads(capsys.readouterr().out)
    assert said["kind"] == manhole
    assert said["at"] == "2026-09-30T16:20:00+08:00"
    assert said["stages"] == [
        {"name": said["stages"][0]["name"], "limit": "2h", "due": "2026-09-30T18:20:00+08:00"},
        {"name": said["stages"][1]["name"], "limit": "1wd", "due": "2026-10-08T16:20:00+08:00"},
    ]
    assert {one["name"] for one in said["stages"]} in (
        {"围挡警示", "修复"}, {"fence off", "repair"}
    )  # fmt: skip


def test_a_time_with_a_zone_is_the_same_instant(manhole, capsys):
    assert run(["cases", "due", manhole, "--at", "2026-09-30T08:20+00:00", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stages"][0]["due"] == "2026-09-30T18:20:00+08:00"


def test_a_year_of_which_nobody_knows_the_holidays_is_said(manhole, capsys):
    assert run(["cases", "due", manhole, "--at", "2031-03-03T09:00"]) == 0
    told = capsys.readouterr()
    assert "2031" in told.err
    assert "2031-03-04 09:00" in told.out


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["no-such-kind"], "lamp-out"),
        (["lamp-out", "--at", "soon"], "2026-09-30T16:20"),
        (["lamp-out", "--division", "NOWHERE"], "export divisions"),
    ],
)
def test_what_cannot_be_answered_says_what_was_expected(manhole, capsys, asked, words):
    assert run(["cases", "due", *asked]) == 2
    assert words in capsys.readouterr().err


def test_a_back_lane_and_a_grave_case_have_limits_of_their_own(city, capsys):
    LimitRule.objects.create(kind=city.kind(), road_id="back-lane", limits=["1wd"])
    LimitRule.objects.create(kind=city.kind(), severity=3, limits=["2wh"])
    OfficeTime.objects.create(pk=1, token="changed")
    asked = ["cases", "due", "exposed-litter", "--at", "2026-09-28T09:00", "--json"]

    def stage(*more):
        assert run([*asked, *more]) == 0
        return json.loads(capsys.readouterr().out)["stages"][0]

    assert stage()["limit"] == "4wh"
    assert stage("--road", "back-lane")["due"] == "2026-09-29T09:00:00+08:00"
    assert stage("--road", "back-lane", "--severity", "3")["due"] == "2026-09-28T11:00:00+08:00"


def test_a_case_keeps_the_limit_it_was_dispatched_with(city):
    lane = city.site("back-lane")
    LimitRule.objects.create(kind=city.kind(), road_id="back-lane", limits=["2wd"])
    OfficeTime.objects.create(pk=1, token="changed")
    case = city.case(state="dispatched", site=lane)
    assert case.limit == "2wd"
    LimitRule.objects.update(limits=["9wd"])
    OfficeTime.objects.update(token="changed again")
    case.refresh_from_db()
    assert (case.limit, case.time_limit) == ("2wd", "2wd")
    assert city.case(state="dispatched", site=lane).limit == "9wd"
    assert city.case(state="dispatched").limit == "4wh"
