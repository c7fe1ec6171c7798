"""Taking reports from files: who, what and where of each row, then its case and the report."""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from meicheng.cases.history import ENDED, WITH_UNIT, PastCase
from meicheng.cases.returning import take_past_cases, tell_relapses
from meicheng.engine.text import KindFinder
from meicheng.engine.workflow import State
from meicheng.organisation.models import Unit, UnitRole
from meicheng.places.finding import DivisionFinder
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind, Topic
from meicheng.tables.bulk import insert
from meicheng.tables.kinds import Outcome, Refused, Rejection, Row, Taking
from meicheng.tables.upserts import unknown
from meicheng.tables.values import shown

from .checking import FALLBACK, SURE_ENOUGH
from .codes import new_code
from .models import Report

OWN_SYSTEM = "meicheng"  # the source system of reports that came in here, when they are exported
CHINESE = re.compile(r"[\u3400-\u9fff]")
PSEUDONYM = re.compile(r"P-[a-z2-7]{12}")
# A state that is not imported as such becomes the one that is certain to have been reached.
REACHED = {
    State.RESOLVED: State.IN_PROGRESS,
    State.VERIFIED: State.IN_PROGRESS,
    State.TO_REDO: State.IN_PROGRESS,
    State.SUSPENDED: State.IN_PROGRESS,
    State.RELAPSED: State.IN_PROGRESS,
    State.SENT_BACK: State.REGISTERED,
    State.JOINED: State.CLOSED,
}
REPORT_STATES = {
    State.REPORTED: Report.State.RECEIVED,
    State.CLOSED: Report.State.ANSWERED,
    State.TURNED_DOWN: Report.State.TURNED_DOWN,
    State.WITHDRAWN: Report.State.TURNED_DOWN,
}


@dataclass
class _World:
    """What rows name: divisions, kinds and units of this city."""

    divisions: DivisionFinder
    kinds: dict[str, CaseKind]
    finder: KindFinder
    other: CaseKind
    units: dict[str, Unit]
    roles: set[str]
    made: list[Unit] = field(default_factory=list)


