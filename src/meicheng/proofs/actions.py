"""What is done about photographs: note a use, ask, answer, hide or show a part in public."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.engine.provenance.hiding import Box
from meicheng.ledger.events import next_event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import NotAllowed, allow, may

from . import public
from .asking import doubts_about
from .models import PublicPicture, Question, Use


class BadAnswer(ValueError):
    """An answer or a change that is not taken; the message says why."""


@transaction.atomic
def note_use(use: Use, *, at: datetime | None = None) -> Use:
    """Note that a photograph was used, once, and ask what should be asked about it.

    `use` is not yet in the database; the one that is there already is returned instead. `at` is
    when it is asked, by default now.
    """
    there = Use.objects.filter(file=use.file, about=use.about, moment=use.moment).first()
    if there is not None:
        return there
    use.save()
    at = at or timezone.now()
    for doubt in doubts_about(use):
        question = Question.objects.create(
            use=use,
            kind=doubt.kind,
            other=doubt.other,
            metres=doubt.metres,
            hours=doubt.hours,
            agree=doubt.agree,
            asked_at=at,
        )
        next_event(
            question,
            "photo_questioned",
            by=None,
            at=at,
            kind=doubt.kind,
            photo=use.file.sha256,
            about=use.about,
            other=doubt.other.about if doubt.other else "",
            metres=doubt.metres,
            hours=doubt.hours,
        )
        question.save(update_fields=["events_count", "head_hash"])
    return use


@transaction.atomic
def answer_question(
    question: Question, *, by: User, fine: bool, remark: str, at: datetime | None = None
) -> Question:
    """Say of a question why the photograph is fine, or why it is not accepted.

    A photograph that is not accepted changes nothing by itself: whoever answered sends the case
    back by its normal step. Raises `NotAllowed` or `BadAnswer`.
    """
    Question.objects.select_for_update(of=("self",)).only("pk").get(pk=question.pk)
    question = Question.objects.select_related("use__division", "use__unit").get(pk=question.pk)
    allow(by, "proofs.answer", division=question.use.division)
    if not remark.strip():
        raise BadAnswer(_("Say why: an answer needs a reason"))
    if question.state != Question.State.OPEN:
        raise BadAnswer(
            _("%(who)s answered this already: %(state)s")
            % {"who": question.answered_by, "state": question.get_state_display()}
        )
    at = at or timezone.now()
    question.state = Question.State.FINE if fine else Question.State.REFUSED
    question.answered_by, question.answered_at = by, at
    question.remark = remark.strip()[:500]
    verb = "photo_accepted" if fine else "photo_refused"
    next_event(question, verb, by=by, at=at, remark=question.remark, about=question.use.about)
    question.save()
    return question


@transaction.atomic
def hide_part(picture: PublicPicture, box: Box, *, by: User, reason: str) -> PublicPicture:
    """Hide one more part of a picture in public. Raises `NotAllowed` or `BadAnswer`."""
    if not (0 <= box.left < 1 and 0 <= box.top < 1 and 0 < box.width <= 1 and 0 < box.height <= 1):
        raise BadAnswer(_("The part lies outside the picture; give percentages from 0 to 100"))
    return _change(picture, by, reason, "picture_hidden", add=box)


@transaction.atomic
def show_part(picture: PublicPicture, place: int, *, by: User, reason: str) -> PublicPicture:
    """Show a hidden part again, which is neither face nor plate. Raises as `hide_part`."""
    return _change(picture, by, reason, "picture_shown", remove=place)


@transaction.atomic
def release(picture: PublicPicture, *, by: User, at: datetime | None = None) -> PublicPicture:
    """Say that everything in a picture that must be hidden is: from now on it is public.

    Raises `NotAllowed` or `BadAnswer`.
    """
    PublicPicture.objects.select_for_update(of=("self",)).only("pk").get(pk=picture.pk)
    picture = PublicPicture.objects.select_related("file").get(pk=picture.pk)
    if not may_change(by, picture):
        raise NotAllowed(_("You may not change what is hidden in this picture"))
    if picture.state not in {PublicPicture.State.MADE, PublicPicture.State.READY}:
        raise BadAnswer(_("Hide by hand what must not be seen; then it can be released"))
    if picture.state == PublicPicture.State.MADE:
        picture.state = PublicPicture.State.READY
        at, sha256 = at or timezone.now(), picture.file.sha256
        next_event(picture, "picture_released", by=by, at=at, photo=sha256, boxes=picture.boxes)
        picture.save()
    return picture


def may_change(user: User, picture: PublicPicture) -> bool:
    """Whether somebody may change what of a picture is hidden, at one of the places of its use."""
    uses = Use.objects.filter(file=picture.file).select_related("division")
    return any(may(user, "proofs.hide", division=use.division) for use in uses)


def _change(
    picture: PublicPicture,
    by: User,
    reason: str,
    verb: str,
    *,
    add: Box | None = None,
    remove: int | None = None,
) -> PublicPicture:
    PublicPicture.objects.select_for_update(of=("self",)).only("pk").get(pk=picture.pk)
    picture = PublicPicture.objects.select_related("file").get(pk=picture.pk)
    if not may_change(by, picture):
        raise NotAllowed(_("You may not change what is hidden in this picture"))
    if not reason.strip():
        raise BadAnswer(_("Say why: a change of what is hidden needs a reason"))
    boxes: list[dict[str, Any]] = list(picture.boxes)
    if add is not None:
        what = {"left": add.left, "top": add.top, "width": add.width, "height": add.height}
        changed = {**{key: round(value, 4) for key, value in what.items()}, "what": "hand"}
        boxes.append(changed)
    elif remove is not None and 0 <= remove < len(boxes):
        changed = boxes.pop(remove)
    else:
        raise BadAnswer(_("This part is not hidden any more; look again"))
    picture.boxes = boxes
    public.write(picture)
    if picture.state == PublicPicture.State.FAILED:
        picture.state, picture.fault = PublicPicture.State.MADE, ""
    at = timezone.now()
    picture.made_at = at
    next_event(
        picture, verb, by=by, at=at, remark=reason.strip()[:500], box=changed,
        photo=picture.file.sha256,
    )  # fmt: skip
    picture.save()
    return picture
