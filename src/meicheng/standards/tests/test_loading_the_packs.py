"""What a fresh city finds in its standards, and what happens when it loads them again."""

from __future__ import annotations

import pytest
from django.utils import timezone

from meicheng.organisation.models import UnitRole, WorkingGroup
from meicheng.places.models import Division, SiteKind
from meicheng.project.commands import run
from meicheng.standards.actions import Frozen, load_packs, read_pack, save_framework
from meicheng.standards.models import CaseKind, Criterion, Framework, Item

pytestmark = pytest.mark.django_db


def test_a_fresh_city_has_one_division_and_all_standards(capsys):
    assert run(["setup"]) == 0
    assert [division.code for division in Division.objects.all()] == ["CITY"]
    assert Framework.objects.count() == 3
    assert WorkingGroup.objects.count() == 13
    assert "CITY" in capsys.readouterr().out


def test_setting_up_twice_changes_nothing():
    run(["setup"])
    tables = [UnitRole, SiteKind, CaseKind, Item, Framework, Criterion, Item.site_kinds.through]
    before = [sorted(map(repr, table.objects.values_list())) for table in tables]
    run(["setup"])
    assert [sorted(map(repr, table.objects.values_list())) for table in tables] == before
    assert Division.objects.count() == 1


def test_what_the_city_has_edited_stays_until_it_asks_for_the_pack_again():
    load_packs()
    CaseKind.objects.filter(code="exposed-litter").update(name_zh="垃圾堆")
    swept = Item.objects.get(code="swept")
    swept.site_kinds.remove("square")
    load_packs()
    assert CaseKind.objects.get(code="exposed-litter").name_zh == "垃圾堆"
    assert "square" not in swept.site_kinds.values_list("code", flat=True)
    load_packs(replace=True)
    assert CaseKind.objects.get(code="exposed-litter").name_zh == "暴露垃圾"
    assert "square" in swept.site_kinds.values_list("code", flat=True)


def test_every_figure_answer_and_material_of_a_standard_can_be_observed():
    load_packs()
    for criterion in Criterion.objects.select_related("framework"):
        code = f"{criterion.framework.code}/{criterion.code}"
        if criterion.rule["kind"] == "materials":
            items = Item.objects.filter(code__startswith=f"{code}/")
            assert items.count() == len(criterion.rule["needs"])
        elif criterion.method in {"statistic", "survey", "veto", "document"}:
            assert Item.objects.get(code=code).criteria == [code]


def test_a_back_lane_has_a_checklist():
    load_packs()
    codes = SiteKind.objects.get(code="back-lane").items.values_list("code", flat=True)
    assert {"swept", "lamps-lit", "no-dirty-corner"} <= set(codes)


def test_an_edition_that_marks_were_computed_from_stays_as_it_is():
    load_packs(frameworks=["sanitary-city-2021"])
    framework = Framework.objects.get()
    framework.frozen_at = timezone.now()
    framework.full_marks = 999
    framework.save()
    load_packs(frameworks=["sanitary-city-2021"], replace=True)
    assert Framework.objects.get().full_marks == 999
    document = read_pack("frameworks/sanitary-city-2021")
    with pytest.raises(Frozen, match="sanitary-city 2021"):
        save_framework({**document, "full_marks": 500, "pass": {"at_least": 400}})


def test_a_document_that_is_no_standard_is_refused_with_every_reason_and_changes_nothing():
    load_packs(frameworks=[])
    document = read_pack("frameworks/urban-management-service-2020")
    document["nodes"][0]["weight"] = 0
    document["nodes"][1]["children"][0]["criteria"][0]["site_kinds"] = ["moon"]
    with pytest.raises(ValueError, match="moon") as refused:
        save_framework(document)
    assert "nodes[0].weight" in str(refused.value)
    assert not Framework.objects.exists()


def test_a_city_s_own_kind_of_site_may_stand_in_its_standard():
    load_packs(frameworks=[])
    SiteKind.objects.create(code="moon-base", name_zh="月球基地", name_en="Moon base")
    document = read_pack("frameworks/urban-management-service-2020")
    document["nodes"][1]["children"][0]["criteria"][0]["site_kinds"] = ["moon-base"]
    framework = save_framework(document)
    assert framework.criteria.get(code="2.1.1").site_kinds == ["moon-base"]
    assert framework.document == document
