"""Which sites are drawn for today: the same for everybody, foreseen by nobody who tends them."""

from __future__ import annotations

import hashlib
from datetime import date

from django.conf import settings
from django.core.cache import cache

from meicheng.places.models import Site

EVERY = 2**64


def drawn_on(day: date) -> frozenset[str]:
    """The codes of the sites that are drawn on a day: on average DRAWN_PER_DAY of them.

    Every active site has the same known chance n / N on every day, so that the answers of drawn
    visits estimate shares without weights. A site is drawn when the keyed hash of its code and
    the day falls into the first n / N of all hashes; without the server's secret nobody can work
    out tomorrow's sites. (Poisson sampling with equal chances: Särndal, Swensson, Wretman, Model
    Assisted Survey Sampling, 1992, 3.5.) 1 SQL statement, kept for the day.
    """
    key = f"drawn:{day:%Y%m%d}:{settings.DRAWN_PER_DAY}"
    kept: frozenset[str] | None = cache.get(key)
    if kept is None:
        codes = list(Site.objects.filter(active=True).values_list("code", flat=True))
        below = EVERY * min(1.0, settings.DRAWN_PER_DAY / len(codes)) if codes else 0
        kept = frozenset(code for code in codes if place_in_draw(code, day) < below)
        cache.set(key, kept, timeout=3600)
    return kept


def place_in_draw(code: str, day: date) -> int:
    """Where a site stands in the draw of a day: a number below 2**64, even over all sites."""
    said = f"{day:%Y-%m-%d}/{code}".encode()
    secret = settings.SECRET_KEY.encode()[:64]
    return int.from_bytes(hashlib.blake2b(said, key=secret, digest_size=8).digest(), "big")
