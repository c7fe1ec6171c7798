"""Each unit's list of duties (责任清单), to be read, printed and exported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.organisation.models import Unit, UnitRole, User
from meicheng.organisation.permissions import allow, may, memberships
from meicheng.standards.models import Framework
from meicheng.tables.sheets import Cell, Sheet, saved, workbook

from ..duties import Duties, all_duties, open_cases
from ..queries import frameworks
from ..standing import Standing, period_words, standing
from .asked import Asked, asked_for, city_or_404, narrowed, standard_of


@login_required
def duties_page(request: HttpRequest) -> HttpResponse:
    """All units with what is expected of each; or one unit's or role's list of duties."""
    assert isinstance(request.user, User)
    allow(request.user, "assessment.see")
    editions = frameworks()
    if not editions:
        return render(request, "assessment/empty.html")
    asked = asked_for(request, editions)
    only = standard_of(request, editions)
    unit, role = _unit(request), _role(request)
    ground = standing(asked.period, city_or_404(), only)
    context = narrowed(asked, editions, only, ground.city)
    if unit is None and role is None:
        found = _found(request.user, ground, asked)
        mine = {held.unit_id for held in memberships(request.user) if held.unit_id is not None}
        context |= {
            "found": found,
            "mine": mine,
            "columns": ground.standards,
            "rows": [(one, _losses(one, ground.standards)) for one in found],
        }
        return render(request, "assessment/duties.html", context)
    found = all_duties(request.user, ground, at=timezone.now(), unit=unit, role=role)
    if not found:
        raise Http404(_("No standard expects anything of it"))
    context["one"] = found[0]
    context["may_file"] = may(request.user, "materials.file")
    context["cases"] = open_cases(request.user, unit) if unit is not None and found[0].cases else []
    return render(request, "assessment/duties_of_unit.html", context)


@login_required
def duties_workbook(request: HttpRequest) -> HttpResponse:
    """The same as a workbook: the units with their sums, every duty, and what is to be filed."""
    assert isinstance(request.user, User)
    allow(request.user, "assessment.see")
    editions = frameworks()
    if not editions:
        raise Http404(_("No standard is loaded"))
    asked = asked_for(request, editions)
    ground = standing(asked.period, city_or_404(), standard_of(request, editions))
    unit, role = _unit(request), _role(request)
    if unit is None and role is None:
        found = _found(request.user, ground, asked)
        where = asked.division.name
    else:
        found = all_duties(request.user, ground, at=timezone.now(), unit=unit, role=role)
        where = found[0].name if found else ""
    title = [
        _("Duties"),
        period_words(asked.period),
        where,
        *(f"{one.name} {one.edition}" for one in ground.standards),
    ]
    content = workbook(
        _sums_sheet(found, ground, title), _duties_sheet(found, title), _due_sheet(found, title)
    )
    return saved(content, f"duties-{asked.period.text}{'-' + unit.code if unit else ''}.xlsx")


def _found(user: User, ground: Standing, asked: Asked) -> list[Duties]:
    return all_duties(user, ground, at=timezone.now(), within=asked.division)


def _losses(one: Duties, standards: Sequence[Framework]) -> list[tuple[Framework, float | None]]:
    """What it loses under each standard; None where it leads nothing there."""
    lost = {loss.framework.pk: loss.lost for loss in one.losses}
    return [(framework, lost.get(framework.pk)) for framework in standards]


def _sums_sheet(found: list[Duties], ground: Standing, title: list[str]) -> Sheet:
    headings = [
        (_("Unit"), 28), (_("Place"), 12), (_("Leads"), 8), (_("Supports"), 8),
        *((_("Lost: %(name)s") % {"name": one.name}, 16) for one in ground.standards),
        (_("Nothing known"), 10), (_("To be filed"), 10), (_("Open cases"), 10), (_("Late"), 8),
    ]  # fmt: skip
    return Sheet(_("Units"), title, headings, (_sums(one, ground.standards) for one in found))


def _sums(one: Duties, standards: Sequence[Framework]) -> list[Cell]:
    losses = [None if lost is None else round(lost, 4) for _one, lost in _losses(one, standards)]
    cases: list[Cell] = [one.cases.open, one.cases.late] if one.cases else [None, None]
    head: list[Cell] = [one.name, one.place.name, len(one.lead), len(one.support)]
    return [*head, *losses, one.unknown, one.due, *cases]


def _duties_sheet(found: list[Duties], title: list[str]) -> Sheet:
    headings = [
        (_("Unit"), 28), (_("Standard"), 24), (_("Criterion"), 10), (_("Name"), 44),
        (_("Part in it"), 10), (_("Seen how"), 12), (_("Full marks"), 10), (_("Share"), 8),
        (_("Score"), 8), (_("Lost"), 8), (_("Marks of"), 12),
    ]  # fmt: skip

    def rows() -> Iterator[list[Cell]]:
        for one in found:
            for duty in one.duties:
                at = duty.at
                yield [
                    one.name,
                    f"{at.framework.name} {at.framework.edition}",
                    at.criterion.code,
                    at.criterion.name,
                    _("leads") if duty.leads else _("supports"),
                    at.method,
                    at.mark.full_marks,
                    at.mark.share,
                    at.mark.marks,
                    at.lost,
                    _("the city") if at.of_city else one.place.name,
                ]

    return Sheet(_("Duties"), title, headings, rows(), frozenset({7}))


def _due_sheet(found: list[Duties], title: list[str]) -> Sheet:
    headings = [
        (_("Unit"), 28), (_("Standard"), 24), (_("Criterion"), 10), (_("Name"), 44),
        (_("To be filed"), 28), (_("How it stands"), 14),
    ]  # fmt: skip
    rows = (
        [
            one.name,
            f"{due.framework.name} {due.framework.edition}",
            due.code,
            due.criterion,
            due.what,
            due.words,
        ]
        for one in found
        for due in (*one.documents, *one.figures)
    )
    return Sheet(_("Documents and figures"), title, headings, rows)


def _unit(request: HttpRequest) -> Unit | None:
    code = request.GET.get("unit", "")
    if not code:
        return None
    found = Unit.objects.select_related("role", "division__district").filter(code=code).first()
    if found is None:
        raise Http404(_("No unit has the code %(code)s") % {"code": code[:60]})
    return found


def _role(request: HttpRequest) -> UnitRole | None:
    code = request.GET.get("role", "")
    if not code:
        return None
    found = UnitRole.objects.filter(code=code).first()
    if found is None:
        raise Http404(_("No role has the code %(code)s") % {"code": code[:60]})
    return found
