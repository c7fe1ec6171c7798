"""Counting all cases again, for `meicheng ledger rebuild`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from meicheng.ledger.actions import CaseTallyKey

from .counts import COLUMNS, contribution
from .models import Case

STEP = 5000


def recount_cases(progress: Callable[[int], None]) -> dict[CaseTallyKey, Counter[str]]:
    """The sum of what each case contributes; memory grows with the counters, not the cases."""
    counts: dict[CaseTallyKey, Counter[str]] = {}
    done = 0
    for case in Case.objects.only("pk", *COLUMNS).order_by("pk").iterator(chunk_size=STEP):
        for key, names in contribution(case).items():
            counts.setdefault(key, Counter()).update(names)
        done += 1
        if done % STEP == 0:
            progress(done)
    progress(done)
    return counts
