"""`meicheng personal`: keys of what is sealed, and what is deleted when its time is over."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from django.utils import timezone


def commands(subparsers: Any) -> None:
    """Add the commands of personal data."""
    personal = subparsers.add_parser(
        "personal", help="names, numbers and addresses: their keys, and when they are deleted"
    )
    ways = personal.add_subparsers(title="personal", metavar="WHAT", required=True)
    rotating = ways.add_parser(
        "rotate",
        help="seal everything anew under the first of MEICHENG_PERSONAL_DATA_KEYS",
        description="Put the new key in front of MEICHENG_PERSONAL_DATA_KEYS, restart, run this; "
        "then the older keys can go. It may be stopped (Ctrl-C) and run again.",
    )
    rotating.add_argument("--batch", type=int, default=500, help="rows in one transaction")
    rotating.set_defaults(run=_rotate)
    due = ways.add_parser("due", help="what falls due for deletion, by the month of closing")
    due.add_argument("--json", action="store_true")
    due.set_defaults(run=_due)
    erasing = ways.add_parser(
        "erase", help="delete what fell due now; the worker does it by itself"
    )
    erasing.set_defaults(run=_erase)


def _rotate(arguments: argparse.Namespace) -> int:
    from meicheng.organisation.rotating import Rotated, rotate

    def progress(column: str, done: Rotated) -> None:
        print(
            f"  {column}: {done.looked_at:,} looked at, {done.sealed_anew:,} sealed anew",
            file=sys.stderr,
        )

    try:
        done = rotate(batch=max(1, arguments.batch), progress=progress)
    except KeyboardInterrupt:
        print("Stopped between two batches; run it again to go on.", file=sys.stderr)
        return 130
    print(f"{done.looked_at:,} sealed values looked at, {done.sealed_anew:,} sealed anew.")
    if done.unreadable:
        print(f"{len(done.unreadable):,} are opened by none of the keys:", file=sys.stderr)
        for name in done.unreadable[:20]:
            print(f"  {name}", file=sys.stderr)
        return 1
    print("All are under the first key; the others in MEICHENG_PERSONAL_DATA_KEYS can go.")
    return 0


def _due(arguments: argparse.Namespace) -> int:
    from .personal import schedule

    found = schedule(timezone.now())
    if arguments.json:
        print(json.dumps(asdict(found), default=str, ensure_ascii=False))
        return 0
    if not found.days:
        print("Nothing is deleted: MEICHENG_PERSONAL_DAYS is 0.")
        return 0
    print(f"Kept for {found.days} days after closing; {found.due:,} reports are due now.")
    print(
        f"{'closed in':<10} {'due from':<11} {'reports':>9} {'names':>7} {'phones':>7} {'e-mails':>8}"
    )
    for one in found.months:
        print(
            f"{one.closed:%Y-%m}    {one.first_due} {one.reports:>9,} {one.names:>7,} "
            f"{one.phones:>7,} {one.emails:>8,}"
        )
    return 0


def _erase(_arguments: argparse.Namespace) -> int:
    from .personal import erase_due

    done = 0
    while count := erase_due():
        done += count
        print(f"  {done:,} reports", file=sys.stderr)
    print(f"Personal data of {done:,} reports was deleted; what was counted stays.")
    return 0
