"""Numbers by which rows of this deployment are known when their own export comes back."""

from __future__ import annotations

from functools import cache

from django.utils.crypto import salted_hmac


@cache
def _mark() -> str:
    return "own-" + salted_hmac("meicheng.tables.identity", "rows").hexdigest()[:10] + "-"


def own_number(pk: int) -> str:
    """How a row that has no number of another system is named in an export."""
    return f"{_mark()}{pk}"


def own_pk(number: str) -> int | None:
    """The row that a number names, if this deployment exported it; None for all others."""
    rest = number.removeprefix(_mark())
    return int(rest) if rest != number and rest.isdecimal() else None
