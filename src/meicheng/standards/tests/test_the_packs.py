"""The shipped packs fit together: what is asked for can be seen, and what is seen counts."""

from collections import defaultdict

import pytest

from meicheng.engine.frameworks import read_document
from meicheng.standards.actions import FRAMEWORKS, PLAN_LISTS, read_pack

ITEMS = read_pack("site-checklists")["items"]
SITE_KINDS = {row["code"] for row in read_pack("site-kinds")["site_kinds"]}
CASE_KINDS = {row["code"] for row in read_pack("case-kinds")["kinds"]}
ROLES = {row["code"] for row in read_pack("roles")["roles"]}
STANDARDS = [read_document(read_pack(f"frameworks/{name}"))[0] for name in FRAMEWORKS]
CRITERIA = {
    f"{standard.code}/{leaf.code}": leaf
    for standard in STANDARDS
    for _node, leaf in standard.all_criteria()
}


# Street furniture has a number to be reported by and is looked for on the map; no standard visits it.
NOT_VISITED = {"bench", "street-lamp"}


def test_every_kind_of_site_has_a_checklist_of_at_least_five_items():
    count = defaultdict(int)
    for item in ITEMS:
        assert len(item["site_kinds"]) == len(set(item["site_kinds"])), item["code"]
        for kind in item["site_kinds"]:
            count[kind] += 1
    assert count.keys() == SITE_KINDS - NOT_VISITED
    assert not any(NOT_VISITED & set(leaf.site_kinds) for leaf in CRITERIA.values())
    assert {kind: number for kind, number in count.items() if number < 5} == {}


def test_every_criterion_seen_on_site_has_an_item_at_each_of_its_kinds_of_sites():
    seen = {
        (code, kind) for item in ITEMS for code in item["criteria"] for kind in item["site_kinds"]
    }
    missing = [
        (code, kind)
        for code, leaf in CRITERIA.items()
        if leaf.method == "field"
        for kind in leaf.site_kinds
        if (code, kind) not in seen
    ]
    assert missing == []


def test_every_answer_counts_for_some_criterion():
    for item in ITEMS:
        assert item["criteria"], item["code"]
        for code in item["criteria"]:
            assert CRITERIA[code].method == "field", (item["code"], code)
        for kind in item["site_kinds"]:
            assert any(kind in CRITERIA[code].site_kinds for code in item["criteria"]), (
                item["code"],
                kind,
            )


def test_items_name_what_exists_and_say_it_in_both_languages():
    codes = [item["code"] for item in ITEMS]
    assert len(codes) == len(set(codes))
    for item in ITEMS:
        assert item["opens"] in CASE_KINDS
        assert item["role"] in ROLES
        assert item["name"]["zh"]
        assert item["name"]["en"]
        assert item["severity"] in (1, 2, 3)
        assert item["photo"] in ("on_fail", "always", "no")
        assert item.get("verified") in (None, "source", "recalled", "proposed")


def test_one_bank_of_items_serves_all_three_standards():
    served = {code.split("/")[0] for item in ITEMS for code in item["criteria"]}
    assert served == {standard.code for standard in STANDARDS}
    shared = [i for i in ITEMS if len({code.split("/")[0] for code in i["criteria"]}) > 1]
    assert len(shared) >= 40


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda standard: standard.code)
def test_every_fact_says_how_far_it_is_confirmed_and_every_figure_has_its_unit(standard):
    for _node, leaf in standard.all_criteria():
        assert leaf.verified
        assert leaf.name.en
        assert leaf.lead
        assert leaf.unit or leaf.method != "statistic", leaf.code
    assert all(node.name.en for node in standard.all_nodes())


def test_a_rate_about_some_kinds_of_cases_says_which():
    assert CRITERIA["urban-management-service/3.2.4"].rule["kinds"] == ["noise"]
    assert "occupied-pavement" in CRITERIA["sanitary-city/3.2.7"].rule["kinds"]


def test_every_material_has_a_name_and_none_is_named_for_nothing():
    needed = {name for leaf in CRITERIA.values() for name in leaf.rule.get("needs", ())}
    assert read_pack("material-names")["materials"].keys() == needed


def test_every_plan_of_the_city_is_known_in_both_languages_and_stands_on_what_is_there():
    city, themes = read_pack("city"), {row["code"] for row in read_pack("themes")["themes"]}
    named = [row for group in PLAN_LISTS for row in city[group]]
    assert all(row["zh"] and row["en"] for row in named)
    behind = read_pack("plans")["plans"]
    assert [row["code"] for row in behind] == [row["code"] for row in named]
    parts = CRITERIA.keys() | {
        f"{standard.code}/{node.code}" for standard in STANDARDS for node in standard.all_nodes()
    }
    for row in behind:
        assert set(row.get("themes", [])) <= themes, row["code"]
        assert set(row.get("criteria", [])) <= parts, row["code"]
        assert row["verified"] in ("source", "recalled", "proposed")
