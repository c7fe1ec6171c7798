"""A day's seal: one hash over the ends of all chains and over the seal before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from .hashing import canonical, hasher


def seal(
    day: date,
    heads: Mapping[str, str] | Iterable[tuple[str, str]],
    previous_seal: str = "",
    algorithm: str = "sha256",
) -> str:
    """The seal of a day, as hex: over every chain's name and last hash, and the seal before.

    The order in which `heads` come does not matter. Raises `ValueError` for a chain named twice.

    >>> heads = {"case:1": "aa", "case:2": "bb"}
    >>> seal(date(2026, 9, 1), heads) == seal(date(2026, 9, 1), reversed(list(heads.items())))
    True
    """
    pairs = sorted(heads.items() if isinstance(heads, Mapping) else heads)
    digest = hasher(algorithm)
    digest.update(
        canonical({"day": day.isoformat(), "chains": len(pairs), "before": previous_seal})
    )
    before = None
    for chain, head in pairs:
        if chain == before:
            raise ValueError(f"The chain {chain} is named twice; a chain has one end")
        before = chain
        digest.update(b"\n" + canonical([chain, head]))
    return digest.hexdigest()
