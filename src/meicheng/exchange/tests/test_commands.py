"""`meicheng import` and `meicheng export`."""

from __future__ import annotations

import json

import pytest

from meicheng.places.models import Site
from meicheng.project.commands import run

SITES = "code,name_zh,kind,division\nS1,一巷,back-lane,LC\nS2,二巷,nothing,LC\n"
FIELDS = ["read", "imported", "duplicates", "rejected", "seconds"]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sent.csv"
    path.write_text(SITES, encoding="utf-8")
    return str(path)


def test_the_last_line_is_the_counts_as_json(city, file, capsys):
    assert run(["import", "sites", file, "--json"]) == 0
    counts = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(counts) == FIELDS
    assert (counts["read"], counts["imported"], counts["rejected"]) == (2, 1, 1)


def test_the_summary_names_row_column_and_reason(city, file, capsys):
    run(["import", "sites", file])
    said = capsys.readouterr().err
    assert "3" in said
    assert "kind" in said
    assert "nothing" in said


def test_a_dry_run_changes_nothing(city, file):
    assert run(["import", "sites", file, "--dry-run"]) == 0
    assert not Site.objects.exists()


def test_a_dry_run_that_no_row_passes_ends_with_two(city, tmp_path, capsys):
    path = tmp_path / "wrong.csv"
    path.write_text("code,name_zh,kind,division\nS2,二巷,nothing,LC\n", encoding="utf-8")
    assert run(["import", "sites", str(path), "--dry-run"]) == 2
    assert "nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["import", "nothing", "FILE"],
        ["import", "sites", "/no/such/file.csv"],
        ["import", "sites", "FILE", "--mapping", "nothing"],
        ["import", "sites", "FILE", "--crs", "epsg9"],
        ["import", "reports", "FILE"],
        ["import", "sites", "FILE", "--errors", "/no/such/folder/errors.csv"],
        ["import", "sites", "FILE", "--errors", "out.docx"],
        ["export", "nothing", "out.csv"],
        ["export", "sites", "/no/such/folder/out.csv"],
        ["export", "sites", "out.docx"],
    ],
)
def test_what_cannot_be_done_says_so_and_ends_with_two(city, file, words, capsys, tmp_path):
    words = [file if word == "FILE" else word for word in words]
    words = [str(tmp_path / word) if word.startswith("out.") else word for word in words]
    if words[2] == file and "--crs" in words:
        (tmp_path / "sent.csv").write_text("code,name_zh,kind,division,longitude,latitude\n")
    assert run([*words, *(["--json"] if words[0] == "import" else [])]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("meicheng: ")
    if words[0] == "import":
        counts = json.loads(said.out.splitlines()[-1])
        assert list(counts) == [*FIELDS, "error"]
        assert counts["read"] == 0


def test_a_file_of_a_known_system_is_told_its_mapping(city, tmp_path, capsys):
    path = tmp_path / "sent.csv"
    path.write_text("message_id,user,subject,created_at,body\n", encoding="utf-8")
    assert run(["import", "reports", str(path)]) == 2
    assert "--mapping citizen-messages" in capsys.readouterr().err


def test_an_export_keeps_to_its_filters(city, tmp_path, capsys):
    city.site("back-lane")
    city.site("main-road")
    path = tmp_path / "out.csv"
    assert run(["export", "sites", str(path), "--filter", "kind=main-road"]) == 0
    text = path.read_text(encoding="utf-8-sig")
    assert "main-road" in text
    assert "back-lane" not in text
