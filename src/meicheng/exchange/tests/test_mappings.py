"""Mappings: how the columns of somebody's file become ours."""

from __future__ import annotations

import pytest

from meicheng.exchange.guessing import guess
from meicheng.exchange.mapping import find_plan, mapping_of, names_for, read_plan, shipped
from meicheng.exchange.models import Mapping
from meicheng.exchange.running import first_rows
from meicheng.tables.kinds import Refused, kind_of


@pytest.fixture
def read(tmp_path):
    """The first row of a file as a mapping reads it."""

    def read(part, text):
        path = tmp_path / "sent.csv"
        path.write_text(text, encoding="utf-8")
        kind = kind_of("reports")
        _reader, rows = first_rows(kind, path, plan=read_plan(part, kind))
        return rows[0][1]

    return read


BASE = {"body": "b", "reported_at": "t"}


@pytest.mark.parametrize(
    ("column", "cells", "value"),
    [
        ("x", "甲,乙", "甲"),
        ({"from": ["x", "y"], "join": "/"}, "甲,乙", "甲/乙"),
        ({"from": ["x", "y"], "join": "/"}, "甲,", "甲"),
        ({"from": ["x", "y"], "take": "first"}, ",乙", "乙"),
        ({"from": ["x", "y"], "take": "first", "empty": ["none"]}, "None,乙", "乙"),
        ({"from": "x", "find": "[A-Z][0-9]区"}, "在A3区北路,", "A3区"),
        ({"from": "x", "find": "[A-Z][0-9]区"}, "在北路,", ""),
        ({"from": "x", "table": {"Old": "new"}}, "OLD,", "new"),
        ({"from": "x", "table": {"Old": "new"}}, "other,", "other"),
        ({"from": "x", "table": {"Old": "new"}, "otherwise": ""}, "other,", ""),
        ({"value": "fixed"}, "a,b", "fixed"),
        ({"from": "z", "optional": True}, "a,b", ""),
    ],
)
def test_a_column_comes_from_where_the_mapping_says(city, read, column, cells, value):
    part = {"columns": {**BASE, "address": column}}
    row = read(part, f"x,y,b,t\n{cells},words,2026-09-01\n")
    assert row.values["address"] == value


def test_dates_of_another_order_are_read_only_when_they_are_named(city, read):
    text = "b,t\nwords,04/05/2026 01:30:00 PM\n"
    assert "is not a time" in read({"columns": BASE}, text).reason
    part = {"columns": BASE, "dates": ["%m/%d/%Y %I:%M:%S %p"], "time_zone": "America/New_York"}
    row = read(part, text)
    assert row.values["reported_at"].isoformat() == "2026-04-05T17:30:00+00:00"


def test_columns_that_nothing_uses_are_kept_unless_dropped(city, read):
    part = {"columns": BASE, "keep": ["t"], "drop": ["d"]}
    row = read(part, "b,t,e,d\nwords,2026-09-01,kept,gone\n")
    assert row.extra == {"e": "kept", "t": "2026-09-01"}


def test_everything_that_is_wrong_in_a_mapping_is_said_at_once(city):
    part = {
        "columns": {"nothing": "a", "body": {"find": "x"}, "address": {"from": "a", "find": "("}},
        "time_zone": "Mars/Base",
        "crs": "epsg9",
        "hello": 1,
    }
    with pytest.raises(Refused) as refused:
        read_plan(part, kind_of("reports"))
    for word in ("nothing", "body", "address", "Mars/Base", "epsg9", "hello"):
        assert word in str(refused.value)


def test_a_heading_that_the_file_lacks_is_named(city, read):
    with pytest.raises(Refused, match="no column for: zz"):
        read({"columns": {**BASE, "address": "zz"}}, "b,t\nwords,2026-09-01\n")


@pytest.mark.parametrize("name", ["citizen-messages", "hotline-12345", "nyc311"])
def test_the_shipped_mappings_are_in_order(city, name):
    assert mapping_of(name, kind_of("reports")).columns["number"].headings
    for language in ("zh", "en"):
        assert shipped()[name]["title"][language]


def test_a_mapping_for_another_kind_or_of_no_name_is_refused(city):
    with pytest.raises(Refused, match="is for reports"):
        mapping_of("nyc311", kind_of("sites"))
    with pytest.raises(Refused, match="citizen-messages"):
        mapping_of("nothing", kind_of("reports"))


def test_a_mapping_may_be_a_file_of_ones_own(city, tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text("kinds: {reports: {columns: {body: b, reported_at: t}}}", encoding="utf-8")
    assert find_plan(str(path), kind_of("reports")).columns["body"].headings == ("b",)
    path.write_text("kinds: [", encoding="utf-8")
    with pytest.raises(Refused, match="cannot be read"):
        find_plan(str(path), kind_of("reports"))


def test_a_mapping_that_somebody_made_stands_beside_the_shipped_ones(city):
    Mapping.objects.create(name="ours", kind="reports", document={"columns": BASE})
    assert {"nyc311", "ours"} <= {name for name, _title in names_for(kind_of("reports"))}
    assert mapping_of("ours", kind_of("reports")).columns["body"].headings == ("b",)


def test_what_is_meant_is_guessed_from_headings_of_hotlines():
    headings = ["工单编号", "来电时间", "诉求内容", "承办单位", "办结时间", "满意度", "Longtitude"]
    found = guess(kind_of("reports"), headings)
    assert found == {
        "number": "工单编号",
        "reported_at": "来电时间",
        "body": "诉求内容",
        "unit": "承办单位",
        "closed_at": "办结时间",
        "rating": "满意度",
        "longitude": "Longtitude",
    }
