"""Where the marks are lost, cut one way after the other."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from meicheng.organisation.permissions import allow

from ..losses import CUTS, chosen_name, cut_words, lost_marks
from ..queries import assess
from .asked import asked_for


@login_required
def losses_page(request: HttpRequest) -> HttpResponse:
    """Where the marks are lost, cut one way after the other; the parts add up."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    result = assess(asked.framework, asked.period, asked.division)
    only = {cut: request.GET[cut] for cut in CUTS if cut in request.GET}
    free = [cut for cut in CUTS if cut not in only]
    by = request.GET.get("by", "")
    by = by if by in free else (free or [CUTS[-1]])[0]
    found = lost_marks(asked.framework, asked.period, asked.division, result, by=by, only=only)
    context = {
        "asked": asked,
        "result": result,
        "account": found,
        "by": by,
        "by_words": cut_words(by),
        "cuts": [(cut, cut_words(cut)) for cut in free],
        "only": [
            (cut, cut_words(cut), chosen_name(asked.framework, cut, code), _query(only, cut))
            for cut, code in only.items()
        ],
        "kept": _query(only),
        "narrower": bool(len(free) > 1),
    }
    return render(request, "assessment/losses.html", context)


def _query(only: dict[str, str], without: str = "") -> str:
    """The cuts already made, as the end of an address."""
    return "".join(f"&{urlencode({cut: code})}" for cut, code in only.items() if cut != without)
