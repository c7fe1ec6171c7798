"""What else is done to a case at the desk: comments, and taking back one's last step."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.cases import actions, queries
from meicheng.cases.models import Case
from meicheng.cases.workbench import comments
from meicheng.cases.workbench.undoing import withdraw_offer
from meicheng.organisation.who import user_of


@require_POST
@login_required
def comment(request: HttpRequest, number: str) -> HttpResponse:
    """Add a comment to a case; refused words come back on the case's page."""
    from meicheng.cases.views import case_page

    found = _seen_case(request, number)
    words = request.POST.get("remark", "")
    try:
        comments.comment_case(found, by=user_of(request), remark=words)
    except actions.Needed as problem:
        return case_page(request, number, words=words, refusal=str(problem), status=400)
    messages.success(request, _("Your comment stands with %(number)s.") % {"number": number})
    if request.headers.get("X-Pane"):
        return case_page(request, number)
    return redirect("cases:case", number=number)


@require_http_methods(["GET", "POST"])
@login_required
def undo(request: HttpRequest, number: str) -> HttpResponse:
    """Take back one's last step of a case, a moment after it was taken."""
    from meicheng.cases.views import case_page

    if request.method == "GET":
        return redirect("cases:case", number=number)
    found = _seen_case(request, number)
    withdraw_offer(request)
    try:
        found = actions.undo_case(found, by=user_of(request))
    except actions.CannotUndo as problem:
        return case_page(request, number, refusal=str(problem), status=409)
    said = _("%(number)s: taken back; it is “%(state)s” again.")
    messages.success(request, said % {"number": number, "state": found.get_state_display()})
    if request.headers.get("X-Pane"):
        return case_page(request, number)
    return redirect("cases:case", number=number)


@require_GET
@login_required
def people(request: HttpRequest, number: str) -> JsonResponse:
    """Whom “@” and some letters may mean on this case."""
    found = _seen_case(request, number)
    typed = request.GET.get("q", "").replace("\0", "")[:40]
    offered = comments.offers(found, typed, by=user_of(request))
    return JsonResponse({"offers": [{"name": one.name, "what": one.what} for one in offered]})


def _seen_case(request: HttpRequest, number: str) -> Case:
    found = (
        Case.objects.filter(queries.reach(user_of(request)), number=number)
        .select_related("kind", "division", "unit")
        .first()
    )
    if found is None:
        raise Http404(_("No case has the number %(number)s") % {"number": number})
    return found
