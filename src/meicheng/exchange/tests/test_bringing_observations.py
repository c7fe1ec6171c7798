"""Observations from files: one in each row, understood by the rules that the item serves."""

from __future__ import annotations

import pytest

from meicheng.exchange.running import import_file
from meicheng.exchange.writing import export_file
from meicheng.ledger.actions import new_observation, observe
from meicheng.ledger.models import Observation, Tally
from meicheng.ledger.rebuild import rebuild
from meicheng.standards.actions import save_framework
from meicheng.standards.models import Item
from meicheng.tables.kinds import kind_of

HEAD = "item,subject,observed_at,value,weight,source\n"


def criterion(code, method, **rule):
    weight = {} if method == "veto" else {"weight": 1}
    name = {"zh": code, "en": code}
    return {"code": code, "name": name, **weight, "method": method, "rule": rule}


@pytest.fixture
def standard(city):
    """A standard with one criterion of every way to be observed."""
    return save_framework(
        {
            "framework": "f",
            "edition": "1",
            "name": {"zh": "标准", "en": "Standard"},
            "full_marks": 100,
            "nodes": [
                {
                    "code": "1",
                    "name": {"zh": "一", "en": "One"},
                    "weight": 1,
                    "criteria": [
                        criterion("look", "field", kind="pass_rate"),
                        criterion("tidy", "field", kind="deduct", per=0.1),
                        criterion("share", "statistic", kind="target", at_least=90),
                        criterion("papers", "document", kind="materials", needs=["plan"]),
                        criterion("asked", "survey", kind="share_of_answers", counts={"good": 1}),
                        criterion("timely", "case", kind="rate", of="on_time_closed", among="due"),
                        criterion("fire", "veto", kind="veto", rules_out="framework"),
                    ],
                }
            ],
        }
    )


def test_a_file_of_looks_counts_in_the_tallies(city, bring):
    site = city.site()
    rows = (
        f"swept,{site.code},2026-09-01 09:00:00,yes,2,督查\nswept,{site.code},2026-09-01,否,,督查\n"
    )
    assert bring("observations", HEAD + rows).imported == 2
    tally = {row.value: row.weight for row in Tally.objects.all()}
    assert tally == {"yes": 2.0, "no": 1.0}
    assert rebuild(check=True) == []
    assert bring("observations", HEAD + rows).duplicates == 2


@pytest.mark.parametrize(
    ("item", "value", "kept"),
    [
        ("f/look", "na", ("na", None, 1)),
        ("f/tidy", "3", ("", 3, 1)),
        ("f/tidy", "no", ("no", None, 1)),
        ("f/share", "92.5%", ("", 92.5, 1)),
        ("f/papers/plan", "accepted", ("accepted", None, 1)),
        ("f/asked", "very_good", ("very_good", None, 1)),
        ("f/timely", "17/20", ("rate", 0.85, 20)),
        ("f/fire", "occurred", ("occurred", None, 1)),
    ],
)
def test_a_value_is_read_by_its_rule(standard, bring, item, value, kept):
    counts = bring("observations", HEAD + f"{item},CITY,2026-09-01,{value},,\n")
    assert counts.imported == 1
    one = Observation.objects.get()
    assert (one.value, one.number, one.weight) == kept


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("nothing,CITY,2026-09-01,yes,,", "item"),
        ("f/nothing,CITY,2026-09-01,yes,,", "item"),
        ("f/papers,CITY,2026-09-01,accepted,,", "item"),
        ("f/look,NOWHERE,2026-09-01,yes,,", "subject"),
        ("f/look,CITY,2999-01-01,yes,,", "observed_at"),
        ("f/look,CITY,yesterday,yes,,", "observed_at"),
        ("f/look,CITY,2026-09-01,92,,", "value"),
        ("f/tidy,CITY,2026-09-01,-1,,", "value"),
        ("f/tidy,CITY,2026-09-01,2.5,,", "value"),  # nobody finds half a problem
        ("f/share,CITY,2026-09-01,yes,,", "value"),
        ("f/papers/plan,CITY,2026-09-01,yes,,", "value"),
        ("f/timely,CITY,2026-09-01,21/20,,", "value"),
        ("f/timely,CITY,2026-09-01,0/0,,", "value"),
        ("f/fire,CITY,2026-09-01,no,,", "value"),
        ("f/look,CITY,2026-09-01,yes,0,", "weight"),
        ("f/look,CITY,2026-09-01,yes,heavy,", "weight"),
        ("f/look,CITY,2026-09-01,,,", "value"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_column(standard, bring, row, column):
    counts = bring("observations", HEAD + row + "\n")
    assert [fault.column for fault in counts.first_rejected] == [column]
    assert not Observation.objects.exists()


def test_a_figure_of_a_site_is_refused_as_it_would_count_nowhere(standard, city, bring):
    counts = bring("observations", HEAD + f"f/share,{city.site().code},2026-09-01,92.5,,\n")
    assert [fault.column for fault in counts.first_rejected] == ["subject"]
    assert not Observation.objects.exists()


def test_equal_answers_of_one_survey_are_several_and_the_same_file_again_is_none(standard, bring):
    rows = "f/asked,CITY,2026-09-01,good,,\n" * 3
    assert bring("observations", HEAD + rows).imported == 3
    assert bring("observations", HEAD + rows).duplicates == 3


def test_an_item_that_no_standard_uses_is_kept(city, bring):
    Item.objects.create(code="new", name_zh="新")
    assert bring("observations", HEAD + "new,LC,2026-09-01,yes,,\n").imported == 1


def test_observations_out_and_in_again_change_nothing(standard, city, bring, tmp_path):
    rows = "f/timely,CITY,2026-09-01,17/20,,\nf/share,LC,2026-09-01,92.5,,统计局\n"
    bring("observations", HEAD + rows)
    site = city.site()
    at = Observation.objects.first().observed_at
    seen = new_observation(
        item=city.item(), site=site, division=site.division, observed_at=at, value="yes"
    )
    observe([seen])
    path = tmp_path / "out.xlsx"
    assert export_file(kind_of("observations"), path) == 3
    assert import_file(kind_of("observations"), path).duplicates == 3
    assert Observation.objects.count() == 3


def test_checklists_come_and_go(city, bring, tmp_path):
    rows = (
        "code,name_zh,site_kinds,criteria,severity,opens,role\n"
        "lit,灯亮,main-road back-lane,f/look,3,lamp-out,health\n"
        "bad,坏,nowhere,,,,\n"
    )
    counts = bring("checklists", rows)
    assert (counts.imported, counts.rejected) == (1, 1)
    item = Item.objects.get(code="lit")
    assert {kind.code for kind in item.site_kinds.all()} == {"main-road", "back-lane"}
    path = tmp_path / "out.csv"
    written = export_file(kind_of("checklists"), path)
    assert import_file(kind_of("checklists"), path).duplicates == written
