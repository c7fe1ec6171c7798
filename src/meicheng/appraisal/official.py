"""Official documents as DOCX in the layout of GB/T 9704-2012.

Page, margins, type sizes and numbering follow `data/official-document.yaml`: A4, 37 mm above and
28 mm to the left of a type area of 156 × 225 mm, 22 lines of 28 characters, body in 16 point Fang
Song with two characters' indent, headings 一、（一） in Hei and Kai, title in 22 point, page numbers
— 1 — at the outer edge. Fonts are named, never embedded; Word falls back where one is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import IO

from django.utils.formats import date_format
from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

FANG_SONG, HEI, KAI, SONG, TITLE = "仿宋", "黑体", "楷体", "宋体", "方正小标宋简体"
RED = RGBColor(0xC8, 0x10, 0x10)
BODY = Pt(16)
LINE = Pt(28.95)  # 225 mm over 22 lines
NUMERALS = "一二三四五六七八九十"


class OfficialDocument:
    """A document that is written from top to bottom."""

    def __init__(self) -> None:
        self.document = Document()
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.footer_distance = Mm(28)
        self.document.settings.odd_and_even_pages_header_footer = True
        grid = OxmlElement("w:docGrid")
        grid.set(qn("w:type"), "linesAndChars")
        grid.set(qn("w:linePitch"), "579")  # twentieths of a point: 28.95
        section._sectPr.append(grid)
        normal = self.document.styles["Normal"]
        normal.font.name, normal.font.size = "Times New Roman", BODY
        normal.element.rPr.rFonts.set(qn("w:eastAsia"), FANG_SONG)
        _page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
        _page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)

    def header(self, issuer: str, number: str) -> None:
        """The issuer in red, the document's number, and the red rule below."""
        self._line(issuer, font=TITLE, size=Pt(26), centre=True, colour=RED)
        self._line("")
        paragraph = self._line(number, centre=True)
        _bottom_border(paragraph)
        self._line("")

    def title(self, words: str) -> None:
        """The title, 22 point, centred."""
        self._line(words, font=TITLE, size=Pt(22), centre=True, spacing=Pt(32))
        self._line("")

    def addressees(self, words: str) -> None:
        """To whom it goes; flush left."""
        self._line(words)

    def heading(self, words: str, *, level: int, index: int) -> None:
        """A heading of the first (一、) or second level (（一）)."""
        numeral = NUMERALS[index - 1] if index <= len(NUMERALS) else str(index)
        text = f"{numeral}、{words}" if level == 1 else f"（{numeral}）{words}"
        self._line(text, font=HEI if level == 1 else KAI, indent=True)

    def paragraph(self, words: str) -> None:
        """Body text with two characters' indent."""
        self._line(words, indent=True, justify=True)

    def attachments(self, names: Sequence[str], *, label: str) -> None:
        """The note that lists what is attached."""
        self._line("")
        for index, name in enumerate(names, start=1):
            self._line(
                f"{label}{index}. {name}" if index == 1 else f"　　　{index}. {name}", indent=True
            )

    def signature(self, issuer: str, day: date) -> None:
        """Issuer and date to the right, with room for the seal over the date."""
        self._line("")
        self._line("")
        for words, space in ((issuer, 2), (date_format(day, "DATE_FORMAT"), 4)):
            paragraph = self._line(words)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.right_indent = BODY * space

    def attachment(self, label: str, title: str) -> None:
        """Begin an attachment on a new page."""
        self.document.add_section(WD_SECTION.NEW_PAGE)
        self._line(label, font=HEI)
        self._line(title, font=TITLE, size=Pt(22), centre=True, spacing=Pt(32))
        self._line("")

    def table(self, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        """A table with its first row as heading, repeated on each page; widths in mm."""
        table = self.document.add_table(rows=len(rows), cols=len(widths), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        for number, (row, cells) in enumerate(zip(rows, table.rows, strict=True)):
            for text, cell, width in zip(row, cells.cells, widths, strict=True):
                cell.width = Mm(width)
                paragraph = cell.paragraphs[0]
                _spacing(paragraph, Pt(17))
                _run(paragraph, text, HEI if number == 0 else FANG_SONG, Pt(11))
        for row in table.rows:  # a row stays on one page
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        repeat = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(repeat)

    def save(self, file: IO[bytes]) -> None:
        """Write the DOCX."""
        self.document.save(file)

    def _line(
        self,
        words: str,
        *,
        font: str = FANG_SONG,
        size: Pt = BODY,
        centre: bool = False,
        indent: bool = False,
        justify: bool = False,
        colour: RGBColor | None = None,
        spacing: Pt = LINE,
    ) -> Paragraph:
        paragraph = self.document.add_paragraph()
        _spacing(paragraph, spacing)
        if centre:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif justify:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        if indent:
            paragraph.paragraph_format.first_line_indent = BODY * 2
        run = _run(paragraph, words, font, size)
        if colour is not None:
            run.font.color.rgb = colour
        return paragraph


def _run(paragraph: Paragraph, words: str, font: str, size: Pt):  # type: ignore[no-untyped-def]
    run = paragraph.add_run(words)
    run.font.size = size
    run.font.name = "Times New Roman"
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return run


def _spacing(paragraph: Paragraph, line: Pt) -> None:
    form = paragraph.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, line
    form.space_before = form.space_after = Pt(0)


def _bottom_border(paragraph: Paragraph) -> None:
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    # 4 mm (11.3 pt) below the number, in red
    for name, value in (("val", "single"), ("sz", "12"), ("space", "11"), ("color", "C81010")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)


def _page_number(paragraph: Paragraph, side: WD_ALIGN_PARAGRAPH) -> None:
    paragraph.alignment = side
    inset = Pt(14)
    if side == WD_ALIGN_PARAGRAPH.RIGHT:
        paragraph.paragraph_format.right_indent = inset
    else:
        paragraph.paragraph_format.left_indent = inset
    _run(paragraph, "— ", SONG, Pt(14))
    run = _run(paragraph, "", SONG, Pt(14))
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = text
        run._element.append(part)
    _run(paragraph, " —", SONG, Pt(14))
