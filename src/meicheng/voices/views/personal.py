"""The page of what is kept of people, and when it is deleted."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from meicheng.organisation.permissions import allow
from meicheng.organisation.who import user_of

from ..personal import schedule


@require_safe
@login_required
def kept(request: HttpRequest) -> HttpResponse:
    """What falls due for deletion when, by the month of closing."""
    allow(user_of(request), "ledger.see")
    return render(request, "voices/kept.html", {"schedule": schedule(timezone.now())})
