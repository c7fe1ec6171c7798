"""What is exported reads back as the same: as CSV, as XLSX and as GeoJSON."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from meicheng.exchange.reading import open_table
from meicheng.exchange.running import import_file
from meicheng.exchange.writing import export_file, write_template
from meicheng.organisation.models import WorkingGroup
from meicheng.places.models import GridCell, Site
from meicheng.standards.models import Topic
from meicheng.tables.kinds import Column, Filters, Kind, Outcome, kind_of
from meicheng.tables.values import flag, number, text

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[114.27, 34.18], [114.28, 34.18], [114.28, 34.19], [114.27, 34.18]]],
}
# Anything that a person can type; leading and trailing space is not kept in a table.
WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=30
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "code": st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True),
            "name": WORDS.map(str.strip),
            "figure": st.none() | st.floats(-1e9, 1e9, allow_nan=False),
            "yes": st.booleans(),
        }
    ),
    max_size=8,
)


def kind_with(rows, taken):
    def take(found, _taking):
        taken.extend(row.values for row in found)
        return [Outcome.IMPORTED for _row in found]

    return Kind(
        "things",
        "Things",
        [
            Column("code", "Code", text(), required=True),
            Column("name", "Name", text()),
            Column("figure", "Figure", number(), default=None),
            Column("yes", "Yes", flag, default=False),
        ],
        take,
        lambda _filters: iter(rows),
    )


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_any_table_reads_back_equal(db, form):
    @settings(max_examples=60)
    @given(ROWS)
    def check(rows):
        taken = []
        kind = kind_with(rows, taken)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"table.{form}"
            export_file(kind, path)
            counts = import_file(kind, path)
        assert counts.imported == len(rows)
        assert taken == rows

    check()


@pytest.mark.parametrize("form", ["csv", "xlsx", "geojson"])
@pytest.mark.parametrize("kind", ["divisions", "sites"])
def test_places_out_and_in_again_change_nothing(city, tmp_path, kind, form):
    city.site()
    path = tmp_path / f"out.{form}"
    written = export_file(kind_of(kind), path)
    counts = import_file(kind_of(kind), path)
    assert (counts.read, counts.duplicates) == (written, written)


@pytest.mark.parametrize("form", ["csv", "xlsx", "geojson"])
@pytest.mark.parametrize("kind", ["units", "people", "working-groups", "grid-cells", "topics"])
def test_what_belongs_to_the_organisation_out_and_in_again_changes_nothing(
    city, tmp_path, kind, form
):
    city.user("dispatcher")
    city.user("unit-worker")
    for code in ("G1", "G2"):
        group = WorkingGroup.objects.create(code=code, name_zh=code, lead_role_id="health")
        group.units.add(city.unit(), city.unit("health"))
        GridCell.objects.create(code=code, division=city.division("LC0101"), outline=SQUARE)
        Topic.objects.create(level1=code, level2="乙", kind=city.kind())
    path = tmp_path / f"out.{form}"
    written = export_file(kind_of(kind), path)
    counts = import_file(kind_of(kind), path)
    assert written > 1
    assert (counts.read, counts.duplicates) == (written, written)


def test_no_password_leaves_the_house(city, tmp_path):
    person = city.user("dispatcher")
    path = tmp_path / "people.csv"
    export_file(kind_of("people"), path)
    text = path.read_text(encoding="utf-8-sig")
    assert person.username in text
    assert person.password not in text


def test_nothing_that_somebody_typed_runs_as_a_formula(city, tmp_path):
    city.site()
    Site.objects.update(name_zh='=HYPERLINK("x")')
    csv, xlsx = tmp_path / "out.csv", tmp_path / "out.xlsx"
    export_file(kind_of("sites"), csv)
    assert ",=" not in csv.read_text()
    assert ',"=' not in csv.read_text()
    export_file(kind_of("sites"), xlsx)
    cells = [cell for row in load_workbook(xlsx).active.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)


def test_an_export_says_in_its_first_row_what_was_filtered(city, tmp_path):
    city.site()
    path = tmp_path / "out.csv"
    count = export_file(kind_of("sites"), path, Filters(paths=("/CITY/XC/",), words={"kind": "x"}))
    assert count == 0
    assert path.read_text(encoding="utf-8-sig").splitlines()[0].startswith("# meicheng sites")
    assert "kind: x" in path.read_text(encoding="utf-8-sig")


def test_an_empty_template_names_every_column_and_its_example_is_not_taken(city, tmp_path):
    path = tmp_path / "template.xlsx"
    write_template(kind_of("sites"), path)
    table = open_table(path, kind_of("sites"))
    assert len(table.columns) == len(kind_of("sites").columns)
    counts = import_file(kind_of("sites"), path, crs="wgs84")
    assert counts.rejected == 1