def take_reports(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write reports that are not here yet, each with a case that stands where its state says.

    A report is the same as one here if it has the number of the same source system; one without
    a number is known by its time and words.
    """
    world = _world(taking)
    keys = [(row.values["source_system"], row.values["number"]) for row in rows]
    here = _here(keys)
    new = {row.number for row, key in zip(rows, keys, strict=True) if key not in here}
    places = _places([row for row in rows if row.number in new], world, taking)
    outcomes: list[Outcome | Rejection] = []
    taken: list[tuple[Row, tuple[str, str], PastCase, list[Any]]] = []
    for row, key in zip(rows, keys, strict=True):
        if row.number not in new or not taking.first(key):
            outcomes.append(Outcome.DUPLICATE)
            continue
        if row.fault is not None:
            outcomes.append(row.fault)
            continue
        place = places[row.number]
        if isinstance(place, Rejection):
            outcomes.append(place)
            continue
        found = row.values
        hide_reporter(found, key[0])
        kind, suggested = _kind(found, world, taking)
        if kind is None:
            outcomes.append(unknown("kind", found["kind"], {k.code for k in world.kinds.values()}))
            continue
        unit = _unit(found, world, taking)
        if isinstance(unit, Rejection):
            outcomes.append(unit)
            continue
        outcomes.append(Outcome.IMPORTED)
        taken.append((row, key, _past(found, kind, place, unit, key), suggested))
    Unit.objects.bulk_create(world.made)
    world.made.clear()
    written = take_past_cases([past for _row, _key, past, _suggested in taken], by=taking.by)
    tell_relapses(written, taking)
    insert(
        [
            _report(row, key, past, case, suggested, new_code())
            for (row, key, past, suggested), case in zip(taken, written.cases, strict=True)
        ]
    )
    return outcomes


def _world(taking: Taking) -> _World:
    if "world" in taking.cache:
        found: _World = taking.cache["world"]
        return found
    kinds = list(CaseKind.objects.filter(active=True))
    other = next((kind for kind in kinds if kind.code == FALLBACK), None)
    divisions = DivisionFinder()
    if other is None or divisions.city is None:
        raise Refused(_("The kinds of cases or the city are missing: run `meicheng setup` first"))
    named: dict[str, CaseKind] = {}
    for topic in Topic.objects.filter(kind__in=kinds).select_related("kind"):
        if topic.kind is not None:
            named[str(topic)] = topic.kind
    for kind in kinds:
        for name in (kind.name_zh, kind.name_en.casefold(), kind.code):
            named[name] = kind
    units: dict[str, Unit] = {}
    for unit in Unit.objects.all():
        units.setdefault(unit.name_zh, unit)
        units[unit.code] = unit
    world = _World(
        divisions=divisions,
        kinds=named,
        finder=KindFinder({kind.code: (kind.name_zh, kind.name_en) for kind in kinds}),
        other=other,
        units=units,
        roles=set(UnitRole.objects.values_list("code", flat=True)),
    )
    taking.cache["world"] = world
    return world


def identify_report(row: Row, taking: Taking) -> None:
    """Give a report without a number one from what it says."""
    found = row.values
    if not found["number"]:
        said = "\0".join(
            [
                found["source_system"],
                found["reported_at"].isoformat(),
                found["subject"],
                found["body"],
            ]
        )
        digest = hashlib.sha256(said.encode()).hexdigest()[:24]
        # The second report with the same words at the same second is a second report.
        found["number"] = f"#{digest}-{taking.time(digest)}"


def _here(keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these are here already (2 SQL statements at most)."""
    here: set[tuple[str, str]] = set()
    if keys:
        found = Report.objects.filter(
            source_system__in={system for system, _number in keys},
            external_number__in=[number for _system, number in keys],
        ).values_list("source_system", "external_number")
        here.update((system, str(number)) for system, number in found)
    own = [number for system, number in keys if system == OWN_SYSTEM]
    if own:
        codes = Report.objects.filter(code__in=own).values_list("code", flat=True)
        here.update((OWN_SYSTEM, code) for code in codes)
    return here


def _places(rows: list[Row], world: _World, taking: Taking) -> dict[int, Division | Rejection]:
    """The division of each row by its number, from its position and the name of a division.

    The deepest division around the position counts where it lies in the named one; else the named
    one does. A position outside the city, where its edge is known, is an error, or is kept aside if
    the mapping says so.
    """
    placed = [row for row in rows if row.values["longitude"] is not None]
    where: dict[int, Division | None] = {}
    if placed:
        points = [(row.values["longitude"], row.values["latitude"]) for row in placed]
        found = world.divisions.locate(points)
        where = {row.number: division for row, division in zip(placed, found, strict=True)}
    return {row.number: _place(row, where, world, taking) for row in rows}


def _place(
    row: Row, where: dict[int, Division | None], world: _World, taking: Taking
) -> Division | Rejection:
    found = row.values
    located = where.get(row.number)
    if row.number in where and located is None and world.divisions.drawn:
        if taking.options.get("outside") != "keep_aside":
            return Rejection(
                "longitude",
                _("%(longitude)s, %(latitude)s lies outside the city's outlines")
                % {"longitude": found["longitude"], "latitude": found["latitude"]},
            )
        row.extra["position (WGS-84)"] = f"{found['longitude']}, {found['latitude']}"
        found["longitude"] = found["latitude"] = None
    named = world.divisions.find(found["division"]) if found["division"] else None
    if named is not None:
        return located if located and located.path.startswith(named.path) else named
    if located is not None:
        return located
    city = world.divisions.city
    assert city is not None  # `_world` refuses without one
    if found["division"] and taking.options.get("unknown_division") != "city":
        return Rejection(
            "division",
            _("there is no division with the code or (only one) name “%(words)s”")
            % {"words": shown(found["division"])},
        )
    return city


def _kind(
    found: dict[str, Any], world: _World, taking: Taking
) -> tuple[CaseKind | None, list[Any]]:
    """The kind that the row names, else the one that its words tell of, else “other”."""
    if found["kind"]:
        named = world.kinds.get(found["kind"]) or world.kinds.get(found["kind"].casefold())
        if named is not None or taking.options.get("unknown_kind") != "by_words":
            return named, []
    suggestions = world.finder.suggest(f"{found['subject']}\n{found['body']}")
    suggested: list[Any] = [[one.code, one.score, list(one.words)] for one in suggestions]
    if suggestions and suggestions[0].score >= SURE_ENOUGH:
        return world.kinds[suggestions[0].code], suggested
    return world.other, suggested


def _unit(found: dict[str, Any], world: _World, taking: Taking) -> Unit | Rejection | None:
    """The unit that the row names; made, where the mapping asks for it, if it is not here."""
    code = found["unit"]
    if not code:
        return None
    unit = world.units.get(code)
    if unit is not None:
        return unit
    if not taking.options.get("make_units"):
        return unknown("unit", code, {unit.code for unit in world.units.values()})
    told = (taking.options.get("units") or {}).get(code, {})
    role = told.get("role")
    if role not in world.roles:
        role = taking.options.get("unit_role")
    if role not in world.roles:
        return unknown("unit", str(role), world.roles)
    city = world.divisions.city
    unit = Unit(
        code="-".join(code.split()),
        name_zh=told.get("zh") or found["unit_name"] or code,
        name_en=told.get("en") or found["unit_name"],
        role_id=role,
        division=city,
    )
    world.units[code] = unit
    world.made.append(unit)
    return unit


def hide_reporter(found: dict[str, Any], system: str) -> None:
    """Replace the reporter's name by a pseudonym, also where the texts address them by it.

    The same name from the same system gets the same pseudonym, so that it still shows that two
    reports are one person's; without this deployment's key it leads back to nobody.
    """
    name = found["reporter"]
    if not name or PSEUDONYM.fullmatch(name):
        return
    found["reporter"] = hidden = pseudonym(name, system)
    if len(name) >= 4 or (len(name) >= 2 and CHINESE.search(name)):
        for column in ("subject", "body", "reply", "outcome"):
            found[column] = found[column].replace(name, hidden)


def pseudonym(name: str, system: str) -> str:
    """What stands for a name of a system; the same for the same, with this deployment's key."""
    digest = salted_hmac("meicheng.voices.reporter", f"{system}\0{name}", algorithm="sha256")
    return "P-" + b32encode(digest.digest()).decode().lower()[:12]


def _past(
    found: dict[str, Any],
    kind: CaseKind,
    place: Division,
    unit: Unit | None,
    key: tuple[str, str],
) -> PastCase:
    state = State(found["state"])
    state = REACHED.get(state, state)
    if state in WITH_UNIT and unit is None:
        state = State.REGISTERED
    closed_at: datetime | None = found["closed_at"] if state in ENDED else None
    subject, body = found["subject"], found["body"]
    return PastCase(
        kind=kind,
        division=place,
        state=state,
        reported_at=found["reported_at"],
        source=found["source"],
        description=body if subject in body else f"{subject}\n{body}",
        address=found["address"],
        longitude=found["longitude"],
        latitude=found["latitude"],
        unit=unit,
        due_at=found["due_at"],
        closed_at=closed_at,
        answered_at=found["replied_at"],
        outcome=found["outcome"] or (found["reply"] if closed_at else ""),
        rating=found["rating"] if closed_at else None,
        said=f"{key[0]} {key[1]}".strip(),
    )


def _report(
    row: Row, key: tuple[str, str], past: PastCase, case: Any, suggested: list[Any], code: str
) -> Report:
    found = row.values
    replied_at = found["replied_at"]
    if replied_at is None and found["reply"] and past.closed_at is not None:
        replied_at = past.closed_at
    return Report(
        code=code,
        state=REPORT_STATES.get(past.state, Report.State.ACCEPTED),
        source=found["source"],
        source_system=key[0],
        external_number=key[1],
        case=case,
        kind=past.kind,
        suggested=suggested,
        subject=found["subject"],
        body=found["body"],
        division=past.division,
        address=found["address"],
        longitude=found["longitude"],
        latitude=found["latitude"],
        reporter=found["reporter"],
        reported_at=found["reported_at"],
        votes=found["votes"],
        against=found["against"],
        reply=found["reply"],
        replied_at=replied_at,
        rating=found["rating"],
        extra={**(found["extra"] or {}), **row.extra},
    )
