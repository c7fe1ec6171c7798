"""What is looked at: waves with how far they are, indexes of communities, minutes asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from meicheng.ledger.models import Event
from meicheng.places.models import Division, SiteKind
from meicheng.tables.pages import Page, page_of

from .models import Cell, Questionnaire, Wave
from .reading import read_form


@dataclass(frozen=True)
class Line:
    """A wave with how many were asked and answered."""

    wave: Wave
    state: str
    asked: int
    answered: int

    @property
    def rate(self) -> float | None:
        """The share that answered."""
        return self.answered / self.asked if self.asked else None


@dataclass
class Progress:
    """How far the asking is in one stratum or cell."""

    name: str
    population: int = 0
    asked: int = 0
    given_out: int = 0
    answered: int = 0
    refused: int = 0
    not_reached: int = 0
    cells: list[Cell] = field(default_factory=list)

    @property
    def rate(self) -> float | None:
        """The share of those drawn who answered."""
        return self.answered / self.asked if self.asked else None

    @property
    def waiting(self) -> int:
        """Of how many nothing is known yet."""
        return max(0, self.asked - self.answered - self.refused - self.not_reached)

    def add(self, cell: Cell) -> None:
        """Count a cell in."""
        for name in ("population", "asked", "given_out", "answered", "refused", "not_reached"):
            setattr(self, name, getattr(self, name) + getattr(cell, name))
        self.cells.append(cell)


def wave_page(*, page: int, today: date) -> tuple[Page[Wave], list[Line]]:
    """A page of waves, the latest first, with their counts (4 SQL statements)."""
    whole = Wave.objects.select_related("questionnaire", "division")
    found = page_of(Wave.objects.all(), page, whole.defer("frame", "results", "division__outline"))
    sums = Cell.objects.filter(wave__in=[one.pk for one in found.rows]).order_by().values("wave")
    counts = sums.annotate(Sum("asked"), Sum("answered"))
    by_wave = {row["wave"]: (row["asked__sum"], row["answered__sum"]) for row in counts}
    return found, [Line(one, one.state(today), *by_wave.get(one.pk, (0, 0))) for one in found.rows]


def cells_of(wave: Wave) -> list[Cell]:
    """The cells of a wave with their places (1 SQL statement)."""
    rows = wave.cells.select_related("division", "division__parent", "site")
    return list(rows.defer("drawn", "division__outline", "division__parent__outline"))


def progress(cells: Iterable[Cell]) -> list[Progress]:
    """Who answered by stratum (2 SQL statements)."""
    found: dict[str, Progress] = {}
    names = Strata(cell.stratum for cell in cells)
    for cell in cells:
        found.setdefault(cell.stratum, Progress(names.name(cell.stratum))).add(cell)
    return [found[code] for code in sorted(found)]


def whole(lines: Sequence[Progress]) -> Progress:
    """All strata together."""
    total = Progress(_("Total"))
    for line in lines:
        for cell in line.cells:
            total.add(cell)
    return total


class Strata:
    """The names of strata, whose codes are those of a division and a kind (2 SQL statements)."""

    def __init__(self, codes: Iterable[str]) -> None:
        pairs = [code.split("/", 1) for code in set(codes)]
        places = Division.objects.filter(code__in={pair[0] for pair in pairs}).defer("outline")
        self._places = {one.code: one.name for one in places}
        kinds = SiteKind.objects.filter(code__in={pair[-1] for pair in pairs})
        self._kinds = {one.pk: one.name for one in kinds}
        self._kinds |= {"household": _("Households"), "panel": _("Panel")}

    def place(self, code: str) -> str:
        """The name of a division."""
        return self._places.get(code, code)

    def name(self, stratum: str) -> str:
        """The name of a stratum: “Liuchi District · Households”."""
        place, _slash, kind = stratum.partition("/")
        return f"{self.place(place)} · {self._kinds.get(kind, kind)}" if kind else self.place(place)


def places_of(cells: Iterable[Cell]) -> dict[int, str]:
    """What each cell is called for whoever carries letters to it, by its key (2 SQL statements).

    A community, a site of visitors, or the stratum where several sites or a panel are asked together.
    """
    names = Strata(cell.stratum for cell in cells)
    return {
        cell.pk: cell.site.name
        if cell.site
        else names.name(cell.stratum)
        if cell.code == cell.stratum
        else cell.division.name
        for cell in cells
    }


@dataclass(frozen=True)
class Version:
    """The latest version of a questionnaire, and how often it was asked."""

    questionnaire: Questionnaire
    waves: int
    questions: int
    minutes: float


def questionnaires() -> list[Version]:
    """The latest version of each questionnaire (1 SQL statement)."""
    latest: dict[str, Version] = {}
    for one in Questionnaire.objects.annotate(count=Count("waves")).order_by("code", "version"):
        form = read_form(one.document)
        before = latest[one.code].waves if one.code in latest else 0
        latest[one.code] = Version(one, before + one.count, len(list(form.questions)), form.minutes)
    return list(latest.values())


def story(wave: Wave) -> list[Event]:
    """What was done, in order (1 SQL statement)."""
    return list(Event.objects.filter(chain=wave.chain).order_by("sequence"))


def latest_with(index: str) -> tuple[Wave, dict[str, Any]] | None:
    """The latest closed wave that has an index, with it (1 SQL statement and a few rows)."""
    closed = Wave.objects.filter(closed_at__isnull=False, results__isnull=False).defer("frame")
    for wave in closed.select_related("questionnaire").order_by("-closes", "-pk")[:50]:
        found = (wave.results or {}).get("indexes", {}).get(index)
        if found and found["city"]:
            return wave, found
    return None


def minutes_asked(first: date, last: date) -> dict[str, float]:
    """Minutes that people gave to surveys, by wave, whose last day lies in this time.

    As long as the questionnaire says that it takes, for every answer; when each was given is not
    known (2 SQL statements).
    """
    waves = Wave.objects.filter(closes__gte=first, closes__lte=last).select_related("questionnaire")
    found: dict[str, float] = {}
    counts = defaultdict(
        int,
        Cell.objects.filter(wave__closes__gte=first, wave__closes__lte=last)
        .order_by().values_list("wave").annotate(Sum("answered")),
    )  # fmt: skip
    for wave in waves.defer("frame", "results"):
        found[wave.code] = read_form(wave.questionnaire.document).minutes * counts[wave.pk]
    return found
