"""What a list of cases is narrowed down to; kept in the address of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.cases.text import asked
from meicheng.engine.workflow import State
from meicheng.organisation.models import Unit
from meicheng.places.models import Division
from meicheng.places.time import midnight
from meicheng.standards.models import CaseKind

SOURCES = {
    "portal": gettext_lazy("Portal"),
    "hotline": gettext_lazy("Hotline"),
    "staff": gettext_lazy("Staff"),
    "inspection": gettext_lazy("Inspection"),
    "api": gettext_lazy("API"),
    "file": gettext_lazy("File"),
    "open311": gettext_lazy("Open311"),
    "mail": gettext_lazy("E-mail"),
    "chat": gettext_lazy("Messaging app"),
}
GROUPS: dict[str, tuple[Any, tuple[State, ...]]] = {
    "open": (gettext_lazy("Open"), ()),
    "desk": (
        gettext_lazy("To be registered or dispatched"),
        (State.REPORTED, State.REGISTERED, State.SENT_BACK, State.RELAPSED),
    ),
    "unit": (
        gettext_lazy("With a unit"),
        (State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS, State.TO_REDO),
    ),
    "check": (gettext_lazy("To be verified or closed"), (State.RESOLVED, State.VERIFIED)),
    "suspended": (gettext_lazy("Suspended"), (State.SUSPENDED,)),
    "closed": (gettext_lazy("Closed"), (State.CLOSED,)),
    "ended": (
        gettext_lazy("Ended otherwise"),
        (State.TURNED_DOWN, State.JOINED, State.WITHDRAWN),
    ),
    "all": (gettext_lazy("All"), ()),
}
SORTS = {"newest": gettext_lazy("Newest first"), "due": gettext_lazy("Least time left first")}
MOST_WORDS = 100


@dataclass(frozen=True)
class CaseFilters:
    """The narrowing of a list. `problems` says in words what could not be understood."""

    group: str = "open"
    kind: CaseKind | None = None
    division: Division | None = None
    unit: Unit | None = None
    source: str = ""
    overdue: bool = False
    mine: bool = False
    words: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "newest"
    problems: tuple[str, ...] = field(default=())

    def with_(self, **changes: Any) -> CaseFilters:
        """The same with some of it changed."""
        return replace(self, **changes)

    @property
    def query(self) -> str:
        """The filters as the query of an address, without what is the default."""
        pairs = {
            "group": self.group if self.group != "open" else "",
            "kind": self.kind.pk if self.kind else "",
            "division": self.division.code if self.division else "",
            "unit": self.unit.code if self.unit else "",
            "source": self.source,
            "overdue": "1" if self.overdue else "",
            "mine": "1" if self.mine else "",
            "q": self.words,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "sort": self.sort if self.sort != "newest" else "",
        }
        return urlencode({key: value for key, value in pairs.items() if value})

    @property
    def sentence(self) -> str:
        """The filters in words, for the first row of an export."""
        parts = [f"{_('State')}: {GROUPS[self.group][0]}"]
        if self.kind:
            parts.append(f"{_('Kind')}: {self.kind.name}")
        if self.division:
            parts.append(f"{_('Place')}: {self.division.name}")
        if self.unit:
            parts.append(f"{_('Unit')}: {self.unit.name}")
        if self.source:
            parts.append(f"{_('Source')}: {SOURCES[self.source]}")
        if self.overdue:
            parts.append(_("overdue only"))
        if self.mine:
            parts.append(_("waiting for me"))
        if self.words:
            parts.append(f"{_('Words')}: {self.words}")
        if self.since:
            parts.append(f"{_('From')} {self.since.isoformat()}")
        if self.until:
            parts.append(f"{_('To')} {self.until.isoformat()}")
        parts.append(str(SORTS[self.sort]))
        return "; ".join(parts)

    @property
    def few_weeks(self) -> bool:
        """Whether only cases are meant that were reported within three months."""
        if self.since is None or self.until is None:
            return False
        return self.until - self.since <= timedelta(days=92)

    @property
    def open_only(self) -> bool:
        """Whether only cases are meant that are not finished."""
        return self.group not in {"all", "closed", "ended"}

    def condition(self, *, at: datetime) -> Q:
        """The filters as a condition on cases, words and `mine` aside (no SQL)."""
        where = Q()
        states = GROUPS[self.group][1]
        if states:
            where &= Q(state__in=states)
        if self.open_only:
            where &= Q(closed_at__isnull=True)
        if self.overdue:
            where &= overdue(at)
        if self.kind:
            where &= Q(kind=self.kind)
        if self.division is not None and self.division.parent_id is not None:
            where &= inside(self.division)
        if self.unit:
            where &= Q(unit=self.unit)
        if self.source:
            where &= Q(source=self.source)
        if self.since:
            where &= Q(reported_at__gte=midnight(self.since))
        if self.until:
            where &= Q(reported_at__lt=midnight(self.until + timedelta(days=1)))
        return where


def overdue(at: datetime) -> Q:
    """Cases past their limit whose work is not reported done and whose clock runs."""
    return Q(
        due_at__lt=at,
        closed_at__isnull=True,
        resolved_at__isnull=True,
        suspended_at__isnull=True,
    )


def inside(division: Division) -> Q:
    """Cases that lie in a division."""
    if division.level == Division.Level.DISTRICT:
        return Q(district=division)
    if division.level == Division.Level.COMMUNITY:
        return Q(division=division)
    below = Division.objects.filter(path__startswith=division.path)
    return Q(division__in=below.values("pk"))


def filters_from(query: Mapping[str, str]) -> CaseFilters:
    """Read the filters of an address (at most 3 SQL statements).

    What cannot be understood is left out and named in `problems`, so that nobody takes a wider
    list for the one that was asked for.
    """
    problems: list[str] = []

    def text(name: str) -> str:
        return query.get(name, "").strip().replace("\0", "")[:MOST_WORDS]

    def one_of(name: str, known: Mapping[str, Any], default: str) -> str:
        value = text(name)
        if value and value not in known:
            problems.append(_unknown(name, value))
            return default
        return value or default

    def row(name: str, model: Any, key: str) -> Any:
        value = text(name)
        if not value:
            return None
        found = model.objects.filter(**{key: value}).first()
        if found is None:
            problems.append(_unknown(name, value))
        return found

    def day(name: str) -> date | None:
        value = text(name)
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            problems.append(_("“%(value)s” is no date; write it as 2026-11-23") % {"value": value})
            return None

    words = text("q")
    if words and not asked(words):
        problems.append(
            _("“%(words)s” is too short to be looked for; type two characters or more")
            % {"words": words}
        )
    return CaseFilters(
        group=one_of("group", GROUPS, "open"),
        kind=row("kind", CaseKind, "code"),
        division=row("division", Division, "code"),
        unit=row("unit", Unit, "code"),
        source=one_of("source", SOURCES, ""),
        overdue=text("overdue") == "1",
        mine=text("mine") == "1",
        words=words,
        since=day("since"),
        until=day("until"),
        sort=one_of("sort", SORTS, "newest"),
        problems=tuple(problems),
    )


def _unknown(name: str, value: str) -> str:
    return _("Nothing called “%(value)s” is known for “%(name)s”; it was left out") % {
        "value": value,
        "name": name,
    }
