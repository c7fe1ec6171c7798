"""The printed report, to be taken along."""

from __future__ import annotations

from typing import Literal

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from meicheng.organisation.permissions import allow
from meicheng.tables.sheets import saved

from ..report import as_docx, as_pdf, paper_of
from .asked import asked_for, name_of, say_first_of_years

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@login_required
def report(request: HttpRequest, kind: Literal["docx", "pdf"]) -> HttpResponse:
    """The report of a place and period as a Word document or a PDF."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    if (
        waiting := say_first_of_years(request, asked, _("Assessment report"), file=True)
    ) is not None:
        return waiting
    paper = paper_of(asked.framework, asked.period, asked.division)
    content = as_docx(paper) if kind == "docx" else as_pdf(paper)
    name = f"{name_of(asked, 'report')}.{kind}"
    return saved(content, name, DOCX if kind == "docx" else "application/pdf")
