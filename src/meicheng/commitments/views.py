"""Pages of commitments: all of them, writing one down, one with its line, values and changes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.files.actions import BadFile, path_of
from meicheng.files.documents import ending_of
from meicheng.organisation.models import User
from meicheng.organisation.permissions import may
from meicheng.organisation.who import one_of, reader_of, said
from meicheng.places.time import today
from meicheng.tables.charts import chart_workbook
from meicheng.tables.pages import page_number
from meicheng.tables.sheets import Sheet, saved, workbook

from . import queries, telling
from .actions import BadCommitment, change, enter_value, promise, withdraw
from .forms import ChangeForm, CommitmentForm, ValueForm
from .judging import standing
from .measuring import page_of_value
from .models import Commitment


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The promises that run, or that ended in one way, with how they stand."""
    user = reader_of(request, "commitments.see")
    state = _state(request)
    counts = queries.counts()
    found = queries.promise_page(state=state, page=page_number(request.GET.get("page")))
    context = {
        "found": found,
        "rows": [_row(line) for line in queries.lines(found.rows, today=today())],
        "state": state,
        "tabs": [(code, name, counts[code]) for code, name in _names().items()],
        "query": urlencode({"state": state}),
        "may_make": may(user, "commitments.make"),
    }
    return render(request, "commitments/commitments.html", context)


