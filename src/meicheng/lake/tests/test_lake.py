"""Cities in the lake have the marks that their own databases give them, on both engines."""

from __future__ import annotations

import json
import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.core.cache import cache
from django.utils import timezone

from meicheng.assessment.periods import parse_period
from meicheng.assessment.queries import assess
from meicheng.cases.history import PastCase, write_past_cases
from meicheng.engine.workflow import State
from meicheng.lake.export import BadLake, export, manifest_of
from meicheng.lake.making import make
from meicheng.lake.scoring import score_lake
from meicheng.ledger.actions import new_observation, observe
from meicheng.standards.actions import save_framework
from meicheng.standards.models import Item

PERIODS = ("2026Q3", "2026", "2026-08")


def leaf(code, method, rule, **more):
    return {
        "code": code,
        "name": {"zh": f"内容{code}", "en": f"Criterion {code}"},
        "weight": 10,
        "method": method,
        "rule": rule,
        "lead": "urban-management",
        **more,
    }


@pytest.fixture
def every_rule(city):
    """A standard of every kind of rule, with a bonus and a veto."""
    framework = save_framework(
        {
            "framework": "every",
            "edition": "1",
            "name": {"zh": "每种规则", "en": "Every rule"},
            "full_marks": 100,
            "pass": {"at_least": 60},
            "official": False,
            "nodes": [
                {
                    "code": "1",
                    "name": {"zh": "一", "en": "One"},
                    "weight": 3,
                    "criteria": [
                        leaf("1.1", "field", {"kind": "pass_rate"}, site_kinds=["back-lane"]),
                        leaf("1.2", "field", {"kind": "pass_rate"}),
                        leaf("1.3", "field", {"kind": "deduct", "per": 0.05}),
                        leaf("1.4", "case", {"kind": "rate", "of": "satisfied", "among": "rated"}),
                        leaf("1.5", "case", {"kind": "rate", "of": "on_time_closed", "among": "due"}),
                        leaf("1.6", "case", {"kind": "rate", "of": "received_in_time", "among": "received"}),
                        leaf("1.7", "case", {"kind": "rate", "of": "answered_in_time", "among": "received"}),
                    ],
                },
                {
                    "code": "2",
                    "name": {"zh": "二", "en": "Two"},
                    "weight": 2,
                    "criteria": [
                        leaf("2.1", "statistic", {"kind": "target", "at_least": 80}, unit="percent"),
                        leaf("2.2", "statistic", {"kind": "trend", "direction": "rising", "years": 2}),
                        leaf("2.3", "document",
                             {"kind": "materials", "needs": ["plan", "summary"], "dated_within_months": 12}),
                        leaf("2.4", "survey", {"kind": "share_of_answers", "counts": {"satisfied": 1}}),
                    ],
                },
                {
                    "code": "0",
                    "name": {"zh": "否决", "en": "Vetoes"},
                    "criteria": [
                        {"code": "0.1", "name": {"zh": "事故", "en": "Accident"}, "method": "veto",
                         "rule": {"kind": "veto", "rules_out": "1"}, "lead": "urban-management"}
                    ],
                },
            ],
        }
    )  # fmt: skip
    Item.objects.filter(code="swept").update(criteria=["every/1.1", "every/1.3"])
    Item.objects.filter(code="stalls-clean").update(criteria=["every/1.2"])
    return framework


@pytest.fixture
def filled(city, every_rule):
    """Fill the city by chance: `filled(3)`; much is missing, some is said twice."""

    def fill(seed, count=120):
        dice = random.Random(seed)
        sites = [
            *(city.site("back-lane") for _n in range(4)),
            *(city.site("farmers-market", division=city.division("XC")) for _n in range(3)),
        ]
        items = {item.code: item for item in Item.objects.all()}
        rows = []
        for _number in range(count):
            at = timezone.make_aware(datetime(2025, 1, 1)) + timedelta(hours=dice.randrange(16_000))
            site, value, number, weight = None, "", None, dice.choice([1.0, 1.0, 2.5])
            place = city.division(dice.choice(["CITY", "CITY", "LC"]))
            what = dice.randrange(9)
            if what < 4:
                site = dice.choice(sites)
                place, value = site.division, dice.choice(["yes", "yes", "no", "na"])
                code = "stalls-clean" if site.kind_id == "farmers-market" else "swept"
            elif what == 4:
                code, number, weight = "swept", float(dice.randrange(4)), 1.0
                site = dice.choice(sites[:4])
                place = site.division
            elif what == 5:
                code, number = dice.choice(["every/2.1", "every/2.2"]), dice.uniform(50, 100)
            elif what == 6:
                code = f"every/2.3/{dice.choice(['plan', 'summary'])}"
                value = dice.choice(["accepted", "accepted", "returned"])
            elif what == 7:
                code, value = "every/2.4", dice.choice(["satisfied", "neutral", "no_answer"])
            elif dice.random() < 0.3:
                code, value = "every/0.1", dice.choice(["occurred", "cleared", "cleared"])
            else:
                code, value, number = "every/1.4", "rate", dice.random()
                weight = float(dice.randrange(1, 40))
            if code not in items:
                continue
            rows.append(
                new_observation(
                    item=items[code], site=site, division=place, observed_at=at, value=value,
                    number=number, weight=weight, sampled=dice.random() < 0.9 or site is None, by=None,
                )
            )  # fmt: skip
        written = observe(rows)
        corrected = next(one for one in written if one.site_id and one.value == "no")
        again = new_observation(
            item=corrected.item, site=corrected.site, division=corrected.division,
            observed_at=corrected.observed_at, value="yes", by=None, replaces=corrected,
        )  # fmt: skip
        observe([again])
        for step in ("resolved", "closed", "dispatched"):
            city.case(state=step)
        # One from a file, of which nobody knows whether it was taken up in time.
        past = PastCase(
            kind=city.kind(), division=city.division("LC"),
            state=State.IN_PROGRESS, reported_at=timezone.now() - timedelta(days=2), source="hotline",
            unit=city.unit(),
        )  # fmt: skip
        write_past_cases([past])

    return fill


