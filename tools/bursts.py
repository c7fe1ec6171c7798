"""How many rises put into a demo city are found, and how many are said that are none.

    MEICHENG_VAR=var .venv/bin/python -m tools.bursts

Every week of the last year is looked at as the worker does. Then extra reports of one kind in one
district are put into a week, so many times as many as are usual, and it is looked whether that week,
or the one that ends a day or two sooner, is called a rise. The database is only read.
"""

from __future__ import annotations

import itertools
import os
import random
from collections import Counter, defaultdict
from datetime import date, timedelta

TRIES = 300
TIMES = (2, 3, 4, 6)


def main() -> None:
    """Print the false alarms of a month, and the share found by size."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meicheng.project.settings")
    import django

    django.setup()
    from django.db.models import Max

    from meicheng.places.time import city_day
    from meicheng.voices.models import Report
    from meicheng.voices.topics.bursts import daily_counts, rises

    newest = Report.objects.aggregate(last=Max("reported_at"))["last"]
    if newest is None:
        raise SystemExit("There is no report here; make a demo city first")
    last = city_day(newest) - timedelta(days=10)  # the demo city ends with a rise of its own
    counts = daily_counts(last - timedelta(days=800), last)
    days = [last - timedelta(days=back) for back in range(365)]
    said: dict[tuple[str, int], list[date]] = defaultdict(list)
    for day in sorted(days):
        for one in rises(counts, day):
            said[one.kind, one.district].append(day)
    # Days on end are one rise, told once.
    told = sum(
        1 + sum(1 for one, other in itertools.pairwise(found) if (other - one).days > 7)
        for found in said.values()
    )
    kinds = len({kind for kind, _district in counts})
    print(f"{len(counts)} series ({kinds} kinds by district), {len(days)} days up to {last}")
    print(f"told without anything put in: {told} in a year, {told / 12:.1f} a month")
    draw = random.Random(1)
    keys = sorted(counts)
    for times in TIMES:
        found = Counter[str]()
        for _turn in range(TRIES):
            key = draw.choice(keys)
            day = draw.choice(days[:300])
            usual = sum(counts[key].get(day - timedelta(days=back), 0) for back in range(7, 63)) / 8
            size = "fewer than 2 a week" if usual < 2 else "2 to 8" if usual < 8 else "8 and more"
            extra = max(6, round(usual * (times - 1)))
            put = Counter(day - timedelta(days=draw.randrange(7)) for _ in range(extra))
            here = {one: days_ for one, days_ in counts.items() if one[0] == key[0]}
            here[key] = Counter(counts[key]) + put
            seen = any(
                (one.kind, one.district) == key
                for back in range(3)
                for one in rises(here, day - timedelta(days=back))
            )
            found[size] += 1
            found[f"{size} found"] += seen
        parts = [
            f"{size}: {found[f'{size} found'] / found[size]:.0%} of {found[size]}"
            for size in ("fewer than 2 a week", "2 to 8", "8 and more")
            if found[size]
        ]
        print(f"{times} times the usual (6 more at least) found: " + "; ".join(parts))


if __name__ == "__main__":
    main()