@require_GET
@login_required
def exported(request: HttpRequest) -> HttpResponse:
    """The same as a workbook, all of the state."""
    reader_of(request, "commitments.see")
    state = _state(request)
    rows = queries.whole(queries.of_state(Commitment.objects.all(), state))
    headings = [(_("Number"), 14), (_("What is promised"), 44), (_("Who promised"), 24),
                (_("Post"), 18), (_("Tracked by"), 34), (_("Promised"), 18), (_("Begins"), 12),
                (_("Date"), 12), (_("Stands at"), 14), (_("State"), 14), (_("Why"), 50)]  # fmt: skip
    table = Sheet(
        _("Commitments"),
        [f"{_('Commitments')} · {_names()[state]} · {today()}"],
        headings,
        [
            [line.promise.code, line.promise.words, line.promise.promised_by, line.promise.post,
             telling.tracked_by(line.promise), telling.figure_of(line.promise),
             str(line.promise.start), str(line.promise.due),
             telling.shown(line.promise, line.value), telling.state_of(line)[1], telling.why(line)]
            for line in queries.lines(rows, today=today())
        ],
    )  # fmt: skip
    return saved(workbook(table), f"commitments-{state}.xlsx")


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Write a promise down; what is wrong is said, and what was filled in stays."""
    user = reader_of(request, "commitments.make")
    form = CommitmentForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        filled = form.cleaned_data
        try:
            made = promise(user, **filled)
        except BadCommitment as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The commitment is written down, and tracked from now on."))
            return redirect("commitments:commitment", code=made.code)
    status = 400 if request.method == "POST" else 200
    return render(request, "commitments/new.html", {"form": form}, status=status)


@require_GET
@login_required
def one_commitment(request: HttpRequest, code: str) -> HttpResponse:
    """A promise: how it stands and why, its line, its values, and what was changed."""
    user, one = _find(request, code)
    return _page(request, user, one)


@require_POST
@login_required
def enter(request: HttpRequest, code: str) -> HttpResponse:
    """Enter how it stood."""
    user, one = _find(request, code)
    form = ValueForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, user, one, value_form=form)
    filled, upload = form.cleaned_data, form.cleaned_data["proof"]
    try:
        enter_value(
            user, one, day=filled["day"], value=filled["value"], remark=filled["remark"],
            proof=upload.file if upload else None, proof_name=upload.name if upload else "",
        )  # fmt: skip
    except (BadCommitment, BadFile) as problem:
        form.add_error(None, str(problem))
        return _page(request, user, one, value_form=form)
    messages.success(request, _("The value is entered."))
    return redirect("commitments:commitment", code=code)


@require_POST
@login_required
def alter(request: HttpRequest, code: str) -> HttpResponse:
    """Change it, with the reason."""
    user, one = _find(request, code)
    form = ChangeForm(request.POST)
    if not form.is_valid():
        return _page(request, user, one, change_form=form)
    try:
        change(user, one, **form.cleaned_data)
    except BadCommitment as problem:
        form.add_error(None, str(problem))
        return _page(request, user, one, change_form=form)
    messages.success(request, _("The commitment is changed; the reason stands on its page."))
    return redirect("commitments:commitment", code=code)


@require_POST
@login_required
def take_back(request: HttpRequest, code: str) -> HttpResponse:
    """Withdraw it, with the reason."""
    user, one = _find(request, code)
    try:
        withdraw(user, one, said(request, "reason"))
    except BadCommitment as problem:
        return _page(request, user, one, refusal=str(problem))
    messages.success(request, _("The commitment is withdrawn; it stays to be seen."))
    return redirect("commitments:commitment", code=code)


@require_GET
@login_required
def readings(request: HttpRequest, code: str) -> HttpResponse:
    """Its values as a workbook."""
    _user, one = _find(request, code)
    rows = list(one.readings.all())
    chart = telling.course(one, rows, standing(one, rows, today=today()))
    charts = [] if chart is None else [chart]
    return saved(chart_workbook(charts, [one.code, one.words]), f"{one.code}.xlsx")


@require_GET
@login_required
def proof(request: HttpRequest, code: str, pk: int) -> FileResponse:
    """The proof of a value that was entered, to be kept."""
    _user, one = _find(request, code)
    read = one.readings.filter(pk=min(pk, 2**62), proof__isnull=False).first()
    if read is None or read.proof is None:
        raise Http404(_("There is no such proof"))
    answer = FileResponse(
        path_of(read.proof.sha256).open("rb"),
        as_attachment=True,
        filename=f"{one.code} {read.day}{ending_of(read.proof)}",
        content_type=read.proof.media_type,
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _page(
    request: HttpRequest,
    user: User,
    one: Commitment,
    *,
    value_form: ValueForm | None = None,
    change_form: ChangeForm | None = None,
    refusal: str = "",
) -> HttpResponse:
    rows = list(one.readings.select_related("by", "proof"))
    stands = standing(one, rows, today=today())
    line = queries.Line(one, stands)
    read = one.stated_from if one.outcome else stands.read
    running = not one.outcome
    context: dict[str, Any] = {
        "one": one,
        "row": _row(line),
        "interval": telling.interval_of(one, read),
        "read": read,
        "source": page_of_value(one, read.day) if read is not None else "",
        "tracked_by": telling.tracked_by(one),
        "chart": telling.course(one, rows, stands),
        "xlsx": reverse("commitments:readings-xlsx", args=[one.code]),
        "values": [(one_read, telling.shown(one, one_read.value)) for one_read in reversed(rows)
                   if one_read.by_id],
        "story": queries.changes(one),
        "may_enter": running and one.metric == Commitment.Metric.ENTERED
        and may(user, "commitments.enter", division=one.division, unit=one.unit),
        "may_change": running and may(user, "commitments.change", division=one.division),
        "value_form": value_form or ValueForm(initial={"day": min(today(), one.due)}),
        "change_form": change_form or ChangeForm(initial={
            name: getattr(one, name) for name in ("words", "figure", "due", "post", "public")}),
        "changing": change_form is not None,
        "refusal": refusal,
        "reason": said(request, "reason"),
    }  # fmt: skip
    status = 400 if value_form or change_form or refusal else 200
    return render(request, "commitments/commitment.html", context, status=status)


def _row(line: queries.Line) -> dict[str, Any]:
    """A promise as the templates show it."""
    one = line.promise
    state, word, colour = telling.state_of(line)
    return {
        "one": one,
        "figure": telling.figure_of(one),
        "value": telling.shown(one, line.value),
        "state": state,
        "word": word,
        "colour": colour,
        "why": telling.why(line),
    }


def _names() -> dict[str, str]:
    names = {"running": _("Running")}
    return names | {str(code): str(name) for code, name in Commitment.Outcome.choices}


def _state(request: HttpRequest) -> str:
    state = request.GET.get("state", "")
    return state if state in queries.STATES else "running"


def _find(request: HttpRequest, code: str) -> tuple[User, Commitment]:
    user = reader_of(request, "commitments.see")
    rows = Commitment.objects.select_related(
        "division", "unit__division", "kind", "framework", "item", "problem_list", "plan",
        "criterion__framework", "stated_from", "made_by",
    )  # fmt: skip
    rows = rows.defer("division__outline", "framework__document", "criterion__framework__document")
    return user, one_of(rows, code, _("There is no commitment %(code)s"))
