"""A page before the page: it says what is being reckoned from how much, and comes back by itself.

A view that may take more than a second asks first whether somebody was told:

    waiting = say_first(request, looks, a_second=300_000, says=_("Reading %(count)s answers…"))
    if waiting is not None:
        return waiting

The page that waits asks for the same address again, by a refresh that works without scripts, and
stays on the screen until the answer is there. Who leaves it and comes back finds what was reckoned
meanwhile, where the view keeps it.
"""

from __future__ import annotations

from math import ceil

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

TOLD = "told"  # in the address: the waiting page was shown


def say_first(
    request: HttpRequest,
    count: int,
    *,
    a_second: int,
    says: str,
    title: str,
    back: str = "",
) -> HttpResponse | None:
    """The waiting page, None where it was shown already or less than a second is expected.

    A part of a page that a script asks for is never put off.

    count: how much has to be read, of which `a_second` is read within a second on a machine with
    nothing else to do. says: a sentence with `%(count)s`. back: the page to go back to, where the
    answer is a file, which leaves the waiting page on the screen.
    """
    if count <= a_second or was_told(request):
        return None
    asked = request.GET.copy()
    asked[TOLD] = "1"
    context = {
        "title": title,
        "says": says % {"count": f"{count:,.0f}"},
        "seconds": ceil(count / a_second),
        "address": f"?{asked.urlencode()}",
        "back": back,
    }
    answer = render(request, "tables/waiting.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def was_told(request: HttpRequest) -> bool:
    """Whether whoever asks knows already that it takes a while, or a script asks for a part."""
    return TOLD in request.GET or "HX-Request" in request.headers
