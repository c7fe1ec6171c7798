"""What a report must be before anything is written: read once, told in words, no SQL writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connection
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.models import Case
from meicheng.engine.space import cells_around, distance_m, nearest
from meicheng.engine.text import KindFinder, Suggestion, clean
from meicheng.files.models import StoredFile
from meicheng.places.finding import DivisionFinder
from meicheng.places.models import Division, Site
from meicheng.standards.models import CaseKind

LONGEST = 5000  # characters of a report's words
CLOCKS_DIFFER = timedelta(minutes=10)
SAME_WITHIN_M = 30
SAME_WITHIN = timedelta(days=30)
NEAR_M = 100
FALLBACK = "other"  # the kind of a report whose words tell of none
SURE_ENOUGH = 0.3  # the least score of a kind that is taken from the words alone
KNOWN_FOR = 60  # seconds for which outlines and kinds are kept


class BadReport(ValueError):
    """A report that cannot be taken; `field` names what is wrong, the message says how."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class NewReport:
    """What somebody says: words, place, time."""

    source: str
    body: str
    subject: str = ""
    kind: CaseKind | None = None
    division: Division | None = None
    address: str = ""
    longitude: float | None = None
    latitude: float | None = None
    reported_at: datetime | None = None
    site: Site | None = None  # the place whose code was scanned
    reporter: str = ""  # a pseudonym
    extra: Mapping[str, str] = field(default_factory=dict)  # said beside, kept as it is


@dataclass(frozen=True)
class Checked:
    """A report that can be written: cleaned, with its division and its kind."""

    said: NewReport
    subject: str
    body: str
    division: Division
    kind: CaseKind
    suggested: list[Suggestion]
    reported_at: datetime


@dataclass(frozen=True)
class World:
    """What reports are read against: divisions with outlines, kinds, the words of kinds."""

    divisions: DivisionFinder
    kinds: dict[str, CaseKind]
    finder: KindFinder


_kept: tuple[tuple[object, ...], World] | None = None


def world() -> World:
    """Divisions and kinds, kept in this process and read again within a minute of a change."""
    global _kept
    mark = cache.get("voices:world")
    if mark is None:
        last = Division.objects.aggregate(last=Max("pk"))["last"]
        mark = (last, Division.objects.count(), CaseKind.objects.count(), timezone.now())
        cache.set("voices:world", mark, KNOWN_FOR)
    if _kept is None or _kept[0] != mark:
        kinds = {kind.code: kind for kind in CaseKind.objects.filter(active=True)}
        finder = KindFinder({code: (kind.name_zh, kind.name_en) for code, kind in kinds.items()})
        _kept = (mark, World(DivisionFinder(), kinds, finder))
    return _kept[1]


def check_report(said: NewReport, *, now: datetime | None = None) -> Checked:
    """A report made ready to be written (no SQL once `world` is known). Raises `BadReport`."""
    now = now or timezone.now()
    if len(said.body) > LONGEST:
        raise BadReport(
            "body",
            _("The words have %(count)d characters; at most %(most)d are taken")
            % {"count": len(said.body), "most": LONGEST},
        )
    body, subject = clean(said.body), clean(said.subject[:2000])[:300]
    if "\ufffd" in body + subject:
        raise BadReport("body", _("Some signs could not be read; expected UTF-8. Type them again"))
    if not any(sign.isalnum() for sign in body + subject):
        raise BadReport("body", _("Say in a few words what is wrong"))
    reported_at = said.reported_at or now
    if reported_at > now + CLOCKS_DIFFER:
        raise BadReport("reported_at", _("The time lies in the future; expected one up to now"))
    known = world()
    division = _division(said, known)
    suggested = known.finder.suggest(f"{subject}\n{body}")
    kind = said.kind or _kind(suggested, known)
    return Checked(said, subject, body, division, kind, suggested, reported_at)


def position_of_photos(photos: Iterable[StoredFile]) -> tuple[float, float] | None:
    """Longitude and latitude of the first photograph that was taken in the city (no SQL)."""
    for photo in photos:
        if photo.longitude is None or photo.latitude is None:
            continue
        if world().divisions.locate([(photo.longitude, photo.latitude)])[0] is not None:
            return photo.longitude, photo.latitude
    return None


def _division(said: NewReport, known: World) -> Division:
    """The division of the position; without one, the division that was named."""
    if (said.longitude is None) != (said.latitude is None):
        raise BadReport("longitude", _("A position needs both longitude and latitude"))
    if said.longitude is not None and said.latitude is not None:
        if not (-180 <= said.longitude <= 180 and -90 <= said.latitude <= 90):
            raise BadReport("longitude", _("A longitude lies within ±180, a latitude within ±90"))
        (found,) = known.divisions.locate([(said.longitude, said.latitude)])
        if found is None and known.divisions.drawn:
            raise BadReport(
                "longitude",
                _("The position %(longitude).5f, %(latitude).5f lies outside the city")
                % {"longitude": said.longitude, "latitude": said.latitude},
            )
        if found is not None:
            named = said.division
            return named if named and named.path.startswith(found.path) else found
    division = said.division or (known.divisions.city if said.longitude is not None else None)
    if division is None:
        raise BadReport("division", _("Say where it is: a place on the map, or a community"))
    return division


def _kind(suggested: list[Suggestion], known: World) -> CaseKind:
    if suggested and suggested[0].score >= SURE_ENOUGH:
        return known.kinds[suggested[0].code]
    other = known.kinds.get(FALLBACK)
    if other is None:
        raise BadReport("kind", _("The kinds of cases are missing: run “meicheng setup” first"))
    return other


@dataclass(frozen=True)
class Near:
    """An open case near a position."""

    case: Case
    metres: int


def open_near(
    longitude: float,
    latitude: float,
    *,
    within_m: float = NEAR_M,
    kind: CaseKind | None = None,
) -> list[Near]:
    """Open cases near a position, the nearest first (1 SQL statement)."""
    cells = cells_around(longitude, latitude, within_m)
    found = (
        Case.objects.filter(closed_at__isnull=True, cell__in=cells)
        .select_related("kind", "unit", "division")
        .defer("division__outline")
    )
    if kind is not None:
        found = found.filter(kind=kind)
    near = [
        Near(case, round(distance_m(longitude, latitude, case.longitude, case.latitude)))
        for case in found.order_by("-reported_at")[:100]
        if case.longitude is not None and case.latitude is not None
    ]
    return sorted(
        (one for one in near if one.metres <= within_m), key=lambda one: (one.metres, one.case.pk)
    )


def same_problem(checked: Checked) -> Case | None:
    """The open case that tells of the same: same kind, within 30 m and 30 days (1 SQL at most)."""
    said = checked.said
    if said.longitude is None or said.latitude is None or checked.kind.code == FALLBACK:
        return None
    cells = cells_around(said.longitude, said.latitude, SAME_WITHIN_M)
    since = checked.reported_at - SAME_WITHIN
    # Asked for every report that comes in: SQL as it is, for the fewest columns.
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, longitude, latitude FROM {Case._meta.db_table} WHERE closed_at IS NULL "
            f"AND cell IN ({', '.join(['%s'] * len(cells))}) AND kind_id = %s AND reported_at >= %s",
            [*cells, checked.kind.pk, connection.ops.adapt_datetimefield_value(since)],
        )
        found = cursor.fetchall()
    best = nearest(said.longitude, said.latitude, found, within_m=SAME_WITHIN_M)
    return Case.objects.get(pk=best[0]) if best else None
