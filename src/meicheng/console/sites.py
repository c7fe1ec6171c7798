"""Sites: the list, and one with what was seen there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from meicheng.cases.models import Case
from meicheng.cases.queries import reach, time_left
from meicheng.inspections.models import Visit
from meicheng.ledger.models import Observation
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may, scope
from meicheng.organisation.who import user_of
from meicheng.places.models import Division, Site, SiteKind
from meicheng.places.queries import site_list, sites_in
from meicheng.tables.pages import page_number

MOST_FAILURES = 12


@dataclass(frozen=True)
class Failure:
    """An item that failed when it was last answered at a site."""

    name: str
    observation: Observation


@dataclass(frozen=True)
class Narrowed:
    """The sites of the user's scope as an address narrows them; `problems` says what was left out."""

    sites: QuerySet[Site]
    kind: SiteKind | None
    division: Division | None
    words: str
    problems: list[str]

    @property
    def query(self) -> str:
        """As the query of an address."""
        chosen = {
            "q": self.words,
            "kind": self.kind.code if self.kind else "",
            "division": self.division.code if self.division else "",
        }
        return urlencode({name: value for name, value in chosen.items() if value})


def narrowed(request: HttpRequest, user: User) -> Narrowed:
    """What an address asks for (2 SQL statements)."""
    kind = SiteKind.objects.filter(code=request.GET.get("kind", "")).first()
    division = Division.objects.filter(code=request.GET.get("division", "")).first()
    problems = [
        _("Nothing called “%(value)s” is known; it was left out")
        % {"value": request.GET[name][:60]}
        for name, found in (("kind", kind), ("division", division))
        if request.GET.get(name) and found is None
    ]
    words = request.GET.get("q", "").strip()[:100]
    within = scope(user, "places.see").filter(division="division")
    sites = sites_in(within, kind=kind, division=division, words=words)
    return Narrowed(sites, kind, division, words, problems)


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The sites of the user's scope, narrowed by kind, division and words."""
    user = user_of(request)
    allow(user, "places.see")
    asked = narrowed(request, user)
    context = {
        "found": site_list(asked.sites, page=page_number(request.GET.get("page"))),
        "kinds": sorted(SiteKind.objects.all(), key=lambda one: one.name),
        "divisions": Division.objects.filter(level__in=["district", "subdistrict"]).order_by(
            "path"
        ),
        "kind": asked.kind,
        "division": asked.division,
        "words": asked.words,
        "problems": asked.problems,
        "query": asked.query,
        "may_import": may(user, "exchange.import"),
    }
    return render(request, "console/sites.html", context, status=200)


@require_GET
@login_required
def site(request: HttpRequest, code: str) -> HttpResponse:
    """One site: where it is, what fails there, its visits and cases (at most 9 SQL statements)."""
    user = user_of(request)
    found = (
        Site.objects.select_related("kind", "division", "division__district")
        .filter(code=code)
        .first()
    )
    if found is None:
        raise Http404(_("No site has the code %(code)s") % {"code": code[:60]})
    allow(user, "places.see", division=found.division)
    at = timezone.now()
    cases = list(
        Case.objects.filter(reach(user), site=found)
        .select_related("kind", "unit")
        .order_by("-reported_at")[:10]
    )
    context = {
        "site": found,
        "visits": list(Visit.objects.filter(site=found)[:10]),
        "failures": failing_at(found),
        "cases": [(case, time_left(case, at=at)) for case in cases],
        "items": found.kind.items.filter(active=True).count(),
        "may_visit": may(user, "visits.write", division=found.division),
        "may_open": may(user, "cases.open", division=found.division),
    }
    return render(request, "console/site.html", context)


def failing_at(place: Site) -> list[Failure]:
    """The items whose latest answer at a site is "no", newest first (1 SQL statement)."""
    latest: dict[int, Observation] = {}
    rows = (
        Observation.objects.standing()
        .filter(site=place, value__in=["yes", "no"])
        .select_related("item", "photo")
        .order_by("-observed_at", "-pk")[:400]
    )
    for row in rows:
        latest.setdefault(row.item_id, row)
    failed = [Failure(row.item.name, row) for row in latest.values() if row.value == "no"]
    return failed[:MOST_FAILURES]
