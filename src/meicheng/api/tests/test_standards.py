"""Another system reads standards, sends one with its crosswalk, and asks what units have to do."""

from __future__ import annotations

import pytest

from meicheng.standards.actions import save_framework
from meicheng.standards.freezing import freeze_framework
from meicheng.standards.models import Crosswalk, Framework


def document(edition="1", weight=10, **leaf):
    return {
        "framework": "little",
        "edition": edition,
        "name": {"zh": "小标准", "en": "Little standard"},
        "full_marks": 100,
        "official": False,
        "nodes": [
            {
                "code": "1",
                "name": {"zh": "全部", "en": "All"},
                "weight": 1,
                "criteria": [
                    {
                        "code": "1.1",
                        "name": {"zh": "干净", "en": "Clean"},
                        "weight": weight,
                        "method": "statistic",
                        "rule": {"kind": "target", "at_least": 80},
                        "lead": "urban-management",
                        **leaf,
                    }
                ],
            }
        ],
    }


LINKS = [{"from": "little/1/1.1", "to": ["little/2/1.1"], "share": [1.0]}]


def test_a_standard_is_checked_taken_and_read_back(city, call):
    caller = call()
    checked = caller.post("/standards?dry_run=true", document())
    assert (checked.status_code, checked.json()["changed"]) == (200, True)
    assert not Framework.objects.filter(code="little").exists()
    taken = caller.post("/standards", document())
    assert taken.status_code == 201
    assert taken.json() == {
        "framework": "little", "edition": "1", "criteria": 1, "changed": True
    }  # fmt: skip
    assert caller.post("/standards", document()).json()["changed"] is False
    answer = caller.get("/standards/little/1")
    assert answer.json() == document()
    assert caller.get("/standards/little/1", If_None_Match=answer["ETag"]).status_code == 304
    listed = {
        (one["framework"], one["edition"]) for one in caller.get("/standards").json()["items"]
    }
    assert ("little", "1") in listed
    assert caller.get("/standards/little/9").status_code == 404


def test_every_error_of_a_standard_is_told_at_once_with_its_path(city, call):
    answer = call().post("/standards", document(weight=0, lead="nobody", colour="red"))
    assert answer.status_code == 409
    errors = {one["where"]: one["what"] for one in answer.json()["errors"]}
    assert errors.keys() == {
        "nodes[0].criteria[0].weight",
        "nodes[0].criteria[0].lead",
        "nodes[0].criteria[0].colour",
    }
    assert "above 0" in errors["nodes[0].criteria[0].weight"]
    assert not Framework.objects.filter(code="little").exists()


@pytest.mark.parametrize("dry_run", ["", "?dry_run=true"])
def test_an_edition_in_use_is_not_changed(city, call, dry_run):
    freeze_framework(save_framework(document()))
    answer = call().post(f"/standards{dry_run}", document(weight=20))
    assert answer.status_code == 409
    assert answer.json()["errors"] == [{"where": "1.1", "what": "weight: 10 → 20"}]
    assert Framework.objects.get(code="little").document == document()
    same = call().post(f"/standards{dry_run}", document())
    assert same.json()["changed"] is False


def test_a_crosswalk_is_checked_taken_and_read_back(city, call):
    save_framework(document())
    save_framework(document("2"))
    caller = call()
    assert caller.post("/crosswalks?dry_run=true", LINKS).status_code == 200
    assert not Crosswalk.objects.exists()
    assert caller.post("/crosswalks", LINKS).json() == {
        "before": "little/1", "after": "little/2", "links": 1, "changed": True
    }  # fmt: skip
    assert caller.get("/crosswalks/little/1/2").json() == {"links": LINKS}
    assert caller.get("/crosswalks").json()["items"] == [
        {
            "before": {"framework": "little", "edition": "1"},
            "after": {"framework": "little", "edition": "2"},
            "links": 1,
        }
    ]
    assert caller.get("/crosswalks/little/2/1").status_code == 404
    wrong = caller.post("/crosswalks", [{"from": "little/1/7", "to": ["little/2/1.1"]}])
    assert wrong.status_code == 409
    assert wrong.json()["errors"][0]["where"] == "[0].from"


def test_duties_are_asked_for_by_unit(city, call):
    save_framework(document())
    caller = call()
    answer = caller.get("/duties?standard=little&unit=urban-management-LC&period=2026Q3")
    (one,) = answer.json()["items"]
    assert (one["unit"], one["division"]) == ("urban-management-LC", "LC")
    assert [(duty["criterion"], duty["part"]) for duty in one["duties"]] == [("1.1", "lead")]
    assert one["figures"][0]["state"] == "missing"
    assert caller.get("/duties?unit=nobody").status_code == 404
    assert caller.get("/duties?period=soon").status_code == 404
    assert caller.get("/duties?standard=none").status_code == 404


def test_only_the_creation_office_and_a_token_for_it_write_standards(city, call):
    assert call("dispatcher").post("/standards", document()).status_code == 403
    assert call(scopes=["marks:read"]).post("/standards", document()).status_code == 403
    assert call(scopes=["standards:write"]).get("/standards").status_code == 403
    assert call("administrator").get("/duties").status_code == 403
