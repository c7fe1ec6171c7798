"""The city's problems as anybody may read them: what, where, how far; nobody's name or number.

Shown is what somebody at the desk has read and registered. Words and addresses are shown, masked,
where whoever reported it was told that they would be; a caller was not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet

from meicheng.cases.models import SPOKEN, Case, CasePhoto
from meicheng.cases.queries.cells import MOST, ONE_BY_ONE, Box, MapCell, counted
from meicheng.cases.text import holding
from meicheng.engine.text import mask_personal
from meicheng.engine.workflow import State
from meicheng.places.models import Division
from meicheng.proofs.models import PublicPicture
from meicheng.standards.models import CaseKind
from meicheng.tables.pages import Page, page_of
from meicheng.voices.models import Report

from .state import headline

TOLD = {Report.Source.PORTAL, Report.Source.OPEN311}  # whose senders know that words are shown
HIDDEN = [State.REPORTED, State.TURNED_DOWN, State.WITHDRAWN, State.JOINED]
DOOR = re.compile(
    r"\s*[0-9A-Za-z一二三四五六七八九十-]+\s*(单元|室|户)"
)  # a home's, not a street's


@dataclass(frozen=True)
class ProblemFilters:
    """What the public list is narrowed to."""

    kind: CaseKind | None = None
    district: Division | None = None
    state: str = "open"  # "open", "done", "all"
    words: str = ""

    @property
    def query(self) -> str:
        """As the query of an address, without what is the default."""
        pairs = {
            "kind": self.kind.code if self.kind else "",
            "district": self.district.code if self.district else "",
            "state": self.state if self.state != "open" else "",
            "q": self.words,
        }
        return urlencode({name: value for name, value in pairs.items() if value})


@dataclass(frozen=True)
class Problem:
    """What the public is told of a case."""

    number: str
    kind: str
    place: str
    headline: str
    words: str
    reported_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    unit: str
    people: int
    photo: int | None
    longitude: float | None
    latitude: float | None
    outcome: str


def public_problems(filters: ProblemFilters) -> QuerySet[Case]:
    """The cases that the public may see, the newest first (no SQL)."""
    found = Case.objects.filter(source__in=SPOKEN).exclude(state__in=HIDDEN)
    if filters.state != "all":
        found = found.filter(closed_at__isnull=filters.state == "open")
    if filters.kind is not None:
        found = found.filter(kind=filters.kind)
    if filters.district is not None:
        found = found.filter(district=filters.district)
    if filters.words:
        # Only what is shown may be found by.
        shown = found.filter(source__in=TOLD)
        found = shown.filter(holding(filters.words, open_only=filters.state == "open"))
    return found.order_by("-reported_at", "-pk")


def problem_page(filters: ProblemFilters, *, page: int) -> tuple[Page[Case], list[Problem]]:
    """One page of them (4 SQL statements)."""
    shown = page_of(public_problems(filters), page, _whole())
    photos = _first_photos([case.pk for case in shown.rows])
    return shown, [problem_of(case, photos.get(case.pk)) for case in shown.rows]


def public_problem(number: str) -> tuple[Case, Problem] | None:
    """One of them by its number; None for all others (2 SQL statements)."""
    case = _whole().filter(number=number, source__in=SPOKEN).exclude(state__in=HIDDEN).first()
    if case is None:
        return None
    return case, problem_of(case, _first_photos([case.pk]).get(case.pk))


def problem_of(case: Case, photo: int | None) -> Problem:
    """What may be told of a case (no SQL)."""
    told = case.source in TOLD
    district = f"{case.district.name} · " if case.district else ""
    address = public_words(case.address) if told else ""
    return Problem(
        number=case.number,
        kind=case.kind.name,
        place=f"{district}{case.division.name}{' · ' if address else ''}{address}",
        headline=headline(State(case.state)),
        words=public_words(case.description) if told else "",
        reported_at=case.reported_at,
        closed_at=case.closed_at,
        due_at=case.due_at if case.closed_at is None and case.resolved_at is None else None,
        unit=case.unit.name if case.unit and case.state != State.SENT_BACK else "",
        people=case.reports_count,
        photo=photo,
        longitude=case.longitude,
        latitude=case.latitude,
        outcome=public_words(case.outcome) if told and case.closed_at else "",
    )


def public_words(words: str) -> str:
    """Words or an address without people, numbers and the doors of homes.

    >>> public_words("木槿巷3号院2单元501室"), public_words("归德路 12 号旁")
    ('木槿巷3号院', '归德路 12 号旁')
    """
    return mask_personal(DOOR.sub("", words)).strip()


def problem_cells(filters: ProblemFilters, box: Box, *, zoom: int, at: datetime) -> list[MapCell]:
    """The same on a map: counted from afar, one by one from near (1 SQL statement)."""
    found = public_problems(filters).filter(box.condition)
    if zoom < ONE_BY_ONE:
        return counted(found, zoom, at)
    rows = found.select_related("kind").only("number", "state", "kind", "longitude", "latitude")
    return [
        MapCell(
            round(case.longitude or 0, 5),
            round(case.latitude or 0, 5),
            1,
            0,
            case.number,
            f"{case.kind.name} · {headline(State(case.state))}",
        )
        for case in rows[:MOST]
    ]


def public_photo(case: Case) -> QuerySet[CasePhoto]:
    """The photographs of a case whose public picture was released, the first ones first."""
    ready = PublicPicture.objects.filter(file=OuterRef("file"), state=PublicPicture.State.READY)
    photos = CasePhoto.objects.filter(Exists(ready), case=case).select_related("file")
    return photos.order_by("added_at", "pk")


def _first_photos(cases: list[int]) -> dict[int, int]:
    """The first released photograph of each case (1 SQL statement)."""
    ready = PublicPicture.objects.filter(file=OuterRef("file"), state=PublicPicture.State.READY)
    photos = CasePhoto.objects.filter(Exists(ready), case__in=cases).order_by("added_at", "pk")
    found: dict[int, int] = {}
    for case, photo in photos.values_list("case", "pk"):
        found.setdefault(case, photo)
    return found


def _whole() -> QuerySet[Case]:
    whole = Case.objects.select_related("kind", "unit", "division", "district")
    return whole.defer("division__outline", "district__outline")
