"""What a page of marks was asked for: standard, period and place, as its address says them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from meicheng.ledger.models import Observation
from meicheng.places.models import Division
from meicheng.standards.models import Framework
from meicheng.tables import waiting
from meicheng.tables.sheets import saved
from meicheng.tables.waiting import was_told

from ..periods import Period, current_period, parse_period
from ..queries import answers_in, frameworks, is_kept, page, root
from ..trend import compared

A_SECOND = 250_000  # answers that a page of marks reads
COUNTED_A_SECOND = 2_000_000  # the same where counts by month do


@dataclass(frozen=True)
class Asked:
    """What a page of marks was asked for."""

    framework: Framework
    period: Period
    division: Division
    problems: tuple[str, ...]

    @property
    def query(self) -> str:
        """The same question as the end of an address."""
        return page(self.framework, self.period, self.division).split("?")[1]

    @property
    def filters(self) -> list[str]:
        """The same in words, for the first row of a workbook."""
        standard = f"{self.framework.name} {self.framework.edition}"
        return [standard, self.period.words, self.division.name]


def standard_asked(request: HttpRequest, editions: list[Framework]) -> tuple[Framework, list[str]]:
    """The standard that was asked for; for one that is not here the first of all, and that is said."""
    code, edition = request.GET.get("framework", ""), request.GET.get("edition", "")
    for one in editions:
        if one.code == code and edition in ("", one.edition):
            return one, []
    said = _("There is no standard “%(code)s”") % {"code": code[:60]}
    return editions[0], [said] if code else []


def asked_for(request: HttpRequest, editions: list[Framework] | None = None) -> Asked:
    """What was asked for; what cannot be is replaced by the usual and said."""
    editions = frameworks() if editions is None else editions
    if not editions:
        raise Http404(_("No standard is loaded"))
    framework, problems = standard_asked(request, editions)
    period = current_period()
    text = asked_period(request)
    if text:
        try:
            period = parse_period(text)
        except ValueError as problem:
            problems.append(str(problem))
    division = city_or_404()
    if request.GET.get("division"):
        found = Division.objects.filter(code=request.GET["division"]).first()
        if found is None:
            problems.append(
                _("There is no division “%(code)s”") % {"code": request.GET["division"][:40]}
            )
        else:
            division = found
    return Asked(Framework.objects.get(pk=framework.pk), period, division, tuple(problems))


def city_or_404() -> Division:
    """The city itself."""
    city = root()
    if city is None:
        raise Http404(_("There is no division yet: run “meicheng setup”"))
    return city


def standard_of(request: HttpRequest, editions: list[Framework]) -> str:
    """The standard that the page is narrowed to; "" for all."""
    wanted = request.GET.get("standard", "")
    return wanted if any(one.code == wanted for one in editions) else ""


def districts() -> list[Division]:
    """The city's districts (1 SQL statement)."""
    return list(Division.objects.filter(level=Division.Level.DISTRICT).defer("outline"))


def narrowed(asked: Asked, editions: list[Framework], only: str, city: Division) -> dict[str, Any]:
    """What the form of a page over several standards shows: `only` is the one it is narrowed to."""
    return {
        "asked": asked,
        "only": only,
        "standards": list({one.code: one for one in editions}.values()),  # the latest of each
        "divisions": districts(),
        "city": city,
        "here": asked.division,
    }


def say_first(request: HttpRequest, asked: Asked, title: str) -> HttpResponse | None:
    """The waiting page where many answers have to be read first; None where the page may come now."""
    if was_told(request) or is_kept(asked.framework, asked.period, asked.division):
        return None
    return _say(request, asked, title, asked.period, A_SECOND)


def say_first_of_years(
    request: HttpRequest, asked: Asked, title: str, *, file: bool = False
) -> HttpResponse | None:
    """As `say_first` for what reads the counts of all months that a trend compares."""
    if was_told(request):
        return None
    return _say(request, asked, title, compared(asked.period), COUNTED_A_SECOND, file=file)


def _say(
    request: HttpRequest,
    asked: Asked,
    title: str,
    period: Period,
    a_second: int,
    *,
    file: bool = False,
) -> HttpResponse | None:
    # No period has more answers than there are observations.
    if (Observation.objects.aggregate(last=Max("pk"))["last"] or 0) <= a_second:
        return None
    return waiting.say_first(
        request,
        answers_in(period, asked.division),
        a_second=a_second,
        says=_("Reckoning from %(count)s answers of %(period)s…")
        % {"count": "%(count)s", "period": period.words},
        title=title,
        back=page(asked.framework, asked.period, asked.division) if file else "",
    )


def asked_period(request: HttpRequest) -> str:
    """The period as the address says it: as a text, or as two dates, which stand before it."""
    first, last = request.GET.get("from", ""), request.GET.get("to", "")
    return f"{first}..{last}" if first or last else request.GET.get("period", "")


def places_to_choose() -> list[Division]:
    """The city, its districts and their subdistricts, in reading order (1 SQL statement)."""
    levels = [Division.Level.CITY, Division.Level.DISTRICT, Division.Level.SUBDISTRICT]
    return list(Division.objects.filter(level__in=levels).defer("outline").order_by("path"))


def workbook_answer(content: bytes, asked: Asked, kind: str, more: str = "") -> HttpResponse:
    """A workbook of what was asked for, to be saved under a name that says so."""
    return saved(content, f"{name_of(asked, kind, more)}.xlsx")


def name_of(asked: Asked, kind: str, more: str = "") -> str:
    """The name of a file of what was asked for, without its ending."""
    words = [kind, asked.framework.code, asked.period.text, asked.division.code, more]
    return "-".join(word for word in words if word)
