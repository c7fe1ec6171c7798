"""`meicheng ledger rebuild | verify | seal | receipt | followers`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from .followers import find_followers, retry_now, standings
from .rebuild import rebuild
from .receipt import chain_of, receipt_of
from .seal import NotSealed, seal_day
from .verify import head_of, verify

SHOWN = 20


def commands(subparsers: Any) -> None:
    """Add the commands of the ledger."""
    ledger = subparsers.add_parser("ledger", help="recount, verify and seal what was written")
    parts = ledger.add_subparsers(title="commands", metavar="COMMAND", required=True)

    rebuilding = parts.add_parser(
        "rebuild", help="count everything again; exit code 1 if a check finds a difference"
    )
    rebuilding.add_argument("--check", action="store_true", help="change nothing")
    rebuilding.set_defaults(run=_rebuild)

    verifying = parts.add_parser(
        "verify", help="check every event, chain and seal; exit code 1 if something is wrong"
    )
    verifying.set_defaults(run=_verify)

    sealing = parts.add_parser("seal", help="seal everything written until now under a day")
    sealing.add_argument(
        "--day", type=_day, help="a day that is over, as 2026-11-22 (default: yesterday)"
    )
    sealing.set_defaults(run=_seal)

    proving = parts.add_parser(
        "receipt",
        help="the steps of a case or report and the seals over them; exit code 1 if broken",
    )
    proving.add_argument("code", help="a case's number or the code of a report")
    proving.set_defaults(run=_receipt)

    following = parts.add_parser(
        "followers", help="who reacts to which events, and how far behind; exit code 1 if one fails"
    )
    following.add_argument(
        "--retry", metavar="NAME", help="let a follower try its failing event again at once"
    )
    following.set_defaults(run=_followers)


def _rebuild(arguments: argparse.Namespace) -> int:
    with _Progress(_("cases")) as progress:
        differences = rebuild(check=arguments.check, progress=progress)
    if not differences:
        print(_("Every counter holds what is counted."))
        return 0
    for difference in differences[:SHOWN]:
        print(difference)
    _and_more(len(differences))
    if arguments.check:
        said = _("%(count)d counters differ; `meicheng ledger rebuild` sets them right.")
        print(said % {"count": len(differences)})
        return 1
    print(_("%(count)d counters were set right.") % {"count": len(differences)})
    return 0


def _verify(_arguments: argparse.Namespace) -> int:
    with _Progress(_("events")) as progress:
        result = verify(progress)
    for fault in result.faults[:SHOWN]:
        print(fault)
    _and_more(result.found)
    counts = {"events": result.events, "chains": result.chains, "faults": result.found}
    if result.found:
        print(_("%(events)d events in %(chains)d chains: %(faults)d faults.") % counts)
        return 1
    whole = _(
        "%(events)d events in %(chains)d chains: nothing was changed, removed, inserted or moved."
    )
    print(whole % counts)
    return 0


def _seal(arguments: argparse.Namespace) -> int:
    try:
        made = seal_day(arguments.day)
    except NotSealed as problem:
        print(f"meicheng: {problem}", file=sys.stderr)
        return 2
    said = _("%(day)s is sealed: %(events)d events, %(hash)s")
    print(said % {"day": made.day, "events": made.events, "hash": made.hash})
    return 0


def _receipt(arguments: argparse.Namespace) -> int:
    chain = chain_of(arguments.code)
    if not chain:
        said = _(
            "no case or report is called “%(code)s”; expected a case's number as A-20261123-0087 or "
            "a report's code as K7M4-QX9R-TW2H"
        )
        print(f"meicheng: {said % {'code': arguments.code}}", file=sys.stderr)
        return 2
    receipt = receipt_of(chain, **head_of(chain))
    for step in receipt.steps:
        sealed = _("no. %(number)d, not sealed yet")
        if step.sealed_on:
            sealed = _("no. %(number)d, sealed %(day)s")
        sealed %= {"number": step.number, "day": step.sealed_on}
        at = timezone.localtime(step.at)
        print(f"{step.sequence:>3}  {at:%Y-%m-%d %H:%M}  {step.verb:<12} {step.hash}  {sealed}")
    for seal in receipt.seals:
        said = _("seal of %(day)s: %(hash)s fits")
        if not seal.fits:
            said = _("seal of %(day)s: %(hash)s DOES NOT FIT")
        print(said % {"day": seal.day, "hash": seal.seal})
    for fault in receipt.faults:
        print(fault)
    faults = _("%(count)d faults") % {"count": len(receipt.faults)}
    print(_("whole") if receipt.whole else faults)
    return int(not receipt.whole)


def _followers(arguments: argparse.Namespace) -> int:
    find_followers()
    if arguments.retry is not None and not retry_now(arguments.retry):
        said = _("no follower “%(name)s” has begun") % {"name": arguments.retry}
        print(f"meicheng: {said}", file=sys.stderr)
        return 2
    standing = standings()
    if not standing:
        print(_("Nobody follows the events."))
        return 0
    width = max(len(one.name) for one in standing)
    for one in standing:
        state = _("%(count)d behind") % {"count": one.behind} if one.behind else _("up to date")
        words = {"state": state, "event": one.last_event, "verbs": ", ".join(one.verbs)}
        print(f"{one.name:<{width}}  " + _("%(state)s, at %(event)d, on %(verbs)s") % words)
        if one.failures:
            failed = _("failed %(count)d times: %(error)s")
            words = {"count": one.failures, "error": one.last_error}
            print(f"{'':<{width}}  {failed % words}")
    return int(any(one.failures for one in standing))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = _("“%(text)s” is not a day; write 2026-11-22") % {"text": text}
        raise argparse.ArgumentTypeError(said) from None


def _and_more(count: int) -> None:
    if count > SHOWN:
        print(_("… and %(count)d more") % {"count": count - SHOWN})


class _Progress:
    """A line on the terminal that counts, for what takes long; silent where nobody looks."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = time.monotonic()
        self._line = False

    def __enter__(self) -> Callable[[int], None]:
        return self._say

    def __exit__(self, *_exc: object) -> None:
        if self._line:
            print(file=sys.stderr)

    def _say(self, done: int) -> None:
        if sys.stderr.isatty() and time.monotonic() - self._shown > 0.5:
            print(f"\r{done:,} {self._what}", end="", file=sys.stderr, flush=True)
            self._shown = time.monotonic()
            self._line = True
