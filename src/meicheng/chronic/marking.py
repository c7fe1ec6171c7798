"""Finding that a place has become chronic, and keeping its cases and its watch up to date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from meicheng.cases.models import Case
from meicheng.engine.space import cell_of, cells_around, distance_m
from meicheng.ledger.events import next_event
from meicheng.ledger.models import Event
from meicheng.notices.actions import notify
from meicheng.notices.people import holders
from meicheng.notices.words import words
from meicheng.organisation.models import Membership
from meicheng.places.time import city_day

from .models import ChronicPlace
from .rules import rules

NO_PROBLEM = ("turned_down", "joined", "withdrawn", "reported", "split")
Role = Membership.Role


@transaction.atomic
def look_again(case: Case) -> ChronicPlace | None:
    """Mark the place of a case where it became chronic, or bring the marked one up to date.

    May be called for the same case any number of times: nothing is marked or counted twice. Some
    8 SQL statements, however many cases the city has.
    """
    if case.longitude is None or case.latitude is None or case.kind_id in rules().never:
        return None
    place = _marked_at(case.longitude, case.latitude, case.kind_id)
    if place is None:
        found = _same_problem(case)
        if len(found) + _relapses(found, case.reported_at) < rules().times:
            return None
        place = _mark(case, found)
    else:
        place = ChronicPlace.objects.select_for_update(of=("self",)).get(pk=place.pk)
        if case.state not in NO_PROBLEM and not place.cases.filter(pk=case.pk).exists():
            place.cases.add(case)
            at = timezone.now()
            next_event(place, "chronic_again", by=None, at=at, case=case.number)
    _watch(place)
    return place


def _marked_at(longitude: float, latitude: float, kind: str) -> ChronicPlace | None:
    """The marked place of a kind that a position lies at (1 SQL statement)."""
    within = rules().same_place_m
    rows = ChronicPlace.objects.filter(
        cell__in=cells_around(longitude, latitude, within), kind=kind
    ).exclude(state=ChronicPlace.State.STRUCK)
    near = [
        (distance_m(longitude, latitude, one.longitude, one.latitude), one.pk, one) for one in rows
    ]
    near = [found for found in near if found[0] <= within]
    return min(near)[2] if near else None


def _same_problem(case: Case) -> list[Case]:
    """Cases of the kind there in the days before this one, itself included (2 SQL statements)."""
    assert case.longitude is not None  # the caller knows
    assert case.latitude is not None
    since = case.reported_at - timedelta(days=rules().within_days)
    near = Case.objects.filter(
        cell__in=cells_around(case.longitude, case.latitude, rules().same_place_m),
        kind=case.kind_id,
        reported_at__gte=since,
        reported_at__lte=case.reported_at,
    )
    # Two questions, each of which an index answers: what is open, and what was closed since.
    rows = [
        *near.filter(closed_at=None).exclude(state__in=NO_PROBLEM),
        *near.filter(state="closed", closed_at__gte=since),
    ]
    found = {
        one.pk: one
        for one in rows
        if one.longitude is not None
        and one.latitude is not None
        and distance_m(case.longitude, case.latitude, one.longitude, one.latitude)
        <= rules().same_place_m
    }
    return sorted(found.values(), key=lambda one: (one.reported_at, one.pk))


def _relapses(cases: Sequence[Case], until: datetime) -> int:
    """How often these cases came back after they were closed, in the same days (≤ 1 SQL)."""
    chains = [one.chain for one in cases if one.relapsed]
    if not chains:
        return 0
    since = until - timedelta(days=rules().within_days)
    return Event.objects.filter(chain__in=chains, verb="relapse", at__gte=since).count()


def _mark(case: Case, found: Sequence[Case]) -> ChronicPlace:
    """Mark the place of a case, with those that made it chronic, and tell who answers for it."""
    assert case.longitude is not None
    assert case.latitude is not None
    at = timezone.now()
    owner = case.unit or next((one.unit for one in reversed(found) if one.unit), None)
    place = ChronicPlace.objects.create(
        code=uuid4().hex,  # until its number is known
        kind=case.kind,
        division=case.division,
        site=case.site,
        address=case.address,
        longitude=case.longitude,
        latitude=case.latitude,
        cell=cell_of(case.longitude, case.latitude),
        unit=owner,
        marked_at=at,
    )
    place.code = f"LDN-{city_day(at).year}-{place.pk:04d}"
    place.cases.set(found)
    numbers = [one.number for one in found]
    next_event(place, "chronic_marked", by=None, at=at, kind=case.kind_id, cases=numbers)
    place.save()
    told = {
        one.pk: one
        for one in (
            *holders([Role.UNIT_LEAD], unit=owner),
            *holders([Role.CREATION_OFFICE], division=case.division),
        )
    }
    notify(
        to=told.values(),
        kind="chronic.marked",
        title=words(
            gettext_noop("%(kind)s at %(where)s has become chronic"),
            kind=case.kind,
            where=case.address or case.division.name_zh,
        ),
        link=f"/chronic/{place.code}/",
        key=f"chronic:{place.pk}:marked",
    )
    return place


def _watch(place: ChronicPlace) -> None:
    """Let the watch begin with the last closing; it stops as long as a case is open."""
    states = Q(closed_at=None) & ~Q(state__in=NO_PROBLEM)
    if place.cases.filter(states).exists():
        place.quiet_since = None
    else:
        last = place.cases.filter(state="closed").order_by("-closed_at").first()
        closed = last.closed_at if last is not None else None
        place.quiet_since = city_day(closed) if closed is not None else place.quiet_since
    place.save(update_fields=["quiet_since", "events_count", "head_hash"])
