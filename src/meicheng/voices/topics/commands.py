"""`meicheng voices topics`: what a file of messages, or the city's own reports, talk about."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

REFUSED = 2
HEAD = f"{'rank':>4} {'heat':>6} {'messages':>8}  from – to                what, where"


def commands(ways: Any) -> None:
    """Add the command of hot topics."""
    topics = ways.add_parser(
        "topics",
        help="what many messages talk about: hot topics as workbooks",
        description="FILE (CSV or XLSX) has the columns message_id, body and created_at; subject, "
        "votes, against and reply help. Writes hot-topics.xlsx and hot-topic-messages.xlsx.",
    )
    topics.add_argument("file", metavar="FILE", type=Path, nargs="?")
    topics.add_argument(
        "--city", action="store_true", help="the city's own reports; its pages show the same"
    )
    topics.add_argument("--out", metavar="DIR", type=Path, required=True)
    topics.add_argument("--top", metavar="N", type=int, default=20, help="how many (20)")
    topics.set_defaults(run=_topics)


def _topics(arguments: argparse.Namespace) -> int:
    from meicheng.tables.kinds import Refused

    from .files import moment, topics_of_file

    if arguments.top < 1:
        return _refuse(f"--top is {arguments.top}; expected 1 or more")
    if (arguments.file is None) != arguments.city:
        return _refuse("name a FILE, or --city for the city's own reports")
    begun = time.monotonic()
    if arguments.city:
        return _city(arguments, begun)
    try:
        messages, found, written = topics_of_file(
            arguments.file,
            arguments.out,
            top=arguments.top,
            progress=lambda words: print(f"  {words}", file=sys.stderr),
        )
    except (Refused, OSError) as problem:
        return _refuse(str(problem))
    print(HEAD)
    for rank, one in enumerate(found.topics[: arguments.top], 1):
        where = " ".join(part for part in (one.area, one.place) if part) or "–"
        count, (first, last) = len(one.members), (moment(one.first), moment(one.last))
        print(_line(rank, one.peak.index, count, first, last, f"{one.what} [{where}]"))
    print(
        f"{len(messages):,} messages, {len(found.topics):,} topics of 3 messages or more, "
        f"{len(found.names):,} names of places learned, {time.monotonic() - begun:.1f} s"
    )
    print(
        "heat is that of the hottest day: a message counts 1, half of it after 30 days, votes more"
    )
    for path in written:
        print(path)
    return 0


def _city(arguments: argparse.Namespace, begun: float) -> int:
    from django.utils import timezone

    from meicheng.engine.text import mask_personal
    from meicheng.tables import exports

    from .making import find_city_topics
    from .models import Topic
    from .queries import whole
    from .sheets import topics_workbook

    path = arguments.out / "hot-topics.xlsx"
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        return _refuse(str(problem))
    found = find_city_topics(at=timezone.now())
    topics = list(whole(Topic.objects.order_by("-heat", "pk"))[: arguments.top])
    exports.note(exports.Export("meicheng voices topics", path.name, rows=len(topics)))
    path.write_bytes(topics_workbook(topics, []))
    print(HEAD)
    for rank, one in enumerate(topics, 1):
        first, last = timezone.localtime(one.first_at), timezone.localtime(one.last_at)
        about = f"{mask_personal(one.what)} [{one.place}]"
        print(_line(rank, one.heat, one.reports_count, first, last, about))
    print(f"{len(found.topics):,} topics of the last half year, {time.monotonic() - begun:.1f} s")
    print(path)
    return 0


def _line(rank: int, heat: float, count: int, first: datetime, last: datetime, about: str) -> str:
    return f"{rank:4} {heat:6.1f} {count:8,}  {first:%Y-%m-%d} – {last:%Y-%m-%d}  {about}"


def _refuse(message: str) -> int:
    print(f"meicheng voices topics: {message}", file=sys.stderr)
    return REFUSED
