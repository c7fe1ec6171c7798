"""Photographs that raise questions, some of them answered, and pictures that the public may see."""

from __future__ import annotations

from datetime import timedelta

from meicheng.cases.models import CasePhoto
from meicheng.files.models import StoredFile
from meicheng.organisation.models import User
from meicheng.proofs.actions import answer_question, note_use, release
from meicheng.proofs.memory import MEMORY
from meicheng.proofs.models import PublicPicture, Question
from meicheng.proofs.public import prepare
from meicheng.proofs.tasks import use_of

from .world import World

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PLAIN, AGAIN = 6, 3  # cases whose photographs are looked at; those that used one again
ANSWERS = [
    (True, "同一处两个问题，一张照片同时反映，经现场核实无误。"),
    (False, "与此前案件照片相同，不能证明本次已处置，请重新拍照。"),
]


def make_proofs(world: World) -> int:
    """Look at the photographs of some cases as the worker does; returns the number of questions."""
    MEMORY.forget()
    last = world.until - MINUTE
    seen = CasePhoto.objects.filter(moment="after", case__state__in=["closed", "resolved"])
    photos = list(
        seen.select_related("file", "case__kind", "case__division", "case__unit", "case__district")
        .defer("case__division__outline", "case__district__outline")
        .order_by("added_at", "pk")
    )
    first: dict[int, CasePhoto] = {}
    again: list[CasePhoto] = []
    parked = {file for file, _sha256 in world.parked}
    for photo in photos:
        if photo.file_id in parked:
            continue
        if photo.file_id not in first and len(first) < PLAIN:
            first[photo.file_id] = photo
        elif photo.file_id in first and len(again) < AGAIN:
            again.append(photo)
    for photo in [*first.values(), *again, *_from_elsewhere(world, photos)]:
        note_use(use_of(photo), at=min(photo.added_at + HOUR, last))
        prepare(photo.file)
    _answer(world)
    return Question.objects.count()


def _from_elsewhere(world: World, photos: list[CasePhoto]) -> list[CasePhoto]:
    """Pictures of one case each, with where and when they say that they were taken.

    One fits, one was taken elsewhere, one thirty hours before, one a day later.
    """
    parked = {file for file, _sha256 in world.parked}
    made = [photo for photo in photos if photo.file_id in parked]
    plans = [(0.0, 0.0, 0), (0.012, -0.004, 0), (0.0, 0.0, -30), (0.0002, 0.0, 26)]
    for photo, (east, north, hours) in zip(made, plans, strict=False):
        StoredFile.objects.filter(pk=photo.file_id).update(
            taken_at=photo.added_at + hours * HOUR,
            longitude=_moved(photo.case.longitude, east),
            latitude=_moved(photo.case.latitude, north),
        )
        photo.file.refresh_from_db()
    return made


def _answer(world: World) -> None:
    """Verifiers answered every second question and released most pictures."""
    people = {one.pk: one for one in User.objects.filter(pk__in=_verifiers(world))}
    questions = Question.objects.select_related("use__division").order_by("pk")
    for number, question in enumerate(questions):
        if number % 2:
            continue
        fine, remark = ANSWERS[number // 2 % len(ANSWERS)]
        by = people[_verifiers(world, question.use.division.district.code)[0]]
        at = min(question.asked_at + 3 * HOUR, world.until - MINUTE)
        answer_question(question, by=by, fine=fine, remark=remark, at=at)
    pictures = PublicPicture.objects.filter(state="made").select_related("file").order_by("pk")
    for picture in pictures:
        if picture.pk % 4:
            use = picture.file.uses.select_related("division__district").first()
            by = people[_verifiers(world, use.division.district.code)[0]]
            release(picture, by=by, at=world.until - MINUTE)


def _verifiers(world: World, district: str = "") -> list[int]:
    return [
        person.pk
        for code, there in sorted(world.verifiers.items())
        for person in there
        if not district or code == district
    ]


def _moved(degrees: float | None, by: float) -> float | None:
    return None if degrees is None else degrees + by
