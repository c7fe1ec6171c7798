"""What the pages of materials are asked for, and who files."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.assessment.periods import Period, parse_period
from meicheng.assessment.queries import frameworks, root
from meicheng.assessment.views.asked import standard_asked
from meicheng.organisation.filing import place_of
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow, may, memberships, scope
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards.models import Framework

from ..models import Filing
from ..queries import STATES, filings_seen


@dataclass(frozen=True)
class Asked:
    """What the overview was asked for."""

    framework: Framework
    period: Period
    division: Division
    unit: str
    state: str
    words: str
    problems: tuple[str, ...]

    @property
    def query(self) -> str:
        """The same question as the end of an address."""
        said = {
            "framework": self.framework.code,
            "edition": self.framework.edition,
            "year": self.period.text,
            "division": self.division.code,
            "unit": self.unit,
            "state": self.state,
            "q": self.words,
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def filters(self) -> list[str]:
        """The same in words, for the first row of a workbook."""
        standard = f"{self.framework.name} {self.framework.edition}"
        states = dict(STATES) | {"open": _("still to be filed")}
        return [
            standard,
            self.period.words,
            self.division.name,
            self.unit,
            str(states.get(self.state, "")),
            self.words,
        ]


def units_of(user: User) -> list[Unit]:
    """The units that the user files for, those they belong to first (1 SQL statement)."""
    if not may(user, "materials.file"):
        return []
    where = scope(user, "materials.file")
    rows = Unit.objects.filter(where.filter(division="division", unit="pk"), active=True)
    mine = {held.unit_id for held in memberships(user)}
    found = rows.select_related("division__district", "role").order_by("code")
    return sorted(found, key=lambda unit: unit.pk not in mine)


def editions_here() -> list[Framework]:
    """The standards, the main one first. Raises `Http404` where there is none."""
    editions = frameworks()
    if not editions:
        raise Http404(_("No standard is loaded"))
    return editions


def asked_for(request: HttpRequest, user: User, editions: list[Framework]) -> Asked:
    """What was asked for; what cannot be is replaced by the usual and said."""
    framework, problems = standard_asked(request, editions)
    year = str(city_day(timezone.now()).year)
    text = request.GET.get("year", "") or year
    try:
        period = parse_period(text)
    except ValueError as problem:
        problems.append(str(problem))
        period = parse_period(year)
    wanted = request.GET.get("division", "")
    division = Division.objects.filter(code=wanted).first() if wanted else _own_place(user)
    if division is None:
        if wanted:
            problems.append(_("There is no division “%(code)s”") % {"code": wanted[:40]})
        division = root()
    if division is None:
        raise Http404(_("There is no division yet: run “meicheng setup”"))
    unit, state = request.GET.get("unit", "")[:60], request.GET.get("state", "")
    if state not in {*dict(STATES), "open", ""}:
        problems.append(
            _("“%(value)s” means nothing here; it was left out") % {"value": state[:60]}
        )
        state = ""
    words = request.GET.get("q", "").replace("\0", "")[:60]
    whole = Framework.objects.get(pk=framework.pk)
    return Asked(whole, period, division, unit, state, words, tuple(problems))


def _own_place(user: User) -> Division | None:
    """The place that the user's own unit files for; None for who belongs to none."""
    own = next((held.unit for held in memberships(user) if held.unit_id), None)
    return place_of(own) if own else None


def find_filing(request: HttpRequest, code: str) -> tuple[User, Filing]:
    """A filing that the user may see, and the user. Raises `Http404` and `NotAllowed`."""
    user = user_of(request)
    allow(user, "materials.see")
    one = filings_seen(user).select_related("unit__division").filter(code=code).first()
    if one is None:
        raise Http404(_("There is no filing %(code)s in your area") % {"code": code[:40]})
    return user, one