def own(framework, period, city):
    cache.clear()
    return assess(framework, parse_period(period), city.root)


def same(one, other):
    assert one.marks == (None if other.marks is None else pytest.approx(other.marks, abs=1e-9))
    assert one.strict_marks == pytest.approx(other.strict_marks, abs=1e-9)
    assert one.coverage == pytest.approx(other.coverage, abs=1e-9)
    assert (one.interval is None) == (other.interval is None)
    if one.interval is not None:
        assert one.interval == pytest.approx(other.interval, abs=1e-9)
    assert one.vetoes == other.vetoes
    for node, its in zip(one.nodes, other.nodes, strict=True):
        assert (node.interval is None) == (its.interval is None), node.code
        if node.interval is not None:
            assert node.interval == pytest.approx(its.interval, abs=1e-9)
    for mine, theirs in zip(one.criteria, other.criteria, strict=True):
        assert mine.code == theirs.code
        assert mine.share == (
            None if theirs.share is None else pytest.approx(theirs.share, abs=1e-9)
        )
        assert (mine.observations, mine.sites) == (theirs.observations, theirs.sites)


@pytest.mark.parametrize("seed", range(6))
def test_a_city_of_chance_has_its_own_marks(city, every_rule, filled, tmp_path, seed):
    filled(seed)
    export(tmp_path / "lake", "ours")
    for period in PERIODS:
        (found,) = score_lake([tmp_path / "lake"], "every", parse_period(period))
        same(found.marks, own(every_rule, period, city))


@pytest.mark.one_database  # Spark reads files, and DuckDB scores those of both databases above
def test_spark_gives_what_duckdb_gives(city, every_rule, filled, tmp_path):
    filled(1)
    export(tmp_path / "lake", "ours")
    shutil.copytree(tmp_path / "lake", tmp_path / "other")
    for part in (
        "observations",
        "sites",
        "divisions",
        "items",
        "cases",
        "case_counts",
        "frameworks",
    ):
        (tmp_path / "other" / part / "city=ours").rename(tmp_path / "other" / part / "city=007")
    manifest = tmp_path / "other" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"ours"', '"007"'))
    folders = [tmp_path / "lake", tmp_path / "other"]
    found = score_lake(folders, "every", parse_period("2026Q3"), engine="spark")
    assert [one.city for one in found] == ["007", "ours"]
    for one in found:
        same(one.marks, own(every_rule, "2026Q3", city))
    plain = score_lake(folders, "every", parse_period("2026Q3"))
    assert [one.observations for one in plain] == [one.observations for one in found]


def test_splitting_a_file_changes_nothing(every_rule, filled, tmp_path):
    filled(2)
    lake = tmp_path / "lake"
    export(lake, "ours")
    before = score_lake([lake], "every", parse_period("2026"))
    path = max(
        lake.glob("observations/*/*/*.parquet"), key=lambda one: pq.read_metadata(one).num_rows
    )
    # A partition is a folder, not a column of the file that stands in it.
    table = pq.ParquetFile(path).read()
    half = table.num_rows // 2
    pq.write_table(table.slice(0, half), path)
    pq.write_table(table.slice(half), path.with_name("part-1.parquet"))
    after = score_lake([lake], "every", parse_period("2026"))
    same(after[0].marks, before[0].marks)


def test_an_export_names_nobody_and_says_what_it_holds(city, every_rule, filled, tmp_path):
    filled(3)
    lake = tmp_path / "lake"
    first = export(lake, "ours")
    assert export(lake, "ours")["rows"] == first["rows"]
    assert manifest_of(lake)["cities"]["ours"]["rows"]["observations"] > 100
    columns = {
        name for path in lake.glob("*/*/**/*.parquet") for name in pq.read_schema(path).names
    }
    assert not columns & {"source_name", "remark", "recorded_by", "phone", "description", "by"}
    assert not list(lake.glob(".draft*"))
    assert not list(lake.glob(".old*"))


