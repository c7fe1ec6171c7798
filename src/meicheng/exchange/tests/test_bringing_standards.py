"""Standards from files: whole or not at all, every error at once with its place."""

from __future__ import annotations

import pytest
from django.utils import timezone

from meicheng.exchange.running import import_file
from meicheng.exchange.writing import export_file
from meicheng.standards.models import Criterion, Framework
from meicheng.tables.kinds import Filters, Refused, kind_of

TEXT = """
framework: little
edition: "1"
name: {zh: 小标准, en: Little standard}
full_marks: 100
nodes:
- code: "1"
  name: {zh: 一, en: One}
  weight: 1
  criteria:
  - code: "1.1"
    name: {zh: 路面, en: Road}
    weight: 1
    method: field
    rule: {kind: pass_rate}
"""


@pytest.fixture
def file(tmp_path):
    def file(text=TEXT, name="standard.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return file


def test_a_standard_comes_in_once(city, file):
    assert import_file(kind_of("standard"), file()).imported == 1
    assert Criterion.objects.get().framework.code == "little"
    assert import_file(kind_of("standard"), file()).duplicates == 1


def test_a_check_changes_nothing(city, file):
    assert import_file(kind_of("standard"), file(), dry_run=True).imported == 1
    assert not Framework.objects.exists()


def test_every_error_is_told_with_its_line_and_nothing_is_taken(city, file, tmp_path):
    wrong = TEXT.replace("weight: 1\n    method: field", "weight: 0\n    method: feild")
    errors = tmp_path / "errors.csv"
    counts = import_file(kind_of("standard"), file(wrong), errors=errors)
    assert counts.read == counts.rejected == 2
    assert [fault.column for fault in counts.first_rejected] == ["line 13", "line 14"]
    assert "line 14" in errors.read_text(encoding="utf-8-sig")
    assert not Framework.objects.exists()


def test_an_edition_that_marks_were_made_from_stays(city, file):
    import_file(kind_of("standard"), file())
    Framework.objects.update(frozen_at=timezone.now())
    counts = import_file(kind_of("standard"), file(TEXT.replace("路面", "路灯")))
    assert "frozen" in counts.first_rejected[0].reason
    assert Criterion.objects.get().name_zh == "路面"


@pytest.mark.parametrize("form", ["yaml", "xlsx"])
def test_a_standard_goes_out_and_comes_back_the_same(city, file, tmp_path, form):
    import_file(kind_of("standard"), file())
    path = tmp_path / f"out.{form}"
    assert export_file(kind_of("standard"), path) == 1
    assert import_file(kind_of("standard"), path).duplicates == 1


def test_one_of_several_editions_must_be_named(city, file, tmp_path):
    import_file(kind_of("standard"), file())
    import_file(kind_of("standard"), file(TEXT.replace('"1"\nname', '"2"\nname')))
    with pytest.raises(Refused, match="little 1"):
        export_file(kind_of("standard"), tmp_path / "out.yaml")
    filters = Filters(words={"framework": "little", "edition": "2"})
    assert export_file(kind_of("standard"), tmp_path / "out.yaml", filters) == 1
