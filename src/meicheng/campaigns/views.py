"""Pages of campaigns: all of them, ordering one, one with its days, and whether it worked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.lists.models import ProblemList
from meicheng.lists.queries import lines
from meicheng.lists.queries import reach as lists_of
from meicheng.organisation.models import User
from meicheng.organisation.permissions import may
from meicheng.organisation.who import one_of, reader_of
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.tables.charts import Chart, chart_workbook
from meicheng.tables.pages import page_number
from meicheng.tables.sheets import saved

from . import queries, telling
from .actions import BadCampaign, compare_with, count_day, link_list, list_problems, order_campaign
from .effect import OUTCOMES, WEEKS_BEFORE, effect_of
from .forms import CampaignForm
from .models import Campaign


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """All campaigns that touch where the reader works."""
    user = reader_of(request, "campaigns.see")
    found = queries.campaign_page(user, page=page_number(request.GET.get("page")))
    context = {
        "found": found,
        "lines": queries.standings(found.rows, now=timezone.now()),
        "may_order": may(user, "campaigns.order"),
        "may_import": may(user, "exchange.import"),
        "query": "",
    }
    return render(request, "campaigns/campaigns.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Order a campaign; what is wrong is said, and what was filled in stays."""
    user = reader_of(request, "campaigns.order")
    form = CampaignForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = order_campaign(
                user,
                title=said["title"],
                purpose=said["purpose"],
                lead=said["lead"],
                division=said["division"],
                areas=list(said["areas"]),
                kinds=list(said["kinds"]),
                items=list(said["items"]),
                phases=form.phases,
                goals=form.goals,
                counted=said["counted"].splitlines(),
                key=said["key"],
            )
        except BadCampaign as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The campaign is ordered; its lead unit sees it now."))
            return redirect("campaigns:campaign", code=made.code)
    status = 400 if form.is_bound else 200
    return render(request, "campaigns/new.html", {"form": form}, status=status)


@require_GET
@login_required
def one_campaign(request: HttpRequest, code: str) -> HttpResponse:
    """A campaign: where it stands, day by day, its targets, and whether places came back."""
    return _page(request, code)


@require_POST
@login_required
def count(request: HttpRequest, code: str) -> HttpResponse:
    """Enter what was counted on a day."""
    user, campaign = _find(request, code)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        return _page(request, code, refusal=_("Enter a day as 2026-11-25"))
    counts = {}
    for place, name in enumerate(campaign.counted):
        written = request.POST.get(f"count-{place}", "").strip()
        if written and not (written.isascii() and written.isdigit() and len(written) < 9):
            words = _("%(what)s: expected a number from 0 to 1,000,000") % {"what": name}
            return _page(request, code, refusal=words)
        if written:
            counts[name] = int(written)
    try:
        count_day(user, campaign, day, counts)
    except BadCampaign as problem:
        return _page(request, code, refusal=str(problem))
    messages.success(request, _("Counted."))
    return redirect("campaigns:campaign", code=code)


@require_POST
@login_required
def add_list(request: HttpRequest, code: str) -> HttpResponse:
    """Say that a problem list belongs to the campaign."""
    user, campaign = _find(request, code)
    chosen = request.POST.get("list", "").replace("\0", "")
    problems = ProblemList.objects.filter(code=chosen, items__in=lists_of(user)).first()
    if problems is None:
        return _page(request, code, refusal=_("Choose one of the lists"))
    link_list(user, campaign, problems)
    return redirect("campaigns:campaign", code=code)


@require_POST
@login_required
def problems(request: HttpRequest, code: str) -> HttpResponse:
    """Put its open cases on a list that belongs to it."""
    user, campaign = _find(request, code)
    try:
        due = date.fromisoformat(request.POST.get("due", ""))
    except ValueError:
        return _page(request, code, refusal=_("Enter the deadline as 2026-11-25"))
    try:
        made = list_problems(user, campaign, due=due)
    except BadCampaign as problem:
        return _page(request, code, refusal=str(problem))
    messages.success(request, _("The list stands; its units see it now."))
    return redirect("lists:list", code=made.code)


@require_GET
@login_required
def days_workbook(request: HttpRequest, code: str) -> HttpResponse:
    """The days of a campaign as a workbook."""
    _user, campaign = _find(request, code)
    account = queries.account_of(campaign, now=timezone.now())
    return _workbook(campaign, telling.days_charts(campaign, account), "days")


