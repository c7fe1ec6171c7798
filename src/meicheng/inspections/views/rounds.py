"""Pages of rounds: what is asked for, and how far it has come."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from meicheng.engine.planning.drawing import draw_by_kind, frame_hash
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.models import Site, SiteKind
from meicheng.places.time import city_day
from meicheng.tables.pages import page_number, page_of
from meicheng.tables.sheets import Sheet, saved, workbook

from ..models import Round, Stop
from ..queries import rounds_seen, stops_of


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The rounds, newest first."""
    user = user_of(request)
    allow(user, "visits.see")
    rows = rounds_seen(user)
    context = {
        "found": page_of(rows, page_number(request.GET.get("page")), rows),
        "today": city_day(timezone.now()),
        "query": "",
    }
    return render(request, "inspections/rounds.html", context)


@require_GET
@login_required
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One round: its sites with what was found, and how they were drawn."""
    user, one, stops = _asked(request, code)
    made = [stop for stop in stops if stop.visit]
    context = {
        "one": one,
        "stops": stops,
        "made": len(made),
        "percent": round(100 * len(made) / len(stops)) if stops else 0,
        "failed": sum(1 for stop in made if stop.visit and stop.visit.failed),
        "found": sum(stop.visit.failed for stop in made if stop.visit),
        "today": city_day(timezone.now()),
        "may_visit": may(user, "visits.write"),
        "drawn": _drawn(one),
    }
    return render(request, "inspections/round.html", context)


@require_GET
@login_required
def page_workbook(request: HttpRequest, code: str) -> HttpResponse:
    """The round as a workbook, to be taken along."""
    _user, one, stops = _asked(request, code)
    headings = [
        (_("No."), 6),
        (_("Site"), 28),
        (_("Code of the site"), 18),
        (_("Kind of site"), 16),
        (_("District"), 14),
        (_("Place"), 18),
        (_("Address"), 30),
        (_("Chance to fail"), 12),
        (_("Visited"), 18),
        (_("failed"), 8),
    ]
    rows = [
        (
            stop.position,
            stop.site.name,
            stop.site.code,
            stop.site.kind.name,
            stop.site.division.district.name if stop.site.division.district else "",
            stop.site.division.name,
            stop.site.address,
            stop.chance,
            timezone.localtime(stop.visit.visited_at).strftime("%Y-%m-%d %H:%M")
            if stop.visit
            else "",
            stop.visit.failed if stop.visit else None,
        )
        for stop in stops
    ]
    due = _("by %(day)s") % {"day": one.due}
    asked = [one.code, one.title, one.division.name, due, one.item.name if one.item else ""]
    content = workbook(Sheet(one.code, asked, headings, rows, frozenset({7})))
    return saved(content, f"{one.code}.xlsx")


def _asked(request: HttpRequest, code: str) -> tuple[User, Round, list[Stop]]:
    user = user_of(request)
    allow(user, "visits.see")
    one = rounds_seen(user).filter(code=code).first()
    if one is None:
        raise Http404(_("There is no round %(code)s in your area") % {"code": code[:40]})
    return user, one, stops_of(user, one)


def _drawn(one: Round) -> dict[str, object] | None:
    """How the sites were drawn, and whether drawing again today gives the same (2 SQL)."""
    drawn = one.drawn
    if not drawn:
        return None
    frame: dict[str, list[str]] = {}
    rows = Site.objects.filter(
        active=True, kind__in=drawn["plan"], division__path__startswith=one.division.path
    ).values_list("kind_id", "code")
    for kind, code in rows:
        frame.setdefault(kind, []).append(code)
    unchanged = frame_hash(code for codes in frame.values() for code in codes) == drawn["frame"]
    again = {
        c for codes in draw_by_kind(frame, drawn["plan"], drawn["seed"]).values() for c in codes
    }
    same = again == set(one.stops.values_list("site__code", flat=True))
    names = {kind.code: kind.name for kind in SiteKind.objects.filter(code__in=drawn["plan"])}
    return {
        "seed": drawn["seed"],
        "frame": drawn["frame"],
        "kinds": [
            (names.get(kind, kind), count, drawn["of"][kind])
            for kind, count in sorted(drawn["plan"].items())
        ],
        "unchanged": unchanged,
        "same": same,
    }
