"""Pages of notices: the list, the bell, who is told what, and how to be told."""

from __future__ import annotations

from datetime import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meicheng.organisation.personal import masked, read_phone, unseal
from meicheng.organisation.who import user_of
from meicheng.tables.pages import page_number

from . import actions, queries
from .kinds import CHANNELS, CONSOLE, KINDS
from .models import Notice, Preferences


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """Somebody's own notices, the newest first."""
    user = user_of(request)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    unread = request.GET.get("unread") == "1"
    found = queries.notice_page(
        user, unread=unread, kind=kind, page=page_number(request.GET.get("page"))
    )
    chosen = {"kind": kind, "unread": "1" if unread else ""}
    context = {
        "found": found,
        "lines": [queries.line(notice) for notice in found.rows],
        "kinds": KINDS.values(),
        "kind": kind,
        "only_unread": unread,
        "unread": queries.unread_count(user),
        "query": urlencode({name: value for name, value in chosen.items() if value}),
    }
    return render(request, "notices/notices.html", context)


@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """The bell of the frame, asked for now and then; nothing where the count is known."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    unread = queries.unread_count(user_of(request))
    if request.GET.get("known") == str(unread):
        return HttpResponse(status=204)
    return render(request, "notices/bell.html", {"unread": unread})


@require_GET
@login_required
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice tells of; it is read then."""
    user = user_of(request)
    notice = Notice.objects.filter(person=user, pk=min(pk, 2**63 - 1)).first()
    if notice is None:
        raise Http404(_("There is no such notice of yours"))
    actions.mark_read(user, [notice.pk])
    return redirect(notice.link)


@require_POST
@login_required
def read(request: HttpRequest) -> HttpResponse:
    """Mark one notice as read or unread, or all as read."""
    user = user_of(request)
    notice = request.POST.get("notice", "")
    if request.POST.get("all") == "1":
        actions.mark_read(user)
    elif notice.isdecimal() and len(notice) < 19:
        if request.POST.get("unread") == "1":
            actions.mark_unread(user, int(notice))
        else:
            actions.mark_read(user, [int(notice)])
    return redirect("notices:notices")


@require_GET
@login_required
def who(request: HttpRequest) -> HttpResponse:
    """Who is told what, and how."""
    rows = [
        {"kind": kind, "channels": [CHANNELS[code] for code in CHANNELS if code in kind.channels]}
        for kind in KINDS.values()
    ]
    context = {"rows": rows, "stuck": queries.stuck_ways(timezone.now())}
    return render(request, "notices/who.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    """Choose how to be told."""
    user = user_of(request)
    wishes = Preferences.objects.filter(person=user).first() or Preferences(person=user)
    phone = unseal(bytes(wishes.phone_sealed)) if wishes.phone_sealed else ""
    on = {kind.code: actions.channels_of(wishes, kind) for kind in KINDS.values()}
    form: dict[str, Any] = {
        "quiet_from": wishes.quiet_from.strftime("%H:%M") if wishes.quiet_from else "",
        "quiet_to": wishes.quiet_to.strftime("%H:%M") if wishes.quiet_to else "",
        "digest": wishes.digest,
        "digest_hour": wishes.digest_hour,
        "phone": "",
    }
    refusal = ""
    if request.method == "POST":
        form = {name: request.POST.get(name, "")[:20] for name in form}
        hour = form["digest_hour"]
        form["digest_hour"] = int(hour) if hour.isdecimal() and len(hour) < 3 else -1
        ticked = request.POST.getlist("way")
        on = {
            code: frozenset(way.partition(":")[2] for way in ticked if way.startswith(f"{code}:"))
            for code in KINDS
        }
        try:
            actions.choose(
                user,
                chosen={code: sorted(ways) for code, ways in on.items()},
                quiet_from=_clock(form["quiet_from"]),
                quiet_to=_clock(form["quiet_to"]),
                digest=form["digest"],
                digest_hour=form["digest_hour"],
                phone=_phone(form["phone"], forget=request.POST.get("forget_phone") == "1"),
            )
        except ValueError as problem:
            refusal = str(problem)
        else:
            messages.success(request, _("That is how you are told from now on"))
            return redirect("notices:preferences")
    context = {
        "form": form,
        "rows": [
            {
                "kind": kind,
                "cells": [
                    {
                        "channel": code,
                        "name": name,
                        "on": code in on[kind.code] or (kind.kept and code == CONSOLE),
                        "fixed": kind.kept and code == CONSOLE,
                    }
                    for code, name in CHANNELS.items()
                ],
            }
            for kind in KINDS.values()
        ],
        "channels": CHANNELS.values(),
        "digests": Preferences.Digest.choices,
        "hours": range(24),
        "email": user.email,
        "phone": masked(phone) if phone else "",
        "refusal": refusal,
        "remarks": _remarks(),
    }
    return render(request, "notices/preferences.html", context, status=422 if refusal else 200)


def _remarks() -> list[str]:
    """What is not set up in this city."""
    missing = []
    if not settings.MAIL:
        said = _("No mail server is set up in this city yet: nothing is sent by e-mail.")
        missing.append(said)
    if not (settings.SMS and settings.WECOM):
        said = _("Where text messages or WeCom are not set up, they only go to the worker's log.")
        missing.append(said)
    return missing


def _clock(written: str) -> time | None:
    if not written:
        return None
    try:
        return time.fromisoformat(written).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise ValueError(
            _("“%(value)s” is no time of day; expected one as 22:00") % {"value": written}
        ) from None


def _phone(written: str, *, forget: bool) -> str | None:
    if forget:
        return ""
    return read_phone(written) if written.strip() else None
