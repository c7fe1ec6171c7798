"""The report as a PDF."""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, String
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from .contents import Paper, Section

FONT = "STSong-Light"  # every reader of PDF has it or a font like it: nothing is embedded
WIDTH = A4[0] - 48 * mm
GREEN, LIGHT, GREY = (colors.HexColor(code) for code in ("#1f7a6b", "#e3f1ee", "#9aa5a8"))
BODY = ParagraphStyle("body", fontName=FONT, fontSize=10, leading=15, wordWrap="CJK", spaceAfter=3)
TITLE = ParagraphStyle("title", BODY, fontSize=19, leading=26, alignment=TA_CENTER, spaceAfter=8)
ABOUT = ParagraphStyle("about", BODY, textColor=colors.HexColor("#5d6b6f"), alignment=TA_CENTER)
HEADING = ParagraphStyle("heading", BODY, fontSize=13, leading=19, textColor=GREEN, spaceBefore=10)
CELL = ParagraphStyle("cell", BODY, fontSize=9, leading=12.5, spaceAfter=0)
NUMBER = ParagraphStyle("number", CELL, alignment=TA_RIGHT)


def as_pdf(paper: Paper) -> bytes:
    """A4 with page numbers, tables whose heads repeat, and the trend drawn."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=A4, title=paper.title, leftMargin=24 * mm, rightMargin=24 * mm,
        topMargin=20 * mm, bottomMargin=20 * mm,
    )  # fmt: skip
    flow: list[Any] = [
        Paragraph(escape(paper.title), TITLE),
        # The readers' own Chinese font has no middle dot.
        Paragraph(escape("　".join(paper.about)), ABOUT),
        Spacer(0, 6),
    ]
    for section in paper.sections:
        flow += _section(section)
    document.build(flow, onFirstPage=_foot, onLaterPages=_foot)
    return buffer.getvalue()


def _section(section: Section) -> list[Any]:
    flow: list[Any] = [Paragraph(escape(section.heading), HEADING)]
    flow += [Paragraph(escape(words), BODY) for words in section.paragraphs]
    if section.rows:
        flow.append(_table(section))
    if any(value is not None for _label, value in section.line):
        flow.append(_line(section))
    return flow


def _table(section: Section) -> Table:
    def row(cells: Any) -> list[Any]:
        return [
            Paragraph(escape(str(cell)), NUMBER if column in section.numbers else CELL)
            for column, cell in enumerate(cells)
        ]

    table = Table(
        [row(section.headings), *(row(cells) for cells in section.rows)],
        colWidths=[WIDTH * width for width in section.widths],
        repeatRows=1,
    )
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), LIGHT),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#dfe5e4")),
                # No page begins with the last row of a table alone: a sum stands by what it sums.
                ("NOSPLIT", (0, -3), (-1, -1)),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _line(section: Section) -> Drawing:
    """The known values as a line; months of which nothing is known leave a gap."""
    height, left, below = 130.0, 36.0, 22.0
    known = [value for _label, value in section.line if value is not None]
    low, high = min(known), max(known)
    room = max((high - low) * 0.15, 1.0)
    low, high = low - room, high + room
    step = (WIDTH - left - 8) / max(len(section.line) - 1, 1)
    drawing = Drawing(WIDTH, height)

    def place(index: int, value: float) -> tuple[float, float]:
        up = (value - low) / (high - low) * (height - below - 10)
        return left + index * step, below + up

    for part in range(4):
        at = low + (high - low) * part / 3
        _x, y = place(0, at)
        drawing.add(Line(left, y, WIDTH - 8, y, strokeColor=LIGHT))
        drawing.add(
            String(left - 4, y - 3, f"{at:.0f}", fontName=FONT, fontSize=8, textAnchor="end")
        )
    run: list[float] = []
    for index, (label, value) in enumerate([*section.line, ("", None)]):
        if value is not None:
            x, y = place(index, value)
            run += [x, y]
            drawing.add(Circle(x, y, 2, fillColor=GREEN, strokeColor=GREEN))
        elif run:
            if len(run) > 2:
                drawing.add(PolyLine(run, strokeColor=GREEN, strokeWidth=1.4))
            run = []
        if label and index % max(1, len(section.line) // 6) == 0:
            drawing.add(
                String(
                    left + index * step,
                    6,
                    label,
                    fontName=FONT,
                    fontSize=8,
                    textAnchor="middle",
                    fillColor=GREY,
                )
            )
    return drawing


def _foot(canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 9)
    canvas.drawCentredString(A4[0] / 2, 11 * mm, f"— {document.page} —")
