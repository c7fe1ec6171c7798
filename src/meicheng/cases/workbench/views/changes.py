"""What changed since the list was shown, asked for every few seconds."""

from __future__ import annotations

import time
import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from meicheng.cases import queries
from meicheng.cases.models import Case
from meicheng.cases.workbench import looking
from meicheng.cases.workbench.columns import columns_of
from meicheng.organisation.permissions import allow
from meicheng.organisation.who import user_of


@require_GET
@login_required
def live(request: HttpRequest) -> HttpResponse:
    """What changed since the list was shown, as JSON; 304 while nothing happened in the city.

    The answer says after how many seconds to ask again. `after` is the highest key of then, `rows` the
    numbers shown with their versions, `open` the case in the right pane with its version.
    """
    user = user_of(request)
    allow(user, "cases.see")
    at = timezone.now()
    number, _colon, version = request.GET.get("open", "").partition(":")
    opened = None
    others: list[str] = []
    if number:
        opened = Case.objects.filter(queries.reach(user), number=number).first()
        if opened is not None:
            others = looking.note_look(user, opened.pk, at=at)
    tag = f'"{looking.newest_event()}-{uuid.uuid5(uuid.NAMESPACE_OID, "|".join(others)).hex[:8]}"'
    again = str(looking.PACE.again(user.pk, now=time.monotonic()))
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag, "X-Ask-Again": again})
    filters = queries.filters_from(request.GET)
    shown = {}
    for pair in request.GET.get("rows", "").split(",")[:60]:
        one, _colon, seen = pair.partition(":")
        if seen.isdigit():
            shown[one] = int(seen)
    after = request.GET.get("after", "")
    found = looking.changes(user, filters, shown, after=int(after) if after.isdigit() else 0, at=at)
    names = columns_of(user)
    rows = {
        row.case.number: render_to_string(
            "cases/row.html",
            {
                "row": row,
                "one": row.case,
                "columns": [(name, "") for name in names],
                "words": filters.words,
            },
        )
        for row in queries.rows_of(found.changed, at=at)
    }
    moved = ""
    if opened is not None and version.isdigit() and int(version) != opened.events_count:
        moved = looking.what_happened(opened, since=int(version))
    answer = JsonResponse({"new": found.new, "rows": rows, "moved": moved, "others": others})
    answer["ETag"] = tag
    answer["X-Ask-Again"] = again
    answer["Cache-Control"] = "private, no-cache"
    return answer
