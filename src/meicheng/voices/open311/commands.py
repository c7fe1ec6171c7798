"""`meicheng open311`: other Open311 servers, what is taken from them and sent to them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .models import Peer, Turn

REFUSED = 2


def commands(subparsers: Any) -> None:
    """Add the commands."""
    top = subparsers.add_parser("open311", help="exchange with other Open311 servers")
    ways = top.add_subparsers(title="open311", metavar="WHAT", required=True)
    listing = ways.add_parser("peers", help="the servers, and what came of the last turns")
    listing.add_argument("--turns", type=int, default=5, help="how many turns of each to list")
    listing.set_defaults(run=_peers)
    add = ways.add_parser("add", help="name a server, or change what is known of it")
    add.add_argument("code", help="what it is called here, as neighbour-city")
    add.add_argument("--url", required=True, help="as https://city.example/open311/v2")
    add.add_argument("--map", nargs="+", required=True, metavar="KIND=SERVICE_CODE")
    add.add_argument("--key-file", type=Path, help="a file that holds the api_key")
    add.add_argument("--jurisdiction", default="")
    add.add_argument("--pull", action="store_true", help="take its requests as reports")
    add.add_argument("--push", action="store_true", help="send our cases of these kinds")
    add.set_defaults(run=_add)
    stop = ways.add_parser("stop", help="exchange nothing more; `add` goes on")
    stop.add_argument("code")
    stop.set_defaults(run=_stop)
    for name, words in (("pull", "take what is new now"), ("push", "send what is new now")):
        one = ways.add_parser(name, help=words)
        one.add_argument("code", nargs="?", help="one server; all of them unless given")
        one.set_defaults(run=_turn, way=name)


def _peers(arguments: argparse.Namespace) -> int:
    from .models import Peer

    peers = list(Peer.objects.all())
    if not peers:
        print("There is no server yet; name one with `meicheng open311 add`.")
    for peer in peers:
        ways = [name for name, on in (("pull", peer.pulls), ("push", peer.pushes)) if on]
        state = " and ".join(ways) if peer.active else "stopped"
        print(f"{peer.code}  {peer.url}  {state or 'neither pull nor push'}")
        print("  " + ", ".join(f"{ours} = {theirs}" for ours, theirs in peer.services.items()))
        opened = peer.sent.filter(status="open").count()
        refused = peer.sent.exclude(fault="")
        print(
            f"  sent {peer.sent.filter(fault='').count()}, open there {opened}, "
            f"refused there {refused.count()}; read until {peer.pulled_until:%Y-%m-%d %H:%M} UTC"
        )
        for row in refused.select_related("case")[: arguments.turns]:
            print(f"    {row.case.number}: {row.fault}")
        for turn in peer.turns.all()[: arguments.turns]:
            print(f"    {turn.at:%Y-%m-%d %H:%M} UTC  {_line(turn)}")
    return 0


def _add(arguments: argparse.Namespace) -> int:
    from django.utils import timezone

    from meicheng.organisation.personal import seal
    from meicheng.standards.models import CaseKind

    from .models import Peer

    if not arguments.url.startswith(("https://", "http://")):
        return _refuse(f"“{arguments.url}” is no address; expected https://…/open311/v2")
    services = {}
    for pair in arguments.map:
        ours, sign, theirs = pair.partition("=")
        if not sign or not theirs:
            return _refuse(f"“{pair}” is no pair; expected KIND=SERVICE_CODE")
        services[ours] = theirs
    unknown = set(services) - set(CaseKind.objects.values_list("code", flat=True))
    if unknown:
        return _refuse(f"there is no kind {', '.join(sorted(unknown))}")
    if len(set(services.values())) < len(services):
        return _refuse("two kinds have the same service_code; what is pulled would be neither")
    values: dict[str, Any] = {
        "url": arguments.url.rstrip("/"),
        "jurisdiction": arguments.jurisdiction,
        "services": services,
        "pulls": arguments.pull,
        "pushes": arguments.push,
        "active": True,
    }
    if arguments.key_file is not None:
        try:
            values["key_sealed"] = seal(arguments.key_file.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeError) as problem:
            return _refuse(f"the file of the key could not be read: {problem}")
    now = timezone.now()
    started = {"since": now, "pulled_until": now, "not_before": now}
    _peer, made = Peer.objects.update_or_create(
        code=arguments.code, defaults=values, create_defaults={**values, **started}
    )
    print(f"{arguments.code} is {'known now' if made else 'changed'}; the worker turns to it.")
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    from .models import Peer

    if not Peer.objects.filter(code=arguments.code).update(active=False):
        return _refuse(f"there is no server {arguments.code}")
    print(f"{arguments.code} is stopped; what was exchanged stays.")
    return 0


def _turn(arguments: argparse.Namespace) -> int:
    from .turns import pull, push

    peers = _named(arguments.code)
    if peers is None:
        return _refuse(f"there is no server {arguments.code}")
    failed = False
    for peer in peers:
        turn = (pull if arguments.way == "pull" else push)(peer)
        if turn is None:
            print(f"{peer.code}: {arguments.way} is off; `meicheng open311 add` turns it on")
        else:
            failed |= bool(turn.fault)
            print(f"{peer.code}: {_line(turn)}")
    return 1 if failed else 0


def _named(code: str | None) -> list[Peer] | None:
    from .models import Peer

    found = Peer.objects.filter(active=True)
    if code is None:
        return list(found)
    return list(found.filter(code=code)) or None


def _line(turn: Turn) -> str:
    words = f"{turn.way}: {turn.new} new, {turn.moved} moved on, {turn.refused} refused"
    return f"{words}; {turn.fault}" if turn.fault else words


def _refuse(words: str) -> int:
    print(f"meicheng open311: {words}", file=sys.stderr)
    return REFUSED
