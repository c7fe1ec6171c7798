"""What is not known, what it is worth, and who can tell."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow, may
from meicheng.places.models import Division
from meicheng.tables.sheets import Cell, Sheet, workbook

from ..gaps import Gap, Gaps, gaps
from ..queries import frameworks
from ..standing import period_words, standing_of
from .asked import Asked, asked_for, city_or_404, districts, workbook_answer


@login_required
def gaps_page(request: HttpRequest) -> HttpResponse:
    """Criteria of which nothing, or nothing new, is known; sites that nobody sees."""
    assert isinstance(request.user, User)
    allow(request.user, "assessment.see")
    editions = frameworks()
    if not editions:
        return render(request, "assessment/empty.html")
    asked = asked_for(request, editions)
    its_districts = districts()
    context = {
        "asked": asked,
        "editions": editions,
        "divisions": its_districts,
        "city": city_or_404(),
        "gaps": _found(asked, its_districts),
        "may_visit": may(request.user, "visits.write"),
    }
    return render(request, "assessment/gaps.html", context)


@login_required
def gaps_workbook(request: HttpRequest) -> HttpResponse:
    """The same as a workbook."""
    assert isinstance(request.user, User)
    allow(request.user, "assessment.see")
    editions = frameworks()
    if not editions:
        raise Http404(_("No standard is loaded"))
    asked = asked_for(request, editions)
    found = _found(asked, districts())
    title = [
        _("Data gaps"),
        f"{asked.framework.name} {asked.framework.edition}",
        period_words(asked.period),
        asked.division.name,
    ]
    content = workbook(
        _gaps_sheet(_("Nothing known"), found.missing, title),
        _gaps_sheet(_("Carried over"), found.stale, title),
        _visits_sheet(found, title),
        Sheet(
            _("Coverage"), title,
            [(_("Division"), 20), (_("Coverage"), 10), (_("Nothing known"), 12)],
            [[row.place.name, row.coverage, row.unknown] for row in found.coverage],
            frozenset({1}),
        ),
    )  # fmt: skip
    return workbook_answer(content, asked, "gaps")


def _found(asked: Asked, places: list[Division]) -> Gaps:
    ground = standing_of(asked.framework, asked.period, city_or_404())
    return gaps(asked.framework, ground, asked.division, places, at=timezone.now())


def _gaps_sheet(name: str, rows: list[Gap], title: list[str]) -> Sheet:
    headings = [
        (_("Criterion"), 10), (_("Name"), 44), (_("Seen how"), 12), (_("Marks at stake"), 10),
        (_("Why"), 40), (_("Who can tell us"), 24), (_("Units"), 36), (_("What it takes"), 36),
    ]  # fmt: skip

    def cells() -> Iterator[list[Cell]]:
        for gap in rows:
            yield [
                gap.at.criterion.code,
                gap.at.criterion.name,
                gap.at.method,
                gap.at_stake,
                gap.why,
                gap.who,
                _(", ").join(unit.name for unit in gap.units),
                gap.needs,
            ]

    return Sheet(name, title, headings, cells())


def _visits_sheet(found: Gaps, title: list[str]) -> Sheet:
    headings = [
        (_("Kind of site"), 18), (_("Sites"), 8), (_("Visited in the period"), 12),
        (_("Never visited"), 10), (_("Not for 90 days"), 12), (_("Seen within 90 days"), 12),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [row.kind.name, row.sites, row.in_period, row.never, row.long_ago, row.seen]
        for row in found.kinds
    ]
    return Sheet(_("Sites"), title, headings, rows, frozenset({5}))
