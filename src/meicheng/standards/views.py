"""Pages of the standards: what they ask, how it is seen, and what one look serves."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from meicheng.engine.frameworks import framework_from, write_xlsx, write_yaml
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may
from meicheng.tables.sheets import Cell, Sheet, saved, workbook

from . import tree
from .crosswalks import successions
from .freezing import freeze_framework
from .models import Framework
from .queries import Looks, editions, framework_of, shared_looks, unused_items

TYPES = {
    "yaml": "application/yaml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_GET
@login_required
def standards_page(request: HttpRequest) -> HttpResponse:
    """All editions, and how many looks it saves that one serves every standard."""
    user = _may_look(request)
    context = {
        "editions": editions(),
        "looks": shared_looks(),
        "unused": len(unused_items()),
        "may_import": may(user, "exchange.import"),
    }
    return render(request, "standards/list.html", context)


@require_GET
@login_required
def looks_page(request: HttpRequest) -> HttpResponse:
    """How many looks it saves that one serves every standard, by kind of site and for the city."""
    _may_look(request)
    looks = shared_looks()
    rows = [
        (
            row,
            [
                (one, row.criteria.get(one.code, 0), row.looks.get(one.code, 0))
                for one in looks.standards
            ],
        )
        for row in looks.kinds
    ]
    return render(request, "standards/looks.html", {"looks": looks, "rows": rows})


@require_GET
@login_required
def looks_workbook(request: HttpRequest) -> HttpResponse:
    """The same as a workbook."""
    _may_look(request)
    looks = shared_looks()
    return saved(workbook(_looks_sheet(looks)), "looks.xlsx")


def _looks_sheet(looks: Looks) -> Sheet:
    headings = [(_("Kind of site"), 18), (_("Looks on the checklist"), 12)]
    for one in looks.standards:
        headings.append((_("Criteria served: %(name)s") % {"name": one.name}, 16))
        headings.append((_("Looks for it alone: %(name)s") % {"name": one.name}, 16))
    shares = frozenset({len(headings) + 2})
    headings += [
        (_("Standard by standard"), 12),
        (_("Saved"), 10),
        (_("Saved share"), 10),
        (_("Sites in the city"), 12),
        (_("Saved in a round"), 12),
    ]
    rows: list[list[Cell]] = []
    for row in looks.kinds:
        line: list[Cell] = [row.kind.name, row.asked]
        for one in looks.standards:
            line += [row.criteria.get(one.code, 0), row.looks.get(one.code, 0)]
        rows.append([*line, row.separate, row.saved, row.share, row.sites, row.city_saved])
    asked = [_("One look serves every standard"), _("the latest edition of each standard")]
    return Sheet(_("By kind of site"), asked, headings, rows, shares)


@require_GET
@login_required
def unused_page(request: HttpRequest) -> HttpResponse:
    """Items that no standard uses: kept, and counting nowhere."""
    _may_look(request)
    return render(request, "standards/unused.html", {"items": unused_items()})


@require_POST
@login_required
def freeze(request: HttpRequest, code: str, edition: str) -> HttpResponse:
    """Mark an edition as used."""
    user = _may_look(request)
    framework = _found(code, edition)
    freeze_framework(framework, by=user)
    return redirect("standards:standard", code, edition)


@require_GET
@login_required
def standard_page(request: HttpRequest, code: str, edition: str) -> HttpResponse:
    """One edition as a tree, with what became of the one before it."""
    user = _may_look(request)
    framework = _found(code, edition)
    branches = tree.tree(framework)
    return render(
        request,
        "standards/standard.html",
        {
            "framework": framework,
            "branches": branches,
            "tops": [b for b in branches if not b.depth],
            "successions": successions(framework),
            "may_freeze": may(user, "standards.write"),
        },
    )


@require_GET
@login_required
def criterion_page(request: HttpRequest, code: str, edition: str, criterion: str) -> HttpResponse:
    """One criterion with its rule in words, its items, and what else the same looks serve."""
    _may_look(request)
    framework = _found(code, edition)
    page = tree.criterion_page(framework, criterion)
    if page is None:
        raise Http404(_("This edition has no criterion of that code."))
    return render(request, "standards/criterion.html", {"framework": framework, "page": page})


@require_GET
@login_required
def standard_file(request: HttpRequest, code: str, edition: str, ending: str) -> HttpResponse:
    """One edition as a file that the import takes back without loss."""
    _may_look(request)
    if ending not in TYPES:
        raise Http404(_("Standards are written as YAML and XLSX."))
    standard = framework_from(_found(code, edition).document)
    content = write_yaml(standard) if ending == "yaml" else write_xlsx(standard)
    return saved(content, f"{standard.code}-{standard.edition}.{ending}", TYPES[ending])


def _may_look(request: HttpRequest) -> User:
    """Standards are read by whoever may see marks; gives who reads."""
    assert isinstance(request.user, User)
    allow(request.user, "assessment.see")
    return request.user


def _found(code: str, edition: str) -> Framework:
    framework = framework_of(code, edition)
    if framework is None:
        raise Http404(_("There is no such edition of a standard."))
    return framework
