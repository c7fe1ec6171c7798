"""Making tokens for machines: what they may be allowed, and their keys, kept as hashes only."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.organisation.models import ApiToken, User

PREFIX = "mc_"
SCOPES = (
    "divisions:read", "sites:read", "units:read", "cases:read", "cases:write", "reports:read",
    "reports:write", "reports:personal", "marks:read", "observations:write", "standards:write",
    "lists:read", "lists:write", "campaigns:read", "chronic:read", "knowledge:read", "routines:read",
    "commitments:read", "surveys:read",
    "materials:read", "materials:write", "notices:read", "notices:write", "webhooks:read", "webhooks:write",
)  # fmt: skip


def make_token(
    user: User, name: str, scopes: list[str], *, days: int | None = None
) -> tuple[ApiToken, str]:
    """A new token and its key, which is shown once and kept nowhere. Raises ValueError."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ValueError(
            _("Unknown scopes: %(unknown)s; there are %(known)s")
            % {"unknown": ", ".join(unknown) or "–", "known": ", ".join(SCOPES)}
        )
    key = PREFIX + secrets.token_urlsafe(32)
    expires: datetime | None = timezone.now() + timedelta(days=days) if days else None
    row = ApiToken.objects.create(
        name=name,
        user=user,
        key_hash=hashlib.sha256(key.encode()).hexdigest(),
        scopes=sorted(set(scopes)),
        expires_at=expires,
    )
    return row, key
