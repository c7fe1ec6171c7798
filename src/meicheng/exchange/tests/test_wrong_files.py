"""Files as they should not be: each answered by what, where and what was expected."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import pytest
from django.db import IntegrityError
from openpyxl import Workbook

from meicheng.exchange.running import import_file
from meicheng.places.models import Site
from meicheng.tables.kinds import Refused, all_kinds, kind_of

SITES = "code,name_zh,kind,division\n"


@pytest.fixture
def workbook(tmp_path):
    def workbook(*rows, change=None):
        book = Workbook()
        sheet = book.active
        for row in rows:
            sheet.append(row)
        if change:
            change(sheet)
        path = tmp_path / "sent.xlsx"
        book.save(path)
        return path

    return workbook


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "PNG"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0" + bytes(8), r"\.xlsx"),
        ("code,name_zh".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04broken", "cannot be opened"),
        (b"code,code,name_zh,kind,division\n", "stands twice"),
        (b"code,,name_zh\n", "no heading"),
        (b"[1, 2", "JSON"),
        (b'{"type": "Topology"}', "FeatureCollection"),
        (b"cod,nme_zh,kind,divsion\n", "code, name_zh, division.*“cod”.*“nme_zh”.*“divsion”"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(city, bring, content, says):
    with pytest.raises(Refused, match=says):
        bring("sites", content)


def test_a_file_that_is_not_there_says_so(city, tmp_path):
    with pytest.raises(Refused, match=r"none\.csv"):
        import_file(kind_of("sites"), tmp_path / "none.csv")


def test_gb18030_is_found_out(city, bring):
    counts = bring("sites", (SITES + "S1,柳池一巷,背街小巷,柳池区\n").encode("gb18030"))
    assert counts.imported == 1
    assert Site.objects.get(code="S1").name_zh == "柳池一巷"


def test_utf8_that_breaks_off_inside_a_character_is_not_taken_for_gb18030(city, bring):
    whole = (SITES + "S1,一巷,back-lane,LC\nS2,二巷,back-lane,LC\nS3,三巷").encode()
    counts = bring("sites", whole[:-1])
    assert (counts.imported, counts.rejected) == (2, 1)
    assert Site.objects.get(code="S1").name_zh == "一巷"


def test_a_mark_and_semicolons_and_quotes_with_line_breaks_are_understood(city, bring):
    text = '\ufeffcode;name_zh;kind;division;address\r\nS1;一巷;back-lane;LC;"甲 ""乙""\r\n丙"\r\n'
    assert bring("sites", text).imported == 1
    assert Site.objects.get(code="S1").address == '甲 "乙"\r\n丙'


def test_lines_that_end_as_on_old_computers_are_read(city, bring):
    text = (SITES + "S1,一巷,back-lane,LC\nS2,二巷,back-lane,LC").replace("\n", "\r")
    assert bring("sites", text).imported == 2


def test_a_broken_byte_costs_its_row_and_its_place_is_named(city, bring):
    good = (SITES + "S1,一巷,back-lane,LC\nS2,二").encode()
    counts = bring("sites", good + b"\xff" + "巷,back-lane,LC\nS3,三巷,back-lane,LC\n".encode())
    assert (counts.imported, counts.rejected) == (2, 1)
    assert counts.first_rejected[0].row == 3
    assert str(len(good)) in counts.first_rejected[0].reason


def test_a_file_that_breaks_off_keeps_what_is_whole(city, bring):
    counts = bring("sites", SITES + 'S1,一巷,back-lane,LC\nS2,"二巷,back-l')
    assert (counts.imported, counts.rejected) == (1, 1)
    assert "never closed" in counts.first_rejected[0].reason


def test_a_quote_that_is_never_closed_costs_its_own_line(city, bring, tmp_path):
    errors = tmp_path / "errors.csv"
    rows = 'S1,一巷,back-lane,LC\n"S2,二巷,back-lane,LC\nS3,三巷,back-lane,LC\n'
    counts = bring("sites", SITES + rows, errors=errors)
    assert (counts.imported, counts.rejected) == (2, 1)
    assert counts.first_rejected[0].row == 3
    assert '""S2,二巷' in errors.read_text(encoding="utf-8-sig")  # as it was, to be corrected


def test_each_row_says_what_is_wrong_with_it(city, bring):
    counts = bring(
        "sites",
        SITES.strip()
        + ",longitude,latitude,active\n"
        + "S 1,一巷,back-lane,LC,,,\n"  # a code with a space
        + ",一巷,back-lane,LC,,,\n"
        + "S3,一巷,nothing,LC,,,\n"
        + "S4,一巷,back-lane,NOWHERE,,,\n"
        + "S5,一巷,back-lane,LC,200,34,\n"
        + "S6,一巷,back-lane,LC,114.28,,\n"
        + "S7,一巷,back-lane,LC,,,maybe\n"
        + f"S8,{'长' * 201},back-lane,LC,,,\n"
        + "S9,一巷,back-lane,LC\n",
    )
    assert counts.rejected == counts.read == 9
    found = [(fault.row, fault.column) for fault in counts.first_rejected]
    assert found == [
        (2, "code"), (3, "code"), (4, "kind"), (5, "division"), (6, "longitude"),
        (7, "latitude"), (8, "active"), (9, "name_zh"), (10, ""),
    ]  # fmt: skip


def test_100000_characters_in_a_cell_are_refused_not_cut(city, bring):
    counts = bring("sites", SITES + f"S1,{'字' * 100_000},back-lane,LC\n")
    assert "100000" in counts.first_rejected[0].reason


def test_a_formula_is_named_by_its_cell(city, bring, workbook):
    path = workbook(
        ["code", "name_zh", "kind", "division"],
        ["S1", '="一"&"巷"', "back-lane", "LC"],
        ["S2", "二巷", "back-lane", "LC"],
    )
    counts = bring("sites", path)
    assert (counts.imported, counts.rejected) == (1, 1)
    assert "B2" in counts.first_rejected[0].reason


def test_merged_cells_are_named(city, bring, workbook):
    rows = [
        ["code", "name_zh", "kind", "division"],
        ["S1", "一巷", "back-lane", "LC"],
        ["S2", "二巷", "back-lane", None],
    ]
    path = workbook(*rows, change=lambda sheet: sheet.merge_cells("D2:D3"))
    counts = bring("sites", path)
    assert counts.rejected == 2
    assert "D2:D3" in counts.first_rejected[0].reason


def test_a_title_over_the_headings_is_found(city, bring, workbook):
    path = workbook(
        ["点位表", None], ["code", "name_zh"], change=lambda sheet: sheet.merge_cells("A1:D1")
    )
    with pytest.raises(Refused, match="A1:D1"):
        bring("sites", path)


def test_a_zip_that_is_no_workbook_says_so(city, tmp_path):
    path = tmp_path / "sent.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(Refused, match="no Excel workbook"):
        import_file(kind_of("sites"), path)


def test_geojson_in_another_system_is_refused(city, bring):
    document = {
        "type": "FeatureCollection",
        "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}},
        "features": [],
    }
    with pytest.raises(Refused, match="3857"):
        bring("sites", json.dumps(document))


def test_the_error_file_has_every_row_and_can_be_sent_again(city, bring, tmp_path):
    errors = tmp_path / "errors.csv"
    counts = bring("sites", SITES + "S1,一巷,back-lane,LC\nS2,二巷,nothing,LC\n", errors=errors)
    assert counts.rejected == 1
    text = errors.read_text(encoding="utf-8-sig")
    assert 'S2,二巷,nothing,LC,"kind: ' in text
    errors.write_text(text.replace("nothing", "back-lane"), encoding="utf-8")
    again = bring("sites", errors)
    assert (again.imported, again.duplicates, again.rejected) == (1, 1, 0)


def test_a_dry_run_counts_the_same_and_changes_nothing(city, bring):
    rows = SITES + "S1,一巷,back-lane,LC\nS2,二巷,nothing,LC\n"
    counts = bring("sites", rows, dry_run=True)
    assert (counts.imported, counts.rejected) == (1, 1)
    assert not Site.objects.exists()


def test_a_dry_run_over_several_batches_counts_as_the_import_does(city, bring, monkeypatch):
    rows = SITES + "S1,一巷,back-lane,LC\nS2,二巷,back-lane,LC\nS1,一巷,back-lane,LC\n"
    kind = kind_of("sites")
    monkeypatch.setitem(all_kinds(), "sites", replace(kind, batch=1))
    checked = bring("sites", rows, dry_run=True).as_json()
    assert not Site.objects.exists()
    imported = bring("sites", rows).as_json()
    del checked["seconds"], imported["seconds"]
    assert checked == imported == {"read": 3, "imported": 2, "duplicates": 1, "rejected": 0}


def test_rows_that_another_import_has_just_written_are_looked_at_again(city, bring, monkeypatch):
    kind = kind_of("sites")
    asked = []

    def take(rows, taking):
        asked.append([row.values["code"] for row in rows])
        if len(asked) == 1:
            Site.objects.create(code="X", name_zh="x", kind_id="back-lane", division=city.root)
            raise IntegrityError("somebody was faster")
        return kind.take(rows, taking)

    monkeypatch.setitem(all_kinds(), "sites", replace(kind, take=take))
    assert bring("sites", SITES + "S1,一巷,back-lane,LC\n").imported == 1
    assert asked == [["S1"], ["S1"]]
    assert not Site.objects.filter(code="X").exists()  # the first attempt left nothing
