"""Pages of the knowledge base: all articles, one of them, a new one."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.ledger.models import Event
from meicheng.organisation.models import Unit
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.time import city_day
from meicheng.tables.pages import page_number

from .actions import BadArticle, review_article, write_article
from .forms import ArticleForm
from .models import Article
from .queries import article_list, article_page


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The articles in use, those first that are to be reviewed next."""
    user = user_of(request)
    allow(user, "knowledge.see")
    words = request.GET.get("q", "").strip().replace("\0", "")[:100]
    unit = Unit.objects.filter(code=request.GET.get("unit", "")).first()
    today = city_day(timezone.now())
    overdue = request.GET.get("overdue") == "1"
    found = article_list(words, unit=unit, overdue_on=today if overdue else None)
    chosen = {"q": words, "unit": unit.code if unit else "", "overdue": "1" if overdue else ""}
    context = {
        "found": article_page(found, page=page_number(request.GET.get("page"))),
        "words": words,
        "unit": unit,
        "overdue": overdue,
        "overdue_count": article_list("", unit=None, overdue_on=today).count(),
        "units": Unit.objects.filter(pk__in=Article.objects.values("unit")),
        "today": today,
        "query": urlencode({name: value for name, value in chosen.items() if value}),
        "may_write": may(user, "knowledge.write"),
    }
    return render(request, "knowledge/articles.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Write an article."""
    allow(user_of(request), "knowledge.write")
    form = ArticleForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (made := _write(request, form, None)):
        return redirect("knowledge:article", code=made.code)
    status = 400 if request.method == "POST" else 200
    return render(request, "knowledge/article.html", {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def article(request: HttpRequest, code: str) -> HttpResponse:
    """Read an article, and change it."""
    user = user_of(request)
    found = _find(request, code)
    if request.method == "POST":
        allow(user, "knowledge.write", division=found.unit.division, unit=found.unit)
        form = ArticleForm(request.POST)
        if form.is_valid() and _write(request, form, found):
            return redirect("knowledge:article", code=found.code)
        return _page(request, found, form=form, status=400)
    return _page(request, found)


@require_POST
@login_required
def review(request: HttpRequest, code: str) -> HttpResponse:
    """Say that an article still holds."""
    found = _find(request, code)
    try:
        until = date.fromisoformat(request.POST.get("until", ""))
        review_article(found, by=user_of(request), until=until)
    except BadArticle as problem:
        return _page(request, found, refusal=str(problem), status=400)
    except ValueError:
        return _page(request, found, refusal=_("Enter a day as 2026-11-25"), status=400)
    messages.success(request, _("Reviewed; it holds until %(day)s.") % {"day": until.isoformat()})
    return redirect("knowledge:article", code=found.code)


def _page(
    request: HttpRequest,
    found: Article,
    *,
    form: ArticleForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    user, today = user_of(request), city_day(timezone.now())
    fields = ("question", "answer", "review_by", "active", "unit", "kind")
    initial: dict[str, Any] = {name: getattr(found, name) for name in fields}
    initial["kind"] = found.kind_id
    may_write = may(user, "knowledge.write", division=found.unit.division, unit=found.unit)
    context = {
        "article": found,
        "form": (form or ArticleForm(initial=initial)) if may_write else None,
        "tried": form is not None,
        "refusal": refusal,
        "overdue": found.review_by < today,
        "next": today.replace(year=today.year + 1, day=min(today.day, 28)),
        "events": list(Event.objects.filter(chain=found.chain).order_by("-sequence")[:20]),
    }
    return render(request, "knowledge/article.html", context, status=status)


def _write(request: HttpRequest, form: ArticleForm, found: Article | None) -> Article | None:
    try:
        made = write_article(form.draft(), by=user_of(request), article=found)
    except BadArticle as problem:
        form.add_error(problem.field, str(problem))
        return None
    messages.success(request, _("The article is kept."))
    return made


def _find(request: HttpRequest, code: str) -> Article:
    allow(user_of(request), "knowledge.see")
    rows = Article.objects.select_related("unit__division", "kind", "written_by")
    found = rows.filter(code=code).first()
    if found is None:
        raise Http404(_("There is no article %(code)s") % {"code": code[:40]})
    return found
