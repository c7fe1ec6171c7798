"""The bulletin as an official document and as a workbook; the same facts as its page."""

from __future__ import annotations

import io

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from xlsxwriter import Workbook

from meicheng.appraisal.official import OfficialDocument
from meicheng.appraisal.queries import Ranking

from .facts import Bulletin, Section
from .words import month_words, percent


def as_docx(bulletin: Bulletin) -> bytes:
    """The bulletin in the layout of GB/T 9704, with its two attachments."""
    paper = OfficialDocument()
    paper.header(
        bulletin.issuer,
        _("Draft for month %(month)s: the number is given on issue")
        % {"month": month_words(bulletin.month)},
    )
    paper.title(bulletin.title)
    paper.addressees(bulletin.addressees)
    for index, section in enumerate(bulletin.sections, start=1):
        _section(paper, section, level=1, index=index)
    paper.attachments(
        [_("List of problems"), _("Sources of the figures")], label=_("Attachments: ")
    )
    paper.signature(bulletin.issuer, bulletin.issued_on)
    paper.attachment(_("Attachment 1"), _("List of problems"))
    paper.table(problem_rows(bulletin), [10, 30, 24, 32, 27, 33])
    paper.attachment(_("Attachment 2"), _("Sources of the figures"))
    paper.table([row[:3] for row in figure_rows(bulletin)], [12, 26, 118])
    buffer = io.BytesIO()
    paper.save(buffer)
    return buffer.getvalue()


def _section(paper: OfficialDocument, section: Section, *, level: int, index: int) -> None:
    paper.heading(section.heading, level=level, index=index)
    for sentence in section.sentences:
        paper.paragraph(sentence.text)
    for number, inner in enumerate(section.sections, start=1):
        _section(paper, inner, level=level + 1, index=number)
    for ranking in section.rankings:
        if ranking.placed:
            rows = ranking_rows(ranking)
            widths = [18, 40, 20] + [78 / (len(rows[0]) - 3)] * (len(rows[0]) - 3)
            paper.table(rows, widths)
        left = len(ranking.unplaced)
        said = ngettext(
            "%(n)s more had too few cases to be placed.",
            "%(n)s more had too few cases to be placed.",
            left,
        )
        paper.paragraph(said % {"n": left} if left else "")


def ranking_rows(ranking: Ranking) -> list[list[str]]:
    """The rows of a ranking that are placed, as text, headings first."""
    rows = [_ranking_headings(ranking)]
    for row in ranking.placed:
        rows.append(
            [
                row.places,
                row.name,
                f"{row.mark.value:.1f}" if row.mark else "–",
                *[percent(cell.rate.share) for cell in row.cells],
                f"{row.counts['due']:,}",
            ]
        )
    return rows


def write_ranking(book: Workbook, ranking: Ranking, title: str) -> None:
    """Add a sheet with a ranking whose figures are numbers, below a row that says what it is."""
    sheet = book.add_worksheet(
        (_("By district") if ranking.by == "district" else _("By unit"))[:31]
    )
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    marks = book.add_format({"num_format": "0.0"})
    share = book.add_format({"num_format": "0.0%"})
    count = book.add_format({"num_format": "#,##0"})
    sheet.write(0, 0, title)
    sheet.write_row(1, 0, _ranking_headings(ranking), bold)
    for index, row in enumerate(ranking.rows, start=2):
        sheet.write(index, 0, row.places)
        sheet.write(index, 1, row.name)
        if row.mark:
            sheet.write_number(index, 2, row.mark.value, marks)
        for column, cell in enumerate(row.cells, start=3):
            if cell.rate.share is not None:
                sheet.write_number(index, column, cell.rate.share, share)
        sheet.write_number(index, 3 + len(row.cells), row.counts["due"], count)
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, 1, 32)
    sheet.set_column(2, 3 + len(ranking.total.cells), 16)
    sheet.freeze_panes(2, 2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _ranking_headings(ranking: Ranking) -> list[str]:
    who = _("District") if ranking.by == "district" else _("Unit")
    parts = [cell.part.name for cell in ranking.total.cells]
    return [_("Rank"), who, _("Score"), *parts, _("Cases due")]


def problem_rows(bulletin: Bulletin) -> list[list[str]]:
    """The problem list as rows of text, headings first."""
    rows = [[_("No."), _("Case"), _("Problem"), _("Place"), _("Unit"), _("Due")]]
    for index, problem in enumerate(bulletin.problems, start=1):
        rows.append(
            [
                str(index),
                problem.number,
                problem.kind,
                problem.place,
                problem.unit,
                date_format(problem.due_at, "SHORT_DATE_FORMAT"),  # type: ignore[arg-type]
            ]
        )
    return rows


def figure_rows(bulletin: Bulletin) -> list[list[str]]:
    """The figures with what was counted and where to see it, headings first."""
    rows = [[_("No."), _("Figure"), _("What was counted"), _("Page")]]
    rows += [[str(f.index), f.text, f.how, f.href] for f in bulletin.figures]
    return rows


def as_xlsx(bulletin: Bulletin) -> bytes:
    """The bulletin as a workbook: text, rankings, problems, sources."""
    buffer = io.BytesIO()
    book = Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(name: str, rows: list[list[str]], widths: list[int]) -> None:
        page = book.add_worksheet(name[:31])
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        for column, width in enumerate(widths):
            page.set_column(column, column, width, wrap)
        page.write_row(0, 0, [bulletin.title])
        for index, row in enumerate(rows, start=1):
            page.write_row(index, 0, row, bold if index == 1 else wrap)
        page.freeze_panes(2, 0)

    text = [[_("Part"), _("Text")]]
    for section in bulletin.sections:
        for part in [section, *section.sections]:
            text += [[part.heading, sentence.text] for sentence in part.sentences]
    sheet(_("Text"), text, [24, 110])
    for section in bulletin.sections:
        for ranking in section.rankings:
            write_ranking(book, ranking, bulletin.title)
    sheet(_("Problems"), problem_rows(bulletin), [8, 22, 20, 44, 24, 14])
    sheet(_("Sources"), figure_rows(bulletin), [8, 14, 60, 60])
    book.close()
    return buffer.getvalue()
