"""Pages: questions side by side, one with its answer, what is hidden in a picture."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.engine.provenance.hiding import Box
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.tables.pages import page_number

from . import public, queries
from .actions import BadAnswer, answer_question, hide_part, may_change, release, show_part
from .models import PublicPicture, Question


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """Open questions, both pictures side by side."""
    user = user_of(request)
    allow(user, "proofs.see")
    state = request.GET.get("state", "open")
    state = state if state in Question.State.values or state == "all" else "open"
    kind = request.GET.get("kind", "")
    kind = kind if kind in Question.Kind.values else ""
    unit = request.GET.get("unit", "").replace("\0", "")[:60]
    found = queries.question_page(
        user,
        state="" if state == "all" else state,
        kind=kind,
        unit=unit,
        page=page_number(request.GET.get("page")),
    )
    states = [*Question.State.choices, ("all", _("All"))]
    context = {
        "found": found,
        "rows": [(one, queries.said(one)) for one in found.rows],
        "state": state,
        "kind": kind,
        "unit": unit,
        "tabs": [
            (code, label, urlencode({"state": code, "kind": kind, "unit": unit}))
            for code, label in states
        ],
        "kinds": Question.Kind.choices,
        "counts": queries.unit_counts(user),
        "unreleased": queries.unreleased(user).count() if may(user, "proofs.hide") else 0,
        "query": urlencode({"state": state, "kind": kind, "unit": unit}),
    }
    return render(request, "proofs/questions.html", context)


@require_GET
@login_required
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One question with what may be answered."""
    return _question(request, pk)


@require_POST
@login_required
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer it: fine, because …, or not accepted, because …"""
    user, question = _find(request, pk)
    fine = request.POST.get("fine")
    if fine not in {"yes", "no"}:
        return _question(request, pk, refusal=_("Choose one of the two answers"), status=400)
    remark = request.POST.get("remark", "").replace("\0", "")
    try:
        answer_question(question, by=user, fine=fine == "yes", remark=remark)
    except BadAnswer as problem:
        return _question(request, pk, refusal=str(problem), status=400)
    if fine == "yes":
        messages.success(request, _("Noted: the photograph is fine."))
        return redirect("proofs:questions")
    messages.success(request, _("Noted: not accepted. Now send the case back, if it has to be."))
    return redirect("proofs:question", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def hidden(request: HttpRequest, sha256: str) -> HttpResponse:
    """What is hidden in a picture before the public sees it, and changing that with a reason."""
    user, picture = _find_picture(request, sha256)
    refusal = ""
    if request.method == "POST":
        try:
            picture = _changed(request, user, picture)
        except BadAnswer as problem:
            refusal = str(problem)
        else:
            if "release" not in request.POST:
                return redirect("proofs:hidden", sha256=sha256)
            messages.success(request, _("The picture is public now."))
            return redirect("proofs:next")
    boxes = [
        {
            "number": number,
            "what": {"face": _("Face"), "plate": _("Number plate")}.get(
                str(box["what"]), _("By hand")
            ),
            **{key: f"{100 * float(box[key]):.1f}" for key in ("left", "top", "width", "height")},
        }
        for number, box in enumerate(picture.boxes)
    ]
    context = {"picture": picture, "boxes": boxes, "refusal": refusal, "posted": request.POST}
    return render(request, "proofs/hidden.html", context, status=400 if refusal else 200)


@require_GET
@login_required
def next_picture(request: HttpRequest) -> HttpResponse:
    """The picture that has waited longest to be released."""
    user = user_of(request)
    allow(user, "proofs.hide")
    found = queries.unreleased(user).first()
    if found is None:
        messages.success(request, _("No picture waits to be released."))
        return redirect("proofs:questions")
    return redirect("proofs:hidden", sha256=found.file.sha256)


@require_GET
@login_required
def picture(request: HttpRequest, sha256: str) -> HttpResponse:
    """The public picture, as staff check it."""
    _user, found = _find_picture(request, sha256)
    content = public.hidden_jpeg(found)
    if content is None:
        raise Http404(_("There is no such photograph"))
    answer = HttpResponse(content, content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _question(
    request: HttpRequest, pk: int, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    user, question = _find(request, pk)
    use = question.use
    context = {
        "one": question,
        "said": queries.said(question),
        "refusal": refusal,
        "written": request.POST.get("remark", ""),
        "chosen": request.POST.get("fine", ""),
        "may_answer": question.state == Question.State.OPEN
        and may(user, "proofs.answer", division=use.division),
        "case_back": use.href
        if question.state == Question.State.REFUSED and use.about.startswith("case:")
        else "",
    }
    return render(request, "proofs/question.html", context, status=status)


def _find(request: HttpRequest, pk: int) -> tuple[User, Question]:
    """The reader and a question; to a stranger it is not there."""
    user = user_of(request)
    allow(user, "proofs.see")
    if not queries.reach(user).filter(pk=pk).exists():
        raise Http404(_("There is no such question"))
    return user, queries.whole_questions().get(pk=pk)


def _find_picture(request: HttpRequest, sha256: str) -> tuple[User, PublicPicture]:
    user = user_of(request)
    found = PublicPicture.objects.select_related("file").filter(file__sha256=sha256).first()
    if found is None or not may_change(user, found):
        raise Http404(_("There is no such photograph"))
    return user, found


def _changed(request: HttpRequest, user: User, picture: PublicPicture) -> PublicPicture:
    if "release" in request.POST:
        return release(picture, by=user)
    reason = request.POST.get("reason", "").replace("\0", "")
    show = request.POST.get("show", "")
    if show.isdecimal() and len(show) < 5:
        return show_part(picture, int(show), by=user, reason=reason)
    try:
        left, top, width, height = (
            float(request.POST.get(name, "")) / 100 for name in ("left", "top", "width", "height")
        )
        box = Box(left, top, width, height)
    except ValueError:
        raise BadAnswer(
            _("The part lies outside the picture; give percentages from 0 to 100")
        ) from None
    return hide_part(picture, box, by=user, reason=reason)