@require_GET
@login_required
def effect_page(request: HttpRequest, code: str) -> HttpResponse:
    """Did it work? The answer, how sure it is, and what was compared."""
    user, campaign = _find(request, code)
    outcome = _outcome(request, campaign)
    effect = effect_of(campaign, outcome=outcome, now=timezone.now())
    compared = {one.code for one in effect.others}
    context = {
        "campaign": campaign,
        "effect": effect,
        "outcome": outcome,
        "outcomes": _outcomes(campaign),
        "weeks_before": WEEKS_BEFORE,
        "verdict": telling.verdict_words(effect),
        "size": telling.size_words(effect),
        "reasons": telling.reason_words(effect),
        "checks": telling.check_words(effect),
        "chart": telling.effect_chart(effect) if effect.finding.effect else None,
        "xlsx": f"{reverse('campaigns:effect-xlsx', args=[code])}?outcome={outcome}",
        "ours": [effect.names[one.code] for one in effect.treated],
        "candidates": [(one, one.code in compared) for one in effect.candidates],
        "may_choose": may(user, "campaigns.order", division=campaign.division),
    }
    return render(request, "campaigns/effect.html", context)


@require_GET
@login_required
def effect_workbook(request: HttpRequest, code: str) -> HttpResponse:
    """The weeks behind the answer as a workbook."""
    _user, campaign = _find(request, code)
    effect = effect_of(campaign, outcome=_outcome(request, campaign), now=timezone.now())
    charts = [telling.effect_chart(effect)] if effect.finding.effect else []
    return _workbook(campaign, charts, "effect")


@require_POST
@login_required
def beside(request: HttpRequest, code: str) -> HttpResponse:
    """Choose the areas to compare with; none chosen is the most alike."""
    user, campaign = _find(request, code)
    codes = [one.replace("\0", "")[:40] for one in request.POST.getlist("area")][:500]
    areas = [] if "alike" in request.POST else list(Division.objects.filter(code__in=codes))
    try:
        compare_with(user, campaign, areas)
    except BadCampaign as problem:
        messages.error(request, str(problem))
    return redirect(
        f"{reverse('campaigns:effect', args=[code])}?outcome={_outcome(request, campaign)}"
    )


def _page(request: HttpRequest, code: str, *, refusal: str = "") -> HttpResponse:
    user, campaign = _find(request, code)
    now = timezone.now()
    today = city_day(now)
    account = queries.account_of(campaign, now=now)
    linked = list(campaign.lists.select_related("division"))
    others = ProblemList.objects.filter(items__in=lists_of(user)).exclude(campaigns=campaign)
    context = {
        "campaign": campaign,
        "account": account,
        "today": today,
        "running": campaign.runs_on(today),
        "ended": campaign.ends < today,
        "phases": campaign.phases.all(),
        "areas": campaign.areas.select_related("district"),
        "kinds": campaign.kinds.all(),
        "items": campaign.items.all(),
        "charts": telling.days_charts(campaign, account),
        "xlsx": reverse("campaigns:days-xlsx", args=[code]),
        "lists": lines(user, linked, today=today),
        "other_lists": others.distinct()[:50],
        "refusal": refusal,
        "written": request.POST,
        "may_count": bool(campaign.counted)
        and campaign.begins <= today
        and may(user, "campaigns.count", division=campaign.division, unit=campaign.lead),
        "may_order": may(user, "campaigns.order", division=campaign.division),
        "last_day": min(today, campaign.ends),
    }
    return render(request, "campaigns/campaign.html", context, status=400 if refusal else 200)


def _find(request: HttpRequest, code: str) -> tuple[User, Campaign]:
    """The reader and a campaign that she may see; to a stranger it is not there."""
    user = reader_of(request, "campaigns.see")
    rows = queries.reach(user).select_related("lead__division", "division", "made_by")
    seen = rows.defer("division__outline", "lead__division__outline")
    return user, one_of(seen, code, _("There is no campaign %(code)s"))


def _outcomes(campaign: Campaign) -> list[tuple[str, str]]:
    """What can be compared: what citizens reported, and what drawn visits found."""
    names = {
        "cases": _("What citizens reported"),
        "failed": _("What drawn visits found"),
    }
    there = {"cases": campaign.kinds.exists(), "failed": campaign.items.exists()}
    return [(code, names[code]) for code in OUTCOMES if there[code]]


def _outcome(request: HttpRequest, campaign: Campaign) -> str:
    asked = request.GET.get("outcome") or request.POST.get("outcome", "")
    there = [code for code, _name in _outcomes(campaign)]
    return asked if asked in there else there[0]


def _workbook(campaign: Campaign, charts: Sequence[Chart], name: str) -> HttpResponse:
    return saved(chart_workbook(charts, [campaign.title]), f"{campaign.code}-{name}.xlsx")
