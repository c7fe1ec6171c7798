"""The worker's part: what has passed by the clock, however long nobody looked."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from meicheng.cases import clock as timing
from meicheng.cases.models import Case

from .clocks import RUNNING, follow_case, pass_until
from .ladder import current_rules, rungs_of
from .models import Clock, Rules
from .recording import record

BATCH = 500


def catch_up(now: datetime | None = None) -> int:
    """Take the next clocks on which something has passed; how many they were.

    Rows, events, notices and the clocks' own change are one transaction: killed at any moment,
    nothing is lost or doubled. Clocks that somebody else holds are left for the next turn.
    """
    timing.look_again()
    now = now or timezone.now()
    with transaction.atomic():
        clocks = list(
            Clock.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(next_at__lte=now)
            .order_by("next_at")[:BATCH]
        )
        if not clocks:
            return 0
        working = timing.calendar()
        rungs = {
            rules.pk: rungs_of(rules)
            for rules in Rules.objects.filter(pk__in={one.rules_id for one in clocks})
        }
        passed = [
            (clock, pass_until(clock, rungs[clock.rules_id], working, now)) for clock in clocks
        ]
        record(passed, at=now)
        _save(clocks)
    return len(clocks)


def _save(clocks: list[Clock]) -> None:
    """Write what changed of clocks: prepared once, ten times as fast as the ORM's bulk update."""
    names = ("reached", "next_at", "events_count", "head_hash")
    fields = [Clock._meta.get_field(name) for name in names]
    places = ", ".join(f"{name} = %s" for name in names)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {Clock._meta.db_table} SET {places} WHERE case_id = %s",
            [
                [
                    *(
                        field.get_db_prep_save(getattr(one, field.attname), connection)
                        for field in fields
                    ),
                    one.pk,
                ]
                for one in clocks
            ],
        )


def adopt(_day: date) -> int:
    """Give a clock to running cases that have none: imported ones, and those from before this room."""
    with transaction.atomic():
        cases = list(
            Case.objects.filter(
                state__in=RUNNING, due_at__isnull=False, dispatched_at__isnull=False, clock=None
            )
            .select_related("kind")
            .order_by("pk")[:BATCH]
        )
        if not cases:
            return 0
        rules = current_rules()
        rungs, working = rungs_of(rules), timing.calendar()
        clocks = []
        for case in cases:
            clock = Clock(case=case, rules=rules)
            follow_case(clock, case, "dispatch", timezone.now(), rules, rungs, working)
            clocks.append(clock)
        Clock.objects.bulk_create(clocks, ignore_conflicts=True)
    return len(clocks)
