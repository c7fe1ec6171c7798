"""Questionnaires: all of them, one in both languages, bringing one in, planning a wave with it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.tables.sheets import saved

from .. import queries
from ..actions import BadWave, keep_questionnaire, plan_wave
from ..forms import WaveForm
from ..models import Questionnaire
from ..questions import Form
from ..reading import BadForm, read_form
from ..ready import READY, ready
from ..workbooks import read_file, xlsform


@require_http_methods(["GET", "POST"])
@login_required
def questionnaires(request: HttpRequest) -> HttpResponse:
    """All questionnaires, the ready ones, and bringing one in; all that is wrong is said at once."""
    user = user_of(request)
    allow(user, "surveys.see")
    problems: list[str] = []
    if request.method == "POST":
        allow(user, "surveys.make")
        sent = request.FILES.get("file")
        try:
            if sent is None:
                raise BadForm([_("Choose a file: an XLSForm workbook (.xlsx) or YAML")])
            made = keep_questionnaire(user, read_file(sent.read()))
        except BadForm as problem:
            problems = problem.problems
        else:
            messages.success(
                request, _("The questionnaire is kept. Read it once in both languages.")
            )
            return redirect("surveys:questionnaire", code=made.code, version=made.version)
    kept = queries.questionnaires()
    there = {one.questionnaire.code for one in kept}
    context = {
        "kept": kept,
        "ready": [(code, read_form(ready(code))) for code in READY if code not in there],
        "problems": problems,
        "may_make": may(user, "surveys.make"),
    }
    return render(request, "surveys/questionnaires.html", context, status=400 if problems else 200)


@require_POST
@login_required
def take_ready(request: HttpRequest, code: str) -> HttpResponse:
    """Take over a questionnaire that comes with the product."""
    user = user_of(request)
    allow(user, "surveys.make")
    if code not in READY:
        raise Http404(_("There is no ready questionnaire %(code)s") % {"code": code[:40]})
    try:
        made = keep_questionnaire(user, ready(code))
    except BadForm as problem:  # its standards were not brought in
        messages.error(request, " ".join(problem.problems[:3]))
        return redirect("surveys:questionnaires")
    return redirect("surveys:questionnaire", code=made.code, version=made.version)


@require_GET
@login_required
def questionnaire(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """A questionnaire in both languages, with its skips and what it feeds."""
    user = user_of(request)
    allow(user, "surveys.see")
    found, form = _find(code, version)
    context = {
        "questionnaire": found,
        "form": form,
        "waves": found.waves.defer("frame", "results"),
        "may_make": may(user, "surveys.make"),
        "latest": not Questionnaire.objects.filter(code=code, version__gt=version).exists(),
    }
    return render(request, "surveys/questionnaire.html", context)


@require_GET
@login_required
def questionnaire_xlsx(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """A questionnaire as an XLSForm workbook."""
    allow(user_of(request), "surveys.see")
    found, form = _find(code, version)
    content = xlsform(form, found.document, found.version)
    return saved(content, f"{found.code}-{found.version}.xlsx")


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Plan a wave. A link may fill in where: `?area=LC0101&area=LC0102`, as quiet communities do."""
    user = user_of(request)
    allow(user, "surveys.make")
    code = (request.POST.get("questionnaire") or request.GET.get("questionnaire", ""))[:60]
    found = Questionnaire.objects.filter(code=code.replace("\0", "")).order_by("-version").first()
    city = Division.objects.filter(parent=None).defer("outline").first()
    if found is None or city is None:
        choices = {"kept": queries.questionnaires(), "query": request.GET.urlencode()}
        return render(request, "surveys/choose.html", choices)
    form = read_form(found.document)
    initial = {}
    codes = [one.replace("\0", "")[:40] for one in request.GET.getlist("area")][:200]
    if codes:
        initial = {
            "areas": list(Division.objects.filter(code__in=codes).values_list("pk", flat=True)),
            "level": "community",
        }
    filled = WaveForm(
        request.POST or None, questionnaire=found, form=form, city=city, initial=initial
    )
    if request.method == "POST" and filled.is_valid():
        said = filled.cleaned_data
        try:
            made = plan_wave(
                user, questionnaire=found, title=said["title"], division=city, asked=filled.asked,
                opens=said["opens"], closes=said["closes"], margins=filled.shares, key=said["key"],
            )  # fmt: skip
        except BadWave as problem:
            filled.add_error(None, str(problem))
        else:
            messages.success(request, _("The wave is planned, and whom to ask is drawn."))
            return redirect("surveys:wave", code=made.code)
    status = 400 if filled.is_bound else 200
    context = {"form": filled, "questionnaire": found, "asked": form}
    return render(request, "surveys/new.html", context, status=status)


def _find(code: str, version: int) -> tuple[Questionnaire, Form]:
    found = get_object_or_404(Questionnaire, code=code.replace("\0", "")[:60], version=version)
    return found, read_form(found.document)
