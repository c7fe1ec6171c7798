"""Who took what out, and who looked at phone numbers."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from meicheng.organisation.permissions import allow
from meicheng.organisation.who import user_of
from meicheng.tables.pages import page_number

from ..access import KINDS, accesses


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Exports and looks at phone numbers, narrowed by person, kind and days."""
    allow(user_of(request), "ledger.see")
    asked = {
        name: request.GET.get(name, "").strip()[:80] for name in ("who", "kind", "since", "until")
    }
    days = {}
    for name in ("since", "until"):
        try:
            days[name] = parse_date(asked[name])
        except ValueError:  # 2026-02-31
            days[name] = None
    page, rows = accesses(
        who=asked["who"],
        kind=asked["kind"] if asked["kind"] in KINDS else "",
        since=days["since"],
        until=days["until"],
        page=page_number(request.GET.get("page")),
    )
    query = urlencode({name: words for name, words in asked.items() if words})
    context = {"found": page, "rows": rows, "asked": asked, "query": query}
    return render(request, "accounts/access.html", context)
