"""Pages of the standards: what they ask, how it is seen, and what one look serves."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from meicheng.engine.frameworks import framework_from, write_xlsx, write_yaml
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may

from . import tree
from .models import Framework
from .queries import editions, framework_of, shared_looks

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
        "may_import": may(user, "exchange.import"),
    }
    return render(request, "standards/list.html", context)


@require_GET
@login_required
def standard_page(request: HttpRequest, code: str, edition: str) -> HttpResponse:
    """One edition as a tree."""
    _may_look(request)
    framework = _found(code, edition)
    branches = tree.tree(framework)
    return render(
        request,
        "standards/standard.html",
        {
            "framework": framework,
            "branches": branches,
            "tops": [b for b in branches if not b.depth],
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
    answer = HttpResponse(content, content_type=TYPES[ending])
    answer["Content-Disposition"] = (
        f'attachment; filename="{standard.code}-{standard.edition}.{ending}"'
    )
    return answer


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
