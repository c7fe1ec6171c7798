"""The lists of sealed events, kept as files beside the database, a day each.

A seal proves its list, and the list names what the seal alone cannot: which event was changed,
removed or inserted, were its whole chain written anew. Whoever holds the database need not hold
this folder; copied elsewhere it proves the same.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from meicheng.engine.provenance import hasher

from .models import Event, Seal

STEP = 5000


class Line(NamedTuple):
    """An event of a list; the seal covers its number and hash, the rest only helps to name it."""

    number: int
    hash: str
    chain: str
    sequence: int


def folder() -> Path:
    """Where the lists are kept: `seals` beside the folder of the photographs."""
    return Path(settings.MEDIA_ROOT).parent / "seals"


def days() -> list[date]:
    """The days of which a list is kept."""
    return sorted(date.fromisoformat(path.stem) for path in folder().glob("????-??-??.csv"))


def keep(seal: Seal, *, after: int) -> None:
    """Write down the list of a seal that was just made; whole or not at all."""
    path = _path(seal)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with draft.open("w", encoding="ascii", newline="") as file:
        csv.writer(file).writerows(_written(seal, after))
    draft.replace(path)


def digest(seal: Seal) -> str:
    """The hash of the kept list as the seal would take it; "" where none is kept."""
    if not _path(seal).exists():
        return ""
    made = hasher(seal.algorithm)
    for line in _kept(seal):
        made.update(f"{line.number}:{line.hash}\n".encode())
    return made.hexdigest()


def differences(seal: Seal, *, after: int) -> Iterator[tuple[Line, str]]:
    """Each event that is not as the list says, and how: "changed", "removed" or "inserted"."""
    kept, written = _kept(seal), _written(seal, after)
    was, now = next(kept, None), next(written, None)
    while was or now:
        if was and now and was.number == now.number:
            if was.hash != now.hash:
                yield now, "changed"
            was, now = next(kept, None), next(written, None)
        elif was and (now is None or was.number < now.number):
            yield was, "removed"
            was = next(kept, None)
        elif now:
            yield now, "inserted"
            now = next(written, None)


def _path(seal: Seal) -> Path:
    return folder() / f"{seal.day}.csv"


def _kept(seal: Seal) -> Iterator[Line]:
    with _path(seal).open(encoding="ascii", newline="") as file:
        for number, own, chain, sequence in csv.reader(file):
            yield Line(int(number), own, chain, int(sequence))


def _written(seal: Seal, after: int) -> Iterator[Line]:
    rows = Event.objects.filter(pk__gt=after, pk__lte=seal.last_event).order_by("pk")
    fields = ("pk", "hash", "chain", "sequence")
    for row in rows.values_list(*fields).iterator(chunk_size=STEP):
        yield Line(*row)
