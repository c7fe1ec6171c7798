"""Photographs that raise questions, some of them answered, and pictures that the public may see."""

from __future__ import annotations

import io
import random
from datetime import timedelta

from PIL import Image, ImageDraw

from meicheng.cases.models import CasePhoto
from meicheng.files.actions import store_photo
from meicheng.files.models import StoredFile
from meicheng.organisation.models import User
from meicheng.proofs.actions import answer_question, note_use, release
from meicheng.proofs.memory import MEMORY
from meicheng.proofs.models import PublicPicture, Question
from meicheng.proofs.public import prepare
from meicheng.proofs.tasks import use_of

from .pictures import draw
from .world import World

HOUR = timedelta(hours=1)
PLAIN, AGAIN = 6, 3  # cases whose photographs are looked at; those that used one again
ANSWERS = [
    (True, "同一处两个问题，一张照片同时反映，经现场核实无误。"),
    (False, "与此前案件照片相同，不能证明本次已处置，请重新拍照。"),
]


def make_proofs(world: World) -> int:
    """Look at the photographs of some cases as the worker does; returns the number of questions."""
    MEMORY.forget()
    seen = CasePhoto.objects.filter(moment="after", case__state__in=["closed", "resolved"])
    photos = list(
        seen.select_related("file", "case__kind", "case__division", "case__unit", "case__district")
        .defer("case__division__outline", "case__district__outline")
        .order_by("added_at", "pk")
    )
    first: dict[int, CasePhoto] = {}
    again: list[CasePhoto] = []
    for photo in photos:
        if photo.file_id not in first and len(first) < PLAIN:
            first[photo.file_id] = photo
        elif photo.file_id in first and len(again) < AGAIN:
            again.append(photo)
    for photo in [*first.values(), *again, *_from_elsewhere(world, photos)]:
        note_use(use_of(photo), at=min(photo.added_at + HOUR, world.until))
        prepare(photo.file)
    _answer(world)
    return Question.objects.count()


def _from_elsewhere(world: World, photos: list[CasePhoto]) -> list[CasePhoto]:
    """Photographs of their own for the latest cases: another place, another time, another spot."""
    made: list[CasePhoto] = []
    taken = {photo.case_id for photo in made}
    plans = [(0.0, 0.0, 0), (0.012, -0.004, 0), (0.0, 0.0, -30), (0.0002, 0.0, 26)]
    for number, (east, north, hours) in enumerate(plans):
        photo = next((one for one in reversed(photos) if one.case_id not in taken), None)
        if photo is None:
            break
        taken.add(photo.case_id)
        case = photo.case
        file = store_photo(_parked(random.Random(f"{world.seed}/proof/{number}")), name="photo.jpg")
        StoredFile.objects.filter(pk=file.pk).update(
            taken_at=photo.added_at + hours * HOUR,
            longitude=_moved(case.longitude, east),
            latitude=_moved(case.latitude, north),
        )
        file.refresh_from_db()
        photo.file = file
        photo.save(update_fields=["file"])
        made.append(photo)
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
        at = min(question.asked_at + 3 * HOUR, world.until)
        answer_question(question, by=by, fine=fine, remark=remark, at=at)
    pictures = PublicPicture.objects.filter(state="made").select_related("file").order_by("pk")
    for picture in pictures:
        if picture.pk % 4:
            use = picture.file.uses.select_related("division__district").first()
            by = people[_verifiers(world, use.division.district.code)[0]]
            release(picture, by=by, at=world.until)


def _verifiers(world: World, district: str = "") -> list[int]:
    return [
        person.pk
        for code, there in sorted(world.verifiers.items())
        for person in there
        if not district or code == district
    ]


def _moved(degrees: float | None, by: float) -> float | None:
    return None if degrees is None else degrees + by


def _parked(chance: random.Random) -> io.BytesIO:
    """A street with a car whose made-up number plate the public does not see."""
    picture: Image.Image = draw("bins", chance, after=True)
    canvas = ImageDraw.Draw(picture)
    x, y = chance.randint(60, 300), chance.randint(330, 350)
    canvas.rounded_rectangle([x, y, x + 260, y + 110], 22, fill=(160, 164, 170))
    canvas.rectangle([x + 62, y + 52, x + 198, y + 96], fill=(24, 70, 190))
    canvas.text(
        (x + 70, y + 57), f"D {chance.choice('EFGH')}{chance.randint(10000, 99999)}",
        fill="white", font_size=30, stroke_width=1,
    )  # fmt: skip
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=84)
    buffer.seek(0)
    return buffer
