"""How long the worker needs to catch up with 10,000 overdue cases: `python -m tools.bench overdue`.

Every case is overdue by more than three times its limit, so each passes three warnings and three
levels of supervision; beside it, the bare rows and events of the same number are written.
"""

from __future__ import annotations

import os
import random
from datetime import timedelta

from tools import Failed
from tools.bench import product, record, stopwatch

CASES = int(os.environ.get("MEICHENG_BENCH_CASES", "10000"))


def main() -> None:
    """Make the cases, let nobody look for weeks, then catch up, on PostgreSQL."""
    with product() as url:
        measure(url)


def measure(url: str) -> None:
    """Fill the little city with late cases and time the worker's part."""
    from django.utils import timezone

    from meicheng.cases.models import Case
    from meicheng.demo.little import City
    from meicheng.ledger.models import Event
    from meicheng.notices.models import Notice
    from meicheng.supervision.catching import adopt, catch_up
    from meicheng.supervision.models import Clock, Supervision, TimeWarning

    city = City()
    units = list(city.units.values())
    for unit in units:
        city.user("unit-lead", unit=unit)
        city.user("unit-worker", unit=unit)
    for district in city.districts:
        city.user("district-lead", division=district)
    city.user("city-lead")
    chance = random.Random(1)
    at = timezone.now()
    kinds = list(city.kinds.values())
    places = [one for one in city.divisions.values() if one.level == "community"]
    cases = []
    for number in range(CASES):
        kind, place = chance.choice(kinds), chance.choice(places)
        begun = at - timedelta(days=chance.uniform(120, 160))
        cases.append(
            Case(
                number=f"B-{number:06d}",
                state="in_progress",
                kind=kind,
                division=place,
                district_id=place.district_id,
                reported_at=begun,
                registered_at=begun,
                dispatched_at=begun,
                due_at=begun + timedelta(days=1),
                limit="4wh",
                unit=chance.choice(units),
            )
        )
    Case.objects.bulk_create(cases, batch_size=500)
    with stopwatch() as adopting:
        while adopt(at.date()):
            pass
    before = Event.objects.count()
    with stopwatch() as watch:
        while catch_up():
            pass
    rows = TimeWarning.objects.count() + Supervision.objects.count()
    events = Event.objects.count() - before
    if not rows == events == 6 * CASES or Clock.objects.filter(next_at__isnull=False).exists():
        raise Failed(f"{rows} rows and {events} events of {6 * CASES}")
    record(
        "overdue",
        {
            "cases": CASES,
            "passed": rows,
            "notices": Notice.objects.count(),
            "clocks_given_s": round(adopting.seconds, 1),
            "caught_up_s": round(watch.seconds, 1),
            "cases_per_second": round(CASES / watch.seconds),
        },
        database_url=url,
    )


if __name__ == "__main__":
    main()
