"""An edition that is in use stays as it is, and a crosswalk leads to the next one."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone

from meicheng.engine.frameworks import EditionKey, Link, carried_across
from meicheng.ledger.actions import new_observation, observe
from meicheng.organisation.permissions import NotAllowed
from meicheng.project.commands import run
from meicheng.standards.actions import Frozen, save_framework
from meicheng.standards.crosswalks import between, crosswalk_of, edition_before, successions
from meicheng.standards.freezing import freeze_framework
from meicheng.standards.models import Crosswalk, Framework, Item

pytestmark = pytest.mark.django_db


def document(edition="1", *leaves, code="little"):
    """A standard of one node; each leaf is (code, weight) of a criterion seen at back lanes."""
    return {
        "framework": code,
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
                        "code": leaf,
                        "name": {"zh": f"标准{leaf}", "en": f"Criterion {leaf}"},
                        "weight": weight,
                        "method": "field",
                        "site_kinds": ["back-lane"],
                        "rule": {"kind": "pass_rate"},
                    }
                    for leaf, weight in leaves or [("1.1", 10), ("1.2", 30)]
                ],
            }
        ],
    }


def look(city, item):
    site = city.site("back-lane")
    observe(
        [
            new_observation(
                item=item,
                site=site,
                division=site.division,
                observed_at=timezone.now(),
                value="yes",
            )
        ]
    )


def bring(file, text, *more):
    file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return run(["import", "standard", str(file), *more])


def test_an_edition_freezes_with_the_first_observation_that_it_scores(city):
    used, other = save_framework(document()), save_framework(document("2", ("9.9", 1)))
    item = city.item("swept")
    look(city, item)
    used.refresh_from_db()
    assert used.frozen_at is None  # the item serves nothing of it yet
    Item.objects.filter(pk=item.pk).update(criteria=["little/1.1"])
    look(city, item)
    used.refresh_from_db()
    other.refresh_from_db()
    assert used.frozen_at is not None
    assert other.frozen_at is None  # it has no such criterion


def test_when_everything_is_frozen_an_observation_asks_one_question_more(
    city, django_assert_num_queries
):
    item = city.item("swept")
    look(city, item)
    Framework.objects.update(frozen_at=timezone.now())
    from meicheng.standards.freezing import freeze_scored

    with django_assert_num_queries(1):
        assert freeze_scored([item.pk]) == []


def test_a_changed_file_of_a_frozen_edition_is_refused_with_what_differs(city, tmp_path, capsys):
    file = tmp_path / "little.yaml"
    assert bring(file, document()) == 0
    freeze_framework(Framework.objects.get(code="little"))
    before = Framework.objects.get(code="little").document
    changed = document("1", ("1.1", 20), ("1.3", 30))
    capsys.readouterr()
    assert bring(file, changed) == 2
    said = capsys.readouterr().err
    assert "1.1: weight: 10 → 20" in said
    assert "1.3: " in said
    assert "1.2: " in said
    assert "edition" in said
    assert Framework.objects.get(code="little").document == before
    # the same again is no change, and a new edition is taken
    assert bring(file, document()) == 0
    assert bring(file, {**changed, "edition": "2"}) == 0
    assert Framework.objects.filter(code="little").count() == 2


def test_a_check_of_a_frozen_edition_says_the_same_and_changes_nothing(city, tmp_path, capsys):
    file = tmp_path / "little.yaml"
    bring(file, document())
    freeze_framework(Framework.objects.get(code="little"))
    assert bring(file, document("1", ("1.1", 20)), "--dry-run") == 2
    assert "weight: 10 → 20" in capsys.readouterr().err


def test_every_error_of_a_file_is_printed_with_its_line_and_the_command_fails(
    city, tmp_path, capsys
):
    wrong = document("1", *((f"1.{number}", 0) for number in range(1, 41)))
    assert bring(tmp_path / "wrong.yaml", json.dumps(wrong, indent=1)) == 2
    assert capsys.readouterr().err.count("“weight: 0”") == 40
    assert not Framework.objects.filter(code="little").exists()


def test_only_the_creation_office_freezes_an_edition(city, client):
    framework = save_framework(document())
    with pytest.raises(NotAllowed):
        freeze_framework(framework, by=city.user("dispatcher"))
    client.force_login(city.user("dispatcher"))
    assert client.post("/standards/little/1/freeze/").status_code == 403
    client.force_login(city.user("creation-office"))
    assert "/freeze/" in client.get("/standards/little/1/").content.decode()
    client.post("/standards/little/1/freeze/")
    framework.refresh_from_db()
    assert framework.frozen_at is not None
    assert "/freeze/" not in client.get("/standards/little/1/").content.decode()
    with pytest.raises(Frozen):
        save_framework(document("1", ("1.1", 20)))


def test_editions_are_listed_and_frozen_by_command(city, capsys):
    save_framework(document())
    assert run(["standards", "freeze", "little", "1"]) == 0
    assert Framework.objects.get(code="little").frozen_at is not None
    capsys.readouterr()
    assert run(["standards", "list", "--json"]) == 0
    (told,) = [row for row in json.loads(capsys.readouterr().out) if row["framework"] == "little"]
    assert (told["edition"], told["criteria"], told["full_marks"]) == ("1", 2, 100)
    assert told["frozen_at"]
    assert run(["standards", "freeze", "little", "9"]) == 2
    assert "little 1" in capsys.readouterr().err


def test_items_that_no_standard_uses_are_listed(city, client, capsys):
    save_framework(document())
    Item.objects.filter(code="swept").update(criteria=["little/1.1"])
    Item.objects.filter(code="stalls-clean").update(criteria=["little/1.1"])  # at markets only
    run(["standards", "unused", "--json"])
    unused = {row["item"] for row in json.loads(capsys.readouterr().out)}
    assert "swept" not in unused
    assert {"stalls-clean", "lamps-lit"} <= unused
    client.force_login(city.user("auditor"))
    page = client.get("/standards/unused/").content.decode()
    assert "stalls-clean" in page
    assert "swept" not in page


@pytest.fixture
def two_editions(city):
    old = save_framework(document("1", ("1.1", 10), ("1.2", 30), ("1.3", 10)))
    new = save_framework(document("2", ("1.1", 20), ("2.1", 10), ("2.2", 10), ("2.3", 10)))
    return old, new


CROSSWALK = """- {from: little/1/1.1, to: [little/2/1.1]}
- {from: little/1/1.2, to: [little/2/2.1, little/2/2.2], share: [0.5, 0.25]}
- {from: little/1/1.3, to: []}
"""


def bring_crosswalk(path: Path, text=CROSSWALK, *more):
    path.write_text(text, encoding="utf-8")
    return run(["import", "crosswalk", str(path), *more])


def test_a_crosswalk_comes_in_and_goes_out_the_same(two_editions, tmp_path, capsys):
    old, new = two_editions
    file = tmp_path / "moved.yaml"
    assert bring_crosswalk(file, CROSSWALK, "--dry-run") == 0
    assert not Crosswalk.objects.exists()
    assert bring_crosswalk(file) == 0
    row = Crosswalk.objects.get()
    found = crosswalk_of(row)
    assert found.before == EditionKey("little", "1")
    assert found.links[1] == Link("1.2", ("2.1", "2.2"), (0.5, 0.25))
    assert found.links[2] == Link("1.3", (), ())
    assert between(old, new) == found
    assert edition_before(new) == old
    assert between(new, old) is None
    capsys.readouterr()
    bring_crosswalk(file)
    assert "3" in capsys.readouterr().err  # three that were here already
    for ending in ("yaml", "xlsx"):
        out = tmp_path / f"out.{ending}"
        assert run(["export", "crosswalk", str(out), "--filter", "framework=little"]) == 0
        Crosswalk.objects.all().delete()
        assert run(["import", "crosswalk", str(out)]) == 0
        assert crosswalk_of(Crosswalk.objects.get()) == found


def test_every_error_of_a_crosswalk_is_named_and_nothing_is_taken(two_editions, tmp_path, capsys):
    file = tmp_path / "moved.yaml"
    assert bring_crosswalk(file, CROSSWALK.replace("/1.1,", "/7.7,").replace("0.25", "0.75")) == 2
    said = capsys.readouterr().err
    assert "“7.7”" in said
    assert "1.25" in said
    assert not Crosswalk.objects.exists()


def test_a_crosswalk_from_a_workbook_names_the_cell(two_editions, tmp_path, capsys):
    book = openpyxl.Workbook()
    book.active.title = "crosswalk"
    book.active.append(["from", "to", "share"])
    book.active.append(["little/1/1.1", "little/2/8.8", 1])
    book.save(tmp_path / "moved.xlsx")
    assert run(["import", "crosswalk", str(tmp_path / "moved.xlsx")]) == 2
    assert "B2" in capsys.readouterr().err


def test_the_standard_s_page_shows_what_moved_what_was_given_up_and_what_is_new(
    two_editions, city, client, tmp_path
):
    _old, new = two_editions
    bring_crosswalk(tmp_path / "moved.yaml")
    (row,) = successions(new)
    assert [move.old.code for move in row.moved] == ["1.2", "1.3"]
    assert row.stayed == 1
    assert row.moved[0].left == pytest.approx(0.25)
    assert [part.code for part in row.fresh] == ["2.3"]
    client.force_login(city.user("creation-office"))
    page = client.get("/standards/little/2/", headers={"accept-language": "en"}).content.decode()
    assert "Before it: edition 1" in page
    assert "given up: 25%" in page
    assert "Criterion 2.3" in page


def test_shares_go_across_with_their_weights(two_editions, tmp_path):
    old, new = two_editions
    bring_crosswalk(tmp_path / "moved.yaml")
    crosswalk = between(old, new)
    carried = carried_across(
        crosswalk, {"1.1": 1.0, "1.2": 0.4, "1.3": 0.9}, {"1.1": 20, "1.2": 60, "1.3": 20}
    )
    assert {code: one.share for code, one in carried.items()} == {
        "1.1": 1.0, "2.1": 0.4, "2.2": 0.4
    }  # fmt: skip
