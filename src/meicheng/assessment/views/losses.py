"""Where the marks are lost, cut one way after the other."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from meicheng.engine.scoring import Assessment
from meicheng.organisation.permissions import allow
from meicheng.tables.sheets import Sheet, workbook

from ..losses import CUTS, Account, chosen_name, cut_words, losses_chart, lost_marks
from ..queries import assess
from .asked import Asked, asked_for, say_first, workbook_answer


@login_required
def losses_page(request: HttpRequest) -> HttpResponse:
    """Where the marks are lost, cut one way after the other; the parts add up."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    if (waiting := say_first(request, asked, _("Where marks are lost"))) is not None:
        return waiting
    cut = _cut(request)
    result = assess(asked.framework, asked.period, asked.division)
    found = _found(asked, cut, result)
    context = {
        "asked": asked,
        "result": result,
        "account": found,
        "chart": losses_chart(found),
        "by": cut.by,
        "by_words": cut_words(cut.by),
        "cuts": [(one, cut_words(one)) for one in cut.free],
        "only": [
            (one, cut_words(one), chosen_name(asked.framework, one, code), _query(cut.only, one))
            for one, code in cut.only.items()
        ],
        "kept": _query(cut.only),
        "narrower": len(cut.free) > 1,
    }
    return render(request, "assessment/losses.html", context)


@login_required
def losses_workbook(request: HttpRequest) -> HttpResponse:
    """All parts of the page's account as a workbook, with what they add up to."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    cut = _cut(request)
    found = _found(asked, cut, assess(asked.framework, asked.period, asked.division))
    narrowed = [
        f"{cut_words(one)}: {chosen_name(asked.framework, one, code)}"
        for one, code in cut.only.items()
    ]
    sheet = Sheet(
        cut_words(cut.by),
        [*asked.filters, _("Where marks are lost"), *narrowed],
        [(cut_words(cut.by), 40), (_("Marks lost"), 14), (_("Share of the loss"), 16)],
        [
            *((part.name, part.marks, part.share) for part in found.parts),
            (_("Total"), found.total, 1.0 if found.parts else None),
        ],
        frozenset({2}),
    )
    return workbook_answer(workbook(sheet), asked, "losses", cut.by)


@dataclass(frozen=True)
class _Cut:
    """How the account is cut: by what, of which free ways, within what it was narrowed to."""

    by: str
    free: list[str]
    only: dict[str, str]


def _cut(request: HttpRequest) -> _Cut:
    only = {cut: request.GET[cut] for cut in CUTS if cut in request.GET}
    free = [cut for cut in CUTS if cut not in only]
    by = request.GET.get("by", "")
    return _Cut(by if by in free else (free or [CUTS[-1]])[0], free, only)


def _found(asked: Asked, cut: _Cut, result: Assessment) -> Account:
    return lost_marks(
        asked.framework, asked.period, asked.division, result, by=cut.by, only=cut.only
    )


def _query(only: dict[str, str], without: str = "") -> str:
    """The cuts already made, as the end of an address."""
    return "".join(f"&{urlencode({cut: code})}" for cut, code in only.items() if cut != without)
