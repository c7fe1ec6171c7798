"""What is asked about a photograph: each a question to a person, with what was measured."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from PIL import Image

from meicheng.engine.provenance import Candidate, compare, looks_of, question_of
from meicheng.engine.space import distance_m
from meicheng.files.actions import path_of
from meicheng.files.models import StoredFile

from .memory import MEMORY
from .models import Look, Question, Use

log = logging.getLogger("meicheng.proofs")
FAR = 200  # metres from the place that a photograph is to show, beyond which is asked
APART = 60  # metres between the spots of before and after
CLOCKS_DIFFER = timedelta(minutes=30)
TOGETHER = timedelta(minutes=10)  # one finding may be written down twice: as an answer and a case
COMPARED = 12  # pictures of those that look alike that are laid over each other
Kind = Question.Kind


@dataclass(frozen=True)
class Doubt:
    """Something to be asked, with the measure that speaks for it."""

    kind: str
    other: Use | None = None
    metres: int | None = None
    hours: float | None = None
    agree: float | None = None


def doubts_about(use: Use) -> list[Doubt]:
    """Everything that should be asked about a use of a photograph that was just noted."""
    return [*_used_before(use), *_elsewhere(use), *_another_time(use), *_other_spot(use)]


def remember(file: StoredFile) -> list[Candidate]:
    """Note the looks of a photograph, and what it may be a copy of; nothing for plain surfaces."""
    path = path_of(file.sha256)
    if not path.exists():
        log.warning("The content of photograph %s is missing: its looks are not known", file)
        return []
    with Image.open(path) as picture:
        asked = question_of(picture)
        own = looks_of(picture)
    found = [one for one in MEMORY.near(asked) if one.key != file.pk]
    Look.objects.get_or_create(
        file=file, defaults={"whole": own[0], "inner": own[1], "middle": own[2]}
    )
    return found


def _used_before(use: Use) -> Iterator[Doubt]:
    """The same file, else one that looks alike, in something else that came first."""
    earlier = Use.objects.exclude(about=use.about).exclude(pk=use.pk)
    for same in earlier.filter(file=use.file, at__lte=use.at).order_by("at")[:3]:
        if use.at - same.at > TOGETHER:
            yield _again(Kind.SAME, use, same, 1.0)
            return
    found = remember(use.file)
    if not found:
        return
    with Image.open(path_of(use.file.sha256)) as picture:
        for candidate in found[:COMPARED]:
            other = earlier.filter(file=candidate.key, at__lte=use.at).order_by("at").first()
            if other is None:
                continue
            path = path_of(other.file.sha256)
            if not path.exists():
                continue
            with Image.open(path) as before:
                likeness = compare(picture, before, mirrored=candidate.mirrored)
            if likeness.same_picture:
                yield _again(Kind.ALIKE, use, other, likeness.agree)
                return


def _again(kind: str, use: Use, other: Use, agree: float) -> Doubt:
    hours = (use.at - other.at).total_seconds() / 3600
    return Doubt(kind, other, _metres(use, other), round(hours, 1), round(agree, 3))


def _elsewhere(use: Use) -> Iterator[Doubt]:
    file = use.file
    four = (file.longitude, file.latitude, use.longitude, use.latitude)
    known = [one for one in four if one is not None]
    if len(known) == 4 and (metres := round(distance_m(*known))) > FAR:
        yield Doubt(Kind.ELSEWHERE, metres=metres)


def _another_time(use: Use) -> Iterator[Doubt]:
    taken = use.file.taken_at
    if taken is None:
        return
    if taken > use.at + CLOCKS_DIFFER:
        yield Doubt(Kind.FUTURE, hours=round((taken - use.at).total_seconds() / 3600, 1))
    elif use.not_before is not None and taken < use.not_before - CLOCKS_DIFFER:
        yield Doubt(Kind.EARLY, hours=round((use.not_before - taken).total_seconds() / 3600, 1))


def _other_spot(use: Use) -> Iterator[Doubt]:
    """Of an after-photograph: none of the before-photographs was taken from about here."""
    if use.moment != Use.Moment.AFTER:
        return
    before = list(
        Use.objects.filter(about=use.about, moment=Use.Moment.BEFORE).select_related("file")
    )
    worst: Doubt | None = None
    for other in before[:4]:
        doubt = _not_one_spot(use, other)
        if doubt is None:
            return
        worst = worst or doubt
    if worst is not None:
        yield worst


def _not_one_spot(use: Use, other: Use) -> Doubt | None:
    one, two = use.file, other.file
    four = (one.longitude, one.latitude, two.longitude, two.latitude)
    known = [value for value in four if value is not None]
    if len(known) == 4:
        metres = round(distance_m(*known))
        return Doubt(Kind.SPOTS, other, metres=metres) if metres > APART else None
    paths = path_of(one.sha256), path_of(two.sha256)
    if not all(path.exists() for path in paths):
        return None
    with Image.open(paths[0]) as here, Image.open(paths[1]) as there:
        seen = compare(here, there)
    return Doubt(Kind.SPOTS, other, agree=0.0) if seen.same_things is False else None


def _metres(use: Use, other: Use) -> int | None:
    four = (use.longitude, use.latitude, other.longitude, other.latitude)
    known = [one for one in four if one is not None]
    return round(distance_m(*known)) if len(known) == 4 else None
