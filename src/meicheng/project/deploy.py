"""What a production start lacks, said by `meicheng check --deploy`, each with its setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from meicheng.notices.webhooks.signing import is_secret

from .environment import SETTINGS


def _default(name: str) -> str:
    """What holds when the variable is unset."""
    return next(setting.default for setting in SETTINGS if setting.name == name)


@register(deploy=True)
def production(**_kwargs: Any) -> list[CheckMessage]:
    """Everything that is fine for trying out and not for a city."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(
            Error(
                "MEICHENG_DEBUG is on: every visitor would see settings and data in error pages",
                hint="Unset MEICHENG_DEBUG.",
                id="meicheng.E001",
            )
        )
    if not settings.HTTPS:
        found.append(
            Warning(
                "MEICHENG_HTTPS is off: passwords and sessions travel readable",
                hint="Put a proxy in front that ends TLS and sets X-Forwarded-Proto, then set "
                "MEICHENG_HTTPS=1 (secure cookies, HSTS, redirects).",
                id="meicheng.W001",
            )
        )
    if set(settings.ALLOWED_HOSTS) <= set(_default("MEICHENG_HOSTS").split(",")):
        found.append(
            Warning(
                "MEICHENG_HOSTS is unset: only this machine is answered",
                hint="Set it to the city's host names, by comma.",
                id="meicheng.W002",
            )
        )
    if connection.vendor == "sqlite":
        found.append(
            Warning(
                "The database is SQLite: one writer at a time, and no backup while it runs",
                hint="Set DATABASE_URL=postgres://user:password@host:port/name.",
                id="meicheng.W003",
            )
        )
    if _default("MEICHENG_CITY_ZH") == settings.CITY_NAME_ZH:
        found.append(
            Warning(
                "MEICHENG_CITY_ZH is unset: pages and bulletins bear the demo city's name",
                hint="Set MEICHENG_CITY_ZH and MEICHENG_CITY_EN.",
                id="meicheng.W004",
            )
        )
    if Path("var").absolute() == settings.VAR:
        found.append(
            Warning(
                "MEICHENG_VAR is unset: secrets and files lie in whatever folder the start was made from",
                hint="Set it to an absolute path that is backed up.",
                id="meicheng.W005",
            )
        )
    if settings.SINGLE_SIGN_ON.startswith("http://"):
        found.append(
            Warning(
                "MEICHENG_OIDC is not HTTPS: whoever listens can sign in as anybody",
                hint="Name the service by its https:// address.",
                id="meicheng.W008",
            )
        )
    if settings.CHAT_SECRET and not is_secret(settings.CHAT_SECRET):
        found.append(
            Error(
                "MEICHENG_CHAT_SECRET is no secret: messages are refused, or anybody can sign them",
                hint="Set it to whsec_ and the Base64 of 24 to 64 bytes drawn by chance.",
                id="meicheng.E004",
            )
        )
    return [*found, *_database()]


def _database() -> list[CheckMessage]:
    """Whether the database is at this version and somebody can give out roles."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if waiting:
            return [
                Error(
                    f"{len(waiting)} migrations are not applied",
                    hint="Run `meicheng migrate`.",
                    id="meicheng.E002",
                )
            ]
        from meicheng.organisation.models import Membership

        administrators = Membership.objects.filter(
            role=Membership.Role.ADMINISTRATOR, user__is_active=True
        )
        held = administrators.exists()
        bare = administrators.filter(user__authenticator=None).values("user").distinct().count()
    except DatabaseError as error:
        return [
            Error(
                f"The database does not answer: {error}",
                hint="See DATABASE_URL.",
                id="meicheng.E003",
            )
        ]
    if not held:
        return [
            Warning(
                "Nobody is an administrator: accounts cannot be managed",
                hint="Import one: `meicheng import people FILE` with the role administrator.",
                id="meicheng.W006",
            )
        ]
    if bare:
        return [
            Warning(
                f"{bare} administrators have no second factor yet: whoever learns one's password "
                "sets it up in her place",
                hint="Let them sign in and set it up; see docs/access.md.",
                id="meicheng.W007",
            )
        ]
    return []