def test_a_half_written_export_is_never_seen(city, every_rule, filled, tmp_path, monkeypatch):
    filled(4)
    lake = tmp_path / "lake"
    export(lake, "ours")
    before = sorted(str(path) for path in lake.rglob("*"))

    def fail():
        raise OSError("no space left")

    monkeypatch.setattr("meicheng.lake.export._case_counts", fail)
    with pytest.raises(OSError, match="no space"):
        export(lake, "ours")
    assert sorted(str(path) for path in lake.rglob("*")) == before


def test_two_cities_of_one_name_are_not_mixed_up(every_rule, filled, tmp_path):
    filled(5)
    for folder in ("a", "b"):
        export(tmp_path / folder, "ours")
    with pytest.raises(BadLake, match="ours"):
        score_lake([tmp_path / "a", tmp_path / "b"], "every", parse_period("2026"))


@pytest.mark.parametrize(
    ("framework", "edition", "period"),
    [("none", "", "2026"), ("every", "9", "2026"), ("every", "", "2026-07-15..2026-09-03")],
)
def test_what_cannot_be_scored_says_why(every_rule, filled, tmp_path, framework, edition, period):
    filled(0)
    export(tmp_path / "lake", "ours")
    with pytest.raises(BadLake):
        score_lake([tmp_path / "lake"], framework, parse_period(period), edition=edition)


def test_a_lake_that_lacks_something_says_what_and_where(every_rule, filled, tmp_path, capsys):
    filled(0, count=40)
    lake, other = tmp_path / "lake", tmp_path / "other"
    export(lake, "ours")
    export(other, "theirs")
    quarter = parse_period("2026Q3")
    assert len(score_lake([lake, other], "every", quarter)) == 2

    standard = next(other.glob("frameworks/*/every-1.json"))
    standard.write_text(standard.read_text().replace('"weight": 3', '"weight": 4'))
    with pytest.raises(BadLake, match=r"ours.*theirs.*every 1"):
        score_lake([lake, other], "every", quarter)
    assert len(score_lake([other], "every", quarter)) == 1

    standard.write_text("{}")
    with pytest.raises(BadLake, match=r"every-1\.json"):
        score_lake([other], "every", quarter)

    table = next(lake.glob("sites/*/*.parquet"))
    kept = pq.ParquetFile(table).read()
    pq.write_table(kept.drop_columns(["district"]), table)
    with pytest.raises(BadLake, match=r"sites.*district"):
        score_lake([lake], "every", quarter)
    table.write_bytes(b"nothing")
    with pytest.raises(BadLake, match=r"part-0\.parquet"):
        score_lake([lake], "every", quarter)
    table.unlink()
    with pytest.raises(BadLake, match="sites"):
        score_lake([lake], "every", quarter)
    (lake / "manifest.json").write_text("[]")
    with pytest.raises(BadLake, match=r"manifest\.json"):
        score_lake([lake], "every", quarter)


def test_a_city_where_nothing_was_seen_yet_has_no_marks(every_rule, tmp_path):
    export(tmp_path / "lake", "ours")
    (found,) = score_lake([tmp_path / "lake"], "every", parse_period("2026Q3"))
    assert (found.marks.marks, found.marks.strict_marks, found.observations) == (None, 0, 0)


def test_a_folder_that_is_no_lake_is_left_alone(every_rule, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("dear")
    with pytest.raises(BadLake):
        export(tmp_path / "letters", "ours")
    with pytest.raises(BadLake):
        make(tmp_path / "letters", cities=1, rows=100)
    with pytest.raises(BadLake):
        export(tmp_path / "lake", "../evil")
    with pytest.raises(BadLake):
        manifest_of(tmp_path / "nowhere")
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["letter.txt"]


def test_made_up_cities_are_the_same_for_the_same_seed_and_have_marks(db, tmp_path):
    for name in ("a", "b"):
        make(tmp_path / name, cities=2, rows=3000, seed=7)
    first, second = (
        score_lake([tmp_path / name], "sanitary-city", parse_period("2026")) for name in ("a", "b")
    )
    assert [one.marks.marks for one in first] == [one.marks.marks for one in second]
    assert len(first) == 2
    assert all(one.marks.interval is not None for one in first)
    rows = sum(
        pq.read_metadata(path).num_rows for path in Path(tmp_path, "a").glob("observations/*/*/*")
    )
    assert rows == 3000


def test_the_commands_export_and_score(city, every_rule, filled, tmp_path, capsys):
    from meicheng.project.commands import run

    filled(1)
    lake = str(tmp_path / "lake")
    assert run(["lake", "export", lake, "--city", "ours"]) == 0
    assert run(["lake", "score", lake, "--framework", "every", "--period", "2026Q3"]) == 0
    printed = capsys.readouterr().out
    assert "every 1 · 2026Q3" in printed
    assert "1 个城市" in printed
    assert run(["lake", "score", lake, "--framework", "every", "--period", "2026Q3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["edition"] == "1"
    assert run(["lake", "score", lake, "--framework", "none", "--period", "2026Q3"]) == 2
    assert "every 1" in capsys.readouterr().err
