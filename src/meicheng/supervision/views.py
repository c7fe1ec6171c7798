"""Pages of supervision: what is supervised, answering, and the rules."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.organisation.models import Unit
from meicheng.organisation.permissions import allow, may, scope
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.places.time import month_of, months_later
from meicheng.tables.pages import page_number, page_of
from meicheng.tables.sheets import Cell, Sheet, saved, workbook

from . import queries
from .actions import Needed, answer_supervision, set_rules
from .ladder import BadRules, Rung, current_rules, rungs_of
from .models import CARDS, COLOURS, Supervision

MOST = 10_000  # rows of an export
EMPTY_RUNGS = 2


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """What is supervised now, the reader's own first, and the cards of a month by unit."""
    user = user_of(request)
    allow(user, "supervision.see")
    filters = _filters(request)
    found_all = queries.current(user, filters)
    found = page_of(found_all, page_number(request.GET.get("page")), queries.whole(found_all))
    month = _month(request.GET.get("month", ""))
    units = Supervision.objects.filter(queries.reach(user), lifted_at=None).values("unit")
    answers = scope(user, "supervision.answer").unit_ids
    context = {
        "found": found,
        "lines": [(one, one.unit_id in answers) for one in found.rows],
        "filters": filters,
        "query": urlencode(_said(filters)),
        "levels": queries.levels(user),
        "cards": queries.cards_of_month(user, month),
        "month": f"{month // 100}-{month % 100:02d}",
        "months": [f"{one // 100}-{one % 100:02d}" for one in _months()],
        "units": Unit.objects.filter(pk__in=units),
        "districts": Division.objects.filter(level="district").defer("outline"),
        "to_answer": queries.to_answer(user),
    }
    return render(request, "supervision/list.html", context)


@require_GET
@login_required
def exported(request: HttpRequest) -> HttpResponse:
    """Exactly what the page shows, as a workbook: what is supervised, and the cards of the month."""
    user = user_of(request)
    allow(user, "supervision.see")
    filters = _filters(request)
    month = _month(request.GET.get("month", ""))
    at = timezone.localtime(timezone.now())
    asked = [
        _("Supervision"),
        *(f"{name}={value}" for name, value in _said(filters).items()),
        f"{at:%Y-%m-%d %H:%M}",
    ]
    headings = [
        (_("Case"), 18), (_("Kind"), 18), (_("Place"), 18), (_("Unit"), 26), (_("Supervised by"), 18),
        (_("Time used, per cent"), 12), (_("Since"), 17), (_("Card"), 10), (_("Answer of the unit"), 50),
        (_("Answered at"), 17),
    ]  # fmt: skip
    rows = _rows(list(queries.whole(queries.current(user, filters))[:MOST]))
    cards: list[list[Cell]] = [
        [one.unit.name, one.yellow, one.red] for one in queries.cards_of_month(user, month)
    ]
    content = workbook(
        Sheet(_("Supervision"), asked, headings, rows),
        Sheet(
            _("Cards"),
            [_("Cards"), f"{month // 100}-{month % 100:02d}"],
            [(_("Unit"), 30), (_("Yellow card"), 12), (_("Red card"), 12)],
            cards,
        ),
    )
    return saved(content, f"supervision-{at:%Y%m%d}.xlsx")


@require_POST
@login_required
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The unit's answer; what was written is kept where it is refused."""
    user = user_of(request)
    allow(user, "supervision.see")
    found = Supervision.objects.filter(queries.reach(user), pk=pk).first()
    if found is None:
        raise Http404(_("There is no such supervision"))
    try:
        answer_supervision(found, by=user, words=request.POST.get("words", "").replace("\0", ""))
        messages.success(request, _("The answer is on record."))
    except Needed as problem:
        messages.error(request, str(problem))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        return redirect("supervision:list")
    return redirect(back)


@require_http_methods(["GET", "POST"])
@login_required
def rules(request: HttpRequest) -> HttpResponse:
    """When people are warned, who supervises when, and which cards follow."""
    user = user_of(request)
    allow(user, "supervision.see")
    refusal, status = "", 200
    before = current_rules()
    rungs = list(rungs_of(before))
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        try:
            rungs = _rungs(request)
            set_rules(rungs, by=user, seen=int(seen) if seen.isdecimal() else None)
            messages.success(request, _("The rules are set, for clocks that start from now on."))
            return redirect("supervision:rules")
        except BadRules as problem:
            refusal, status = str(problem), 400
    context = {
        "refusal": refusal,
        "rules": before,
        "warnings": [one for one in rungs if not one.supervised],
        "supervisions": [one for one in rungs if one.supervised],
        "empty": range(EMPTY_RUNGS),
        "colours": COLOURS,
        "cards": CARDS,
        "roles": Supervision.To.choices,
        "may_write": may(user, "limits.write"),
    }
    return render(request, "supervision/rules.html", context, status=status)


def _rungs(request: HttpRequest) -> list[Rung]:
    """The rungs that the form holds; a line without a number is none."""
    found = []
    for percent, colour in zip(
        request.POST.getlist("warn"), request.POST.getlist("colour"), strict=False
    ):
        if percent.strip():
            found.append(Rung(_whole(percent), colour=colour or "yellow"))
    for times, to, card in zip(
        request.POST.getlist("overdue"),
        request.POST.getlist("to"),
        request.POST.getlist("card"),
        strict=False,
    ):
        if times.strip():
            try:
                used = round((1 + float(times)) * 100)
            except (ValueError, OverflowError):
                raise BadRules(_("“%(value)s” is no number") % {"value": times[:20]}) from None
            found.append(Rung(used, to=to or "unit-lead", card=card))
    return found


def _whole(written: str) -> int:
    if not written.strip().isdecimal() or len(written) > 6:
        raise BadRules(_("“%(value)s” is no number") % {"value": written[:20]})
    return int(written)


def _rows(found: list[Supervision]) -> Iterator[list[Cell]]:
    for one in found:
        case = one.clock.case
        yield [
            case.number, case.kind.name, case.division.name, one.unit.name if one.unit else "",
            str(one.get_to_display()), one.percent, _moment(one.passed_at),
            str(one.get_card_display()) if one.card else "", one.answer,
            _moment(one.answered_at),
        ]  # fmt: skip


def _moment(at: object) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""  # type: ignore[arg-type]


def _filters(request: HttpRequest) -> queries.Filters:
    to = request.GET.get("to", "")
    return queries.Filters(
        to=to if to in Supervision.To.values else "",
        unit=request.GET.get("unit", "").replace("\0", "")[:60],
        district=request.GET.get("district", "").replace("\0", "")[:40],
        unanswered=request.GET.get("unanswered") == "1",
    )


def _said(filters: queries.Filters) -> dict[str, str]:
    chosen = {
        "to": filters.to,
        "unit": filters.unit,
        "district": filters.district,
        "unanswered": "1" if filters.unanswered else "",
    }
    return {name: value for name, value in chosen.items() if value}


def _months() -> list[int]:
    this = month_of(timezone.now())
    return [months_later(this, -back) for back in range(24)]


def _month(written: str) -> int:
    known = {f"{one // 100}-{one % 100:02d}": one for one in _months()}
    return known.get(written, month_of(timezone.now()))
