"""Finding the city's hot topics anew, once a day, from the reports of the last months."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from meicheng.engine.text.topics import Found, Said, find_topics
from meicheng.engine.text.topics import Topic as FoundTopic
from meicheng.places.models import Division
from meicheng.places.time import city_day, midnight

from ..checking import FALLBACK
from ..models import Report
from .bursts import find_bursts
from .digest import tell_digest
from .models import PlaceName, Topic, TopicReport
from .names import city_names

SPAN = timedelta(days=180)  # whose reports are read: what is older counts a sixty-fourth or less
KEPT = 500  # topics that are kept of a day; nobody reads more
UNTELLING = frozenset({FALLBACK, "consultation", "suggestion"})  # kinds that say little
DAY = 86_400
BATCH = 1000
Value = TypeVar("Value", str, int)


class Row(NamedTuple):
    """A report as it is read."""

    pk: int
    subject: str
    body: str
    address: str
    reported_at: datetime
    votes: int
    against: int
    replied: bool
    division: int
    kind: str | None
    unit: int | None


def read_daily(day: date) -> int:
    """Find the topics and the rises of a day, once; called by the worker when a day begins, always 0 (no more)."""
    if Topic.objects.aggregate(last=Max("day"))["last"] != day:
        find_city_topics(at=timezone.now())
        find_bursts(day)
        tell_digest(day)
    return 0


def find_city_topics(*, at: datetime) -> Found:
    """Find what the city's reports of the last half year talk about, and keep the hottest.

    A topic keeps its number while it holds at least half of the reports that it, or the new one,
    has. Topics whose reports are all older than the half year stay as they were.
    """
    rows = reports_since(at - SPAN, until=at)
    divisions = {
        one.pk: one for one in Division.objects.defer("outline").select_related("district")
    }
    said = [_said(row, divisions) for row in rows]
    today = city_day(at)
    found = find_topics(
        said, known=city_names(), at=midnight(today + timedelta(days=1)).timestamp() / DAY
    )
    with transaction.atomic():
        _keep_names(found.names, today)
        _keep_topics(found.topics[:KEPT], rows, divisions, day=today, since=at - SPAN)
    return found


def reports_since(since: datetime, *, until: datetime) -> list[Row]:
    """What the reports of a time say (1 SQL statement)."""
    found = Report.objects.filter(reported_at__gte=since, reported_at__lt=until).order_by("pk")
    values = found.values_list(
        "pk", "subject", "body", "address", "reported_at", "votes", "against", "replied_at",
        "division_id", "case__kind_id", "case__unit_id",
    )  # fmt: skip
    return [Row(*one[:7], one[7] is not None, *one[8:]) for one in values.iterator(chunk_size=5000)]


def _said(row: Row, divisions: dict[int, Division]) -> Said:
    division = divisions[row.division]
    body = row.body
    if row.address and row.address[:6] not in body:
        body = f"{row.address}。{body}"
    district = division.district.name_zh if division.district else ""
    return Said(
        row.subject,
        body,
        row.reported_at.timestamp() / DAY,
        row.votes,
        row.against,
        row.replied,
        district,
        "" if row.kind is None or row.kind in UNTELLING else row.kind,
    )


def _keep_names(names: dict[str, int], day: date) -> None:
    PlaceName.objects.bulk_create(
        [
            PlaceName(name=name[:40], texts=texts, first_on=day, last_on=day)
            for name, texts in names.items()
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["texts", "last_on"],
    )


def _keep_topics(
    topics: Sequence[FoundTopic],
    rows: Sequence[Row],
    divisions: dict[int, Division],
    *,
    day: date,
    since: datetime,
) -> None:
    before = dict(TopicReport.objects.values_list("report_id", "topic_id"))
    held: dict[int, set[int]] = defaultdict(set)
    for report, number in before.items():
        held[number].add(report)
    known = Topic.objects.in_bulk()
    taken: set[int] = set()
    kept: list[tuple[Topic, list[int]]] = []
    for one in topics:
        members = [rows[member].pk for member in one.members]
        shared = Counter(before[pk] for pk in members if pk in before)
        old = next(
            (
                number
                for number, count in shared.most_common()
                if number not in taken and 2 * count >= min(len(members), len(held[number]))
            ),
            None,
        )
        topic = known[old] if old is not None else Topic()
        if old is not None:
            taken.add(old)
        _fill(topic, one, [rows[member] for member in one.members], divisions, day)
        kept.append((topic, members))
    read = {row.pk for row in rows}
    gone = [pk for pk in known if pk not in taken and held[pk] & read]
    Topic.objects.filter(pk__in=gone).delete()
    Topic.objects.exclude(pk__in=taken).filter(last_at__lt=since).update(
        day=day, heat=0, messages=0, votes=0, against=0, answered=0
    )
    for topic, _members in kept:
        topic.save()
    TopicReport.objects.filter(topic_id__in=taken).delete()
    TopicReport.objects.bulk_create(
        [TopicReport(report_id=pk, topic=topic) for topic, members in kept for pk in members],
        batch_size=BATCH,
    )


def _fill(
    topic: Topic, found: FoundTopic, rows: Sequence[Row], divisions: dict[int, Division], day: date
) -> None:
    topic.place = found.place[:80]
    topic.division = _common([divisions[row.division] for row in rows], divisions)
    topic.concerned, topic.what = found.concerned[:40], found.what[:80]
    topic.words = list(found.words)
    topic.kind_id = _most(row.kind for row in rows)
    topic.unit_id = _most(row.unit for row in rows)
    topic.reports_count = len(rows)
    topic.first_at, topic.last_at = rows[0].reported_at, rows[-1].reported_at
    topic.hottest_on = city_day(
        datetime.fromtimestamp(found.hottest_on * DAY, tz=timezone.get_current_timezone())
    )
    topic.peak, topic.day = found.peak.index, day
    topic.heat, topic.messages, topic.votes = found.now.index, found.now.messages, found.now.votes
    topic.against, topic.answered = found.now.against, found.now.answered


def _most(values: Iterable[Value | None]) -> Value | None:
    counted = Counter(one for one in values if one is not None)
    return counted.most_common(1)[0][0] if counted else None


def _common(places: Sequence[Division], divisions: dict[int, Division]) -> Division:
    """The smallest division in which three fifths of the reports lie."""
    counted: Counter[int] = Counter()
    for place in places:
        at: Division | None = place
        while at is not None:
            counted[at.pk] += 1
            at = divisions.get(at.parent_id or 0)
    enough = [divisions[pk] for pk, count in counted.items() if count >= 0.6 * len(places)]
    return max(enough, key=lambda one: len(one.path))
