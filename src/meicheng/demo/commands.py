"""`meicheng demo make | welcome`."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation

from .making import NotADemo, made_city, make_city
from .people import PASSWORD
from .sizes import SIZES
from .welcome import welcome


def commands(subparsers: Any) -> None:
    """Add the commands."""
    demo = subparsers.add_parser("demo", help="make a synthetic city, and say how to get in")
    parts = demo.add_subparsers(title="commands", metavar="COMMAND", required=True)

    making = parts.add_parser(
        "make", help="make a synthetic city in an empty database; the same for the same seed"
    )
    making.add_argument("--size", choices=SIZES, default="small")
    making.add_argument("--seed", type=int, default=1)
    making.add_argument(
        "--until",
        type=_until,
        help="the last day, as 2026-11-23, or a moment of it, as 2026-11-23T15:00 (default: now)",
    )
    making.add_argument("--password", default=PASSWORD, help="of the demo accounts")
    making.add_argument(
        "--reset", action="store_true", help="remove the demo city that is there, and make it anew"
    )
    making.set_defaults(run=_make)

    welcoming = parts.add_parser("welcome", help="say who can sign in, and what to try first")
    welcoming.add_argument("--address", default="http://127.0.0.1:8000/")
    welcoming.set_defaults(run=_welcome)


def _make(arguments: argparse.Namespace) -> int:
    now = timezone.now().replace(second=0, microsecond=0)
    until = min(arguments.until or now, now)
    with translation.override(language()):
        there = made_city()
        if there is not None and not arguments.reset:
            print(_say_there(there))
            return 0
        try:
            city = make_city(
                SIZES[arguments.size],
                seed=arguments.seed,
                until=until,
                password=arguments.password,
                say=_say,
                reset=arguments.reset,
            )
        except NotADemo as problem:
            print(f"meicheng: {problem}", file=sys.stderr)
            return 2
        print(_say_made(city.seconds))
    return 0


def _welcome(arguments: argparse.Namespace) -> int:
    with translation.override(language()):
        if made_city() is None:
            print(translation.gettext("This database holds no demo city."), file=sys.stderr)
            return 2
        print(welcome(arguments.address))
    return 0


def language() -> str:
    """The language of the terminal, English or Chinese; Chinese where it names neither."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next((name for name in names if name), "")
    return "en" if chosen.startswith("en") else settings.LANGUAGE_CODE


def _say(stage: str, result: str, seconds: float) -> None:
    print(f"  {stage}: {result or '–'}  ({seconds:.1f} s)", flush=True)


def _say_there(there: Any) -> str:
    return translation.gettext(
        "The demo city “%(size)s” (seed %(seed)d) stands already and is kept; --reset makes it anew."
    ) % {"size": there.size, "seed": there.seed}


def _say_made(seconds: float) -> str:
    made = translation.gettext("The demo city stands after %(seconds).0f s.") % {"seconds": seconds}
    return f"{made}\n" + translation.gettext(
        "“meicheng serve” serves it; “meicheng demo welcome” says who can sign in, and what to try."
    )


def _until(words: str) -> datetime:
    """A day (its end) or a moment, on the city's clock."""
    zone = ZoneInfo(settings.TIME_ZONE)
    try:
        read = datetime.fromisoformat(words)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{words!r} is not a day; write 2026-11-23 or 2026-11-23T15:00"
        ) from None
    if len(words) == 10:
        read = datetime.combine(read.date(), time()) + timedelta(days=1)
    return read.replace(tzinfo=read.tzinfo or zone).astimezone(UTC)
