"""What is asked about photographs, for those who answer it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meicheng.cases.models import Case
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import scope
from meicheng.tables.pages import Page, page_of

from .models import PublicPicture, Question, Use

Kind = Question.Kind


@dataclass(frozen=True)
class UnitCount:
    """How many questions were asked about the photographs of a unit, and what came of them."""

    unit: Unit
    asked: int
    open: int
    refused: int


def reach(user: User) -> QuerySet[Question]:
    """The questions that somebody may see."""
    where = scope(user, "proofs.see").filter(division="use__division", unit="use__unit")
    return Question.objects.filter(where)


def question_page(user: User, *, state: str, kind: str, unit: str, page: int) -> Page[Question]:
    """Questions, the newest first (3 SQL statements)."""
    found = reach(user).order_by("-asked_at", "-pk")
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    if unit:
        found = found.filter(use__unit__code=unit)
    return page_of(found, page, whole_questions())


def whole_questions() -> QuerySet[Question]:
    """Questions with all that is shown of them."""
    return Question.objects.select_related(
        "use__file", "use__division", "use__unit", "other__file", "other__division", "other__unit",
        "answered_by",
    ).defer("use__division__outline", "other__division__outline")  # fmt: skip


def unit_counts(user: User, *, most: int = 20) -> list[UnitCount]:
    """Counts by unit, those with most open ones first; never by person (2 SQL statements)."""
    rows = (
        reach(user)
        .filter(use__unit__isnull=False)
        .values("use__unit")
        .annotate(
            asked=Count("pk"),
            open=Count("pk", filter=Q(state="open")),
            refused=Count("pk", filter=Q(state="refused")),
        )
        .order_by("-open", "-asked", "use__unit")[:most]
    )
    units = Unit.objects.in_bulk([row["use__unit"] for row in rows])
    return [
        UnitCount(units[row["use__unit"]], row["asked"], row["open"], row["refused"])
        for row in rows
    ]


def unreleased(user: User) -> QuerySet[PublicPicture]:
    """The pictures that wait for somebody to look at them before the public does, oldest first."""
    where = scope(user, "proofs.hide").filter(division="division")
    files = Use.objects.filter(where).values("file")
    made = PublicPicture.objects.filter(state=PublicPicture.State.MADE, file__in=files)
    return made.select_related("file").order_by("made_at", "pk")


def questions_of(case: Case) -> dict[tuple[int, str], list[Question]]:
    """What is asked about the photographs of a case, by file and moment (1 SQL statement)."""
    found: dict[tuple[int, str], list[Question]] = {}
    uses = Use.objects.filter(about=case.chain).prefetch_related("questions__other")
    for use in uses:
        found[(use.file_id, use.moment)] = list(use.questions.all())
    return found


def said(question: Question) -> str:
    """What was found, with its measure, in one sentence that accuses nobody."""
    parts = {
        Kind.SAME: _("The same photograph was handed in %(hours)s earlier, for %(other)s."),
        Kind.ALIKE: _("It looks like a photograph handed in %(hours)s earlier, for %(other)s."),
        Kind.ELSEWHERE: _("By its own data it was taken %(metres)s from the place."),
        Kind.EARLY: _("By its own data it was taken %(hours)s before the work could begin."),
        Kind.FUTURE: _("By its own data it was taken %(hours)s after it was handed in."),
        Kind.SPOTS: _("Before and after were taken %(metres)s apart."),
    }
    words = parts[Kind(question.kind)]
    if question.kind == Kind.SPOTS and question.metres is None:
        words = _("Before and after show nothing in common: were they taken at one spot?")
    other = question.other.label if question.other else ""
    return words % {
        "hours": _span(question.hours),
        "metres": _metres(question.metres),
        "other": other,
    }


def public_of(files: list[int]) -> dict[int, PublicPicture]:
    """The public pictures of these files that are ready (1 SQL statement)."""
    found = PublicPicture.objects.filter(file__in=files, state=PublicPicture.State.READY)
    return {one.file_id: one for one in found}


def _span(hours: float | None) -> str:
    if hours is None:
        return ""
    if hours < 48:
        count = max(1, round(hours))
        return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}
    days = round(hours / 24)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def _metres(metres: int | None) -> str:
    if metres is None:
        return ""
    return f"{metres} m" if metres < 1000 else f"{metres / 1000:.1f} km"
