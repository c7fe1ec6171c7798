"""What administrators and auditors look at: people with their roles, sessions and tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from meicheng.ledger.models import Event
from meicheng.organisation.models import ApiToken, Membership, Unit, User
from meicheng.tables.pages import Page, page_of

from . import pauses
from .backend import REAL
from .recording import account_chain

MOST_EVENTS = 100


@dataclass(frozen=True)
class Person:
    """A line of the list of people."""

    user: User
    roles: list[Membership]
    second_factor: bool


@dataclass(frozen=True)
class Session:
    """A session as its owner recognises it."""

    pk: int
    device: str
    connection: str
    signed_in_at: datetime
    seen_at: datetime
    current: bool


@dataclass(frozen=True)
class Account:
    """All that is known of an account."""

    person: Person
    sessions: list[Session]
    tokens: list[ApiToken]
    events: list[Event]
    factors: list[Authenticator]
    pause: int


def people(
    *, words: str = "", role: str = "", unit: Unit | None = None, state: str = "", page: int = 1
) -> tuple[Page[User], list[Person]]:
    """Accounts by name, with roles and whether they have a second factor (5 SQL statements).

    words: parts of the account's or person's name; state: "active", "inactive", or all.
    """
    found = User.objects.order_by("username")
    for word in words.split()[:5]:
        found = found.filter(Q(username__icontains=word) | Q(display_name__icontains=word))
    if role:
        found = found.filter(pk__in=Membership.objects.filter(role=role).values("user"))
    if unit is not None:
        found = found.filter(pk__in=Membership.objects.filter(unit=unit).values("user"))
    if state in {"active", "inactive"}:
        found = found.filter(is_active=state == "active")
    shown = page_of(found, page, User.objects.prefetch_related(_memberships()))
    listed = shown.rows
    having = set(
        Authenticator.objects.filter(user__in=listed, type__in=REAL).values_list("user", flat=True)
    )
    return shown, [Person(one, list(one.memberships.all()), one.pk in having) for one in listed]


def account(user: User) -> Account:
    """An account with its roles, sessions, tokens and what was done to it (7 SQL statements)."""
    factors = list(Authenticator.objects.filter(user=user).order_by("pk"))
    roles = list(user.memberships.select_related("division", "unit").order_by("role", "pk"))
    events = Event.objects.filter(chain=account_chain(user)).order_by("-sequence")
    return Account(
        person=Person(user, roles, any(one.type != "recovery_codes" for one in factors)),
        sessions=sessions(user),
        tokens=list(ApiToken.objects.filter(user=user).order_by("-pk")),
        events=list(events[:MOST_EVENTS]),
        factors=factors,
        pause=pauses.seconds_left(user.username),
    )


def sessions(user: User, *, current: str = "") -> list[Session]:
    """Sessions that are alive, the one of `current` first (1 SQL statement and 2 for each)."""
    alive = UserSession.objects.purge_and_list(user)
    shown = [
        Session(
            pk=one.pk,
            device=device(one.user_agent),
            connection=one.ip,
            signed_in_at=one.created_at,
            seen_at=one.last_seen_at,
            current=one.session_key == current,
        )
        for one in alive
    ]
    return sorted(shown, key=lambda one: (one.current, one.seen_at), reverse=True)


def device(agent: str) -> str:
    """A browser and its system, as people know them.

    >>> device("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36")
    'Chrome · Windows'
    """
    browsers = {
        "MicroMessenger": "WeChat", "Edg": "Edge", "Firefox": "Firefox", "OPR": "Opera",
        "Chrome": "Chrome", "Safari": "Safari",
    }  # fmt: skip
    systems = {
        "HarmonyOS": "HarmonyOS", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad",
        "Windows": "Windows", "Mac OS X": "macOS", "Linux": "Linux",
    }  # fmt: skip
    parts = [
        next((name for mark, name in known.items() if mark in agent), "")
        for known in (browsers, systems)
    ]
    return " · ".join(part for part in parts if part) or agent[:40] or _("unknown")


def _memberships() -> Prefetch[Any]:
    return Prefetch(
        "memberships",
        Membership.objects.select_related("division", "unit").order_by("role", "pk"),
    )
