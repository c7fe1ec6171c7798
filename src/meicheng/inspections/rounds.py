"""Rounds: asking for visits to sites that were chosen or drawn, and ticking them off."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.engine.planning.drawing import draw_by_kind, frame_hash
from meicheng.ledger.events import next_event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division, Site
from meicheng.places.time import city_day
from meicheng.standards.models import Item

from .models import Round, Stop, Visit

MOST = 2000  # sites of a round: more than any assessment has


class BadRound(ValueError):
    """A round that cannot be asked for; the message says what was expected."""


def ask_for_visits(
    actor: User,
    *,
    title: str,
    reason: str,
    division: Division,
    sites: Sequence[Site],
    due: date,
    key: str,
    item: Item | None = None,
    chances: Mapping[int, float] | None = None,
    drawn: Mapping[str, Any] | None = None,
) -> Round:
    """Ask for visits to these sites by a day, in this order (some 6 SQL statements).

    `chances` says for sites by their keys how likely `item` fails there; `drawn` how they were
    drawn. The same `key` again gives the round that was made with it.

    Raises `NotAllowed`, and `BadRound` with what is wrong; then nothing has changed.
    """
    allow(actor, "rounds.make", division=division)
    if not 0 < len(key) <= 100:
        raise BadRound(_("The key of a round has 1 to 100 characters"))
    own_key = f"{actor.pk}:{key}"
    known = Round.objects.filter(key=own_key).first()
    if known is not None:
        return known
    at = timezone.now()
    _check(title, reason, division, sites, due, city_day(at))
    try:
        with transaction.atomic():
            return _make(
                actor,
                at,
                sites,
                chances or {},
                title=title.strip(),
                reason=reason,
                division=division,
                item=item,
                due=due,
                drawn=dict(drawn or {}),
                key=own_key,
            )
    except IntegrityError:  # the same key at the same moment: the other one made it
        made_meanwhile = Round.objects.filter(key=own_key).first()
        if made_meanwhile is None:
            raise
        return made_meanwhile


def draw_round(
    actor: User,
    *,
    title: str,
    division: Division,
    plan: Mapping[str, int],
    due: date,
    key: str,
) -> Round:
    """Draw `plan[kind]` sites of each kind by lot and ask for visits to them (模拟测评).

    Every active site of a kind in the division has the same chance. The seed is made now, by the
    system; it stands in the round and in its first event with a hash of all sites that could have
    been drawn, so that the draw can be checked and no second one passes unseen.

    Raises `NotAllowed` and `BadRound`.
    """
    kinds = [kind for kind, count in plan.items() if count > 0]
    rows = Site.objects.filter(
        active=True, kind__in=kinds, division__path__startswith=division.path
    )
    frame: dict[str, dict[str, Site]] = {}
    for site in rows.select_related("division"):
        frame.setdefault(site.kind_id, {})[site.code] = site
    seed = secrets.token_hex(16)
    chosen = draw_by_kind(frame, plan, seed)
    found = [frame[kind][code] for kind, codes in chosen.items() for code in codes]
    found.sort(key=lambda site: (site.division.path, site.code))  # as one walks
    return ask_for_visits(
        actor,
        title=title,
        reason=Visit.Reason.DRY_RUN,
        division=division,
        sites=found,
        due=due,
        key=key,
        drawn={
            "seed": seed,
            "plan": {kind: len(codes) for kind, codes in chosen.items()},
            "of": {kind: len(frame[kind]) for kind in chosen},
            "frame": frame_hash(code for kind in frame.values() for code in kind),
        },
    )


def tick_off(visit: Visit, stop: Stop | None, *, by: User) -> list[Stop]:
    """Say that a visit was the one asked for: at its own stop, and at stops for look-alikes there.

    Who looks at a site for whatever reason has seen the item that a look-alike round asks about;
    the sites of a mock assessment are visited for it alone. The caller's transaction holds the
    site (1 SQL statement where nothing was asked for).
    """
    asked = Stop.objects.filter(site=visit.site_id, visit=None).select_related("round")
    waiting = (
        list(asked.exclude(round__reason=Visit.Reason.DRY_RUN)[:1]) if stop is None else [stop]
    )
    for one in waiting:
        one.visit = visit
        one.save(update_fields=["visit"])
        held = Round.objects.select_for_update(of=("self",)).get(pk=one.round_id)
        next_event(
            held, "round_visited", by=by, at=timezone.now(), site=visit.site.code, visit=visit.pk
        )
        held.save(update_fields=["events_count", "head_hash"])
    return waiting


def _check(
    title: str,
    reason: str,
    division: Division,
    sites: Sequence[Site],
    due: date,
    today: date,
) -> None:
    if reason not in {one.value for one in Round.REASONS}:
        raise BadRound(_("“%(reason)s” is no reason for a round") % {"reason": reason[:30]})
    if not 0 < len(title.strip()) <= 120:
        raise BadRound(_("The title of a round has 1 to 120 characters"))
    if not sites:
        raise BadRound(_("No site is chosen: a round asks for at least one visit"))
    if len(sites) > MOST:
        words = {"count": len(sites), "most": MOST}
        raise BadRound(_("A round has at most %(most)d sites, not %(count)d") % words)
    if due < today:
        raise BadRound(_("The last day %(day)s has passed; expected today or later") % {"day": due})
    outside = next((s for s in sites if not s.division.path.startswith(division.path)), None)
    if outside is not None:
        words_of = {"site": outside.name, "division": division.name}
        raise BadRound(_("“%(site)s” does not lie in %(division)s") % words_of)


def _make(
    actor: User, at: datetime, sites: Sequence[Site], chances: Mapping[int, float], **columns: Any
) -> Round:
    made = Round.objects.create(code=uuid4().hex, made_by=actor, made_at=at, **columns)
    made.code = f"XC-{city_day(at).year}-{made.pk:04d}"
    Stop.objects.bulk_create(
        Stop(round=made, position=number, site=site, chance=chances.get(site.pk))
        for number, site in enumerate(sites, 1)
    )
    next_event(
        made,
        "round_made",
        by=actor,
        at=at,
        title=made.title,
        reason=made.reason,
        item=made.item.code if made.item else "",
        due=str(made.due),
        sites=[site.code for site in sites],
        drawn=made.drawn or None,
    )
    made.save(update_fields=["code", "events_count", "head_hash"])
    return made
