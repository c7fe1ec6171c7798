"""The report as a Word document."""

from __future__ import annotations

import io
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from .contents import Paper, Section


def as_docx(paper: Paper) -> bytes:
    """A4 with page numbers, headings of Word's own kinds and tables whose heads repeat.

    Charts stand as the table of their values, which Word can draw.
    """
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(24)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(10.5)
    normal.paragraph_format.space_after = Pt(4)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    for level in ("Title", "Heading 1"):
        style = document.styles[level]
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "黑体")
    document.core_properties.title = paper.title
    document.core_properties.author = ""
    _page_number(page.footer.paragraphs[0])
    document.add_heading(paper.title, level=0)
    document.add_paragraph(" · ".join(paper.about))
    for section in paper.sections:
        _section(document, section)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _section(document: Any, section: Section) -> None:
    document.add_heading(section.heading, level=1)
    for words in section.paragraphs:
        document.add_paragraph(words)
    if section.rows:
        _table(document, section.headings, section.rows, section.widths, section.numbers)
    if section.line:
        rows = [(label, "–" if value is None else f"{value:.1f}") for label, value in section.line]
        _table(document, (_("Month"), _("Score")), rows, (0.3, 0.2), frozenset({1}))


def _table(document: Any, headings: Any, rows: Any, widths: Any, numbers: frozenset[int]) -> None:
    table = document.add_table(rows=1, cols=len(headings), style="Table Grid")
    table.autofit = False
    for cell, words in zip(table.rows[0].cells, headings, strict=True):
        cell.text = words
        cell.paragraphs[0].runs[0].bold = True
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), "E3F1EE")
        cell._tc.get_or_add_tcPr().append(shade)
    _switch_on(table.rows[0], "w:tblHeader")
    for words in rows:
        for cell, text in zip(table.add_row().cells, words, strict=True):
            cell.text = str(text)
    for row in table.rows:
        _switch_on(row, "w:cantSplit")  # a row stays on one page
        for column, cell in enumerate(row.cells):
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
            if column in numbers:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(162 * width)  # LibreOffice goes by the columns, Word by the cells
        for cell in column.cells:
            cell.width = Mm(162 * width)
    document.add_paragraph()


def _switch_on(row: Any, name: str) -> None:
    switch = OxmlElement(name)
    switch.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(switch)


def _page_number(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)
