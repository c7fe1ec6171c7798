"""A table leaves as a workbook that says what was asked and shows what the page showed."""

import io

import openpyxl

from meicheng.tables.sheets import Sheet, workbook


def opened(*sheets):
    return openpyxl.load_workbook(io.BytesIO(workbook(*sheets)))


def test_the_first_row_says_what_was_asked_and_unknown_cells_stay_empty():
    book = opened(
        Sheet("Marks", ["Standard 2021", "2026Q3"], [("Name", 10), ("Share", 8)],
              [["=1+1", 0.5], ["b", None]], frozenset({1}))
    )  # fmt: skip
    rows = list(book["Marks"].iter_rows(values_only=True))
    assert rows == [("Standard 2021", "2026Q3"), ("Name", "Share"), ("=1+1", 0.5), ("b", None)]
    assert book["Marks"]["A3"].data_type == "s"
    assert book["Marks"]["B3"].number_format == "0.0%"


def test_names_that_excel_refuses_or_that_come_twice_are_made_to_fit():
    heads = [("A", 8)]
    long = "城市管理局/[市容]" + "长" * 40
    book = opened(*(Sheet(name, [], heads, []) for name in ("a", "A", long, long, "")))
    assert len(set(book.sheetnames)) == 5
    assert all(len(name) <= 31 for name in book.sheetnames)
