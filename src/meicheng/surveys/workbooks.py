"""Questionnaires as files: YAML, and workbooks in the shape of an XLSForm, read and written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import yaml
from django.utils.translation import gettext as _

from .questions import Form
from .reading import BadForm, words_of

LARGEST = 2_000_000  # bytes of a file; unpacked ten times as many
LANGUAGES = {"zh": "中文 (zh)", "en": "English (en)"}
SURVEY = ("type", "name", "label", "hint", "required", "relevant", "constraint",
          "constraint_message", "appearance", "parameters", "item", "index", "margin")  # fmt: skip
CHOICES = ("list_name", "name", "label", "score", "answer")
SETTINGS = ("form_title", "form_title_en", "form_id", "version", "default_language", "minutes",
            "audience", "within")  # fmt: skip
IN_BOTH = {"label", "hint", "constraint_message"}


def read_file(content: bytes) -> dict[str, Any]:
    """The document in a file: XLSX or YAML, told apart by content. Raises `BadForm`."""
    if len(content) > LARGEST:
        raise BadForm([_("The file has over %(most)d MB") % {"most": LARGEST // 1_000_000}])
    if content.startswith(b"PK"):
        return _from_workbook(content)
    try:
        document = yaml.safe_load(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as problem:
        words = _("This is neither an Excel workbook (.xlsx) nor YAML that can be read: %(why)s")
        raise BadForm([words % {"why": str(problem)[:200]}]) from None
    if not isinstance(document, dict):
        raise BadForm(
            [_("Expected the parts survey, choices and settings, as an XLSForm has them")]
        )
    return plain(document)


def plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """The three parts that are kept, of nothing but texts, numbers, lists and mappings."""
    return {part: _plain(document.get(part)) for part in ("settings", "survey", "choices")}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _from_workbook(content: bytes) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > 10 * LARGEST:
                raise BadForm([_("The workbook unpacks to over %(most)d MB")
                               % {"most": 10 * LARGEST // 1_000_000}])  # fmt: skip
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = {sheet.title.strip().casefold(): _rows(sheet) for sheet in book.worksheets}
    except BadForm:
        raise
    except Exception as problem:  # openpyxl raises whatever its parts raise on a damaged file
        words = _("The workbook cannot be opened: %(why)s") % {"why": problem}
        raise BadForm([words]) from problem
    if "survey" not in sheets:
        raise BadForm([_("The workbook has no sheet “survey”; expected survey, choices, settings")])
    settings = sheets.get("settings") or [{}]
    return {
        "settings": settings[0],
        "survey": sheets["survey"],
        "choices": sheets.get("choices", []),
    }


def _rows(sheet: Any) -> list[dict[str, Any]]:
    """Rows of a sheet by the headings of its first, each with its number; empty ones left out."""
    rows = sheet.iter_rows(values_only=True, max_col=60, max_row=2000)
    headings = [str(cell or "").strip() for cell in next(rows, ())]
    found = []
    for number, cells in enumerate(rows, 2):
        row = {
            name: cell if isinstance(cell, str | int | float | bool) else str(cell)
            for name, cell in zip(headings, cells, strict=False)
            if name and cell is not None
        }
        if row:
            found.append({**row, "row": number})
    return found


def xlsform(form: Form, document: Mapping[str, Any], version: int) -> bytes:
    """A questionnaire as an XLSForm workbook, which other tools (ODK, KoboToolbox) open as well."""
    choices = document.get("choices") or {}
    if isinstance(choices, Mapping):
        choices = [{"list_name": name, **row} for name, rows in choices.items() for row in rows]
    settings = {
        "form_title": form.title.zh, "form_title_en": form.title.en, "form_id": form.code,
        "version": str(version), "default_language": LANGUAGES["zh"], "minutes": form.minutes,
        "audience": form.audience, "within": form.within,
    }  # fmt: skip
    return xls_sheets(
        [
            ("survey", SURVEY, document["survey"]),
            ("choices", CHOICES, choices),
            ("settings", SETTINGS, [settings]),
        ]
    )


def xls_sheets(sheets: Sequence[tuple[str, Sequence[str], Sequence[Mapping[str, Any]]]]) -> bytes:
    """Sheets whose headings stand in the first row, as XLSForm wants them."""
    buffer = io.BytesIO()
    book = openpyxl.Workbook(write_only=False)
    del book[book.sheetnames[0]]
    for name, columns, rows in sheets:
        sheet = book.create_sheet(name)
        sheet.append([heading for column in columns for heading in _headings(column)])
        for row in rows:
            sheet.append([cell for column in columns for cell in _cells(row, column)])
            for cell in sheet[sheet.max_row]:
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # never a formula
    book.save(buffer)
    return buffer.getvalue()


def _headings(column: str) -> list[str]:
    if column in IN_BOTH:
        return [f"{column}::{language}" for language in LANGUAGES.values()]
    return [column]


def _cells(row: Mapping[str, Any], column: str) -> list[Any]:
    if column in IN_BOTH:
        said = words_of(row, column)
        return [said.zh or None, said.en or None]
    value = row.get(column)
    if isinstance(value, bool):
        value = "yes" if value else None
    if isinstance(value, Mapping):
        value = " ".join(f"{name}={inner}" for name, inner in value.items())
    return [value]
