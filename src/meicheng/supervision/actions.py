"""What people do about supervision: the unit answers, the creation office sets the rules."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.ledger.events import next_event, write_event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow

from .ladder import BadRules, Rung, checked, current_rules, written
from .models import Clock, Rules, Supervision

LONGEST = 500


class Needed(ValueError):
    """Something that the answer needs is missing, or it comes too late; the message says what."""


@transaction.atomic
def answer_supervision(supervision: Supervision, *, by: User, words: str) -> Supervision:
    """Say as the unit what was found and what is done until when (反馈).

    It may be said again until the supervision is lifted; every answer stays in the chain. Raises
    `NotAllowed` and `Needed`.
    """
    clock = Clock.objects.select_for_update(of=("self",)).get(pk=supervision.clock_id)
    supervision = Supervision.objects.select_related("unit__division").get(pk=supervision.pk)
    allow(by, "supervision.answer", unit=supervision.unit)
    if supervision.lifted_at is not None:
        raise Needed(_("The supervision was lifted; nothing is left to answer"))
    words = words.strip()
    if not words:
        raise Needed(_("Say why the case is late, what is being done, and until when"))
    if len(words) > LONGEST:
        raise Needed(_("The answer is longer than %(most)d characters") % {"most": LONGEST})
    at = timezone.now()
    supervision.answer, supervision.answered_at, supervision.answered_by = words, at, by
    supervision.save(update_fields=["answer", "answered_at", "answered_by"])
    next_event(
        clock, "supervision_answered", by=by, at=at, percent=supervision.percent,
        version=supervision.version, answer=words,
    )  # fmt: skip
    clock.save(update_fields=["events_count", "head_hash"])
    return supervision


@transaction.atomic
def set_rules(rungs: Iterable[Rung], *, by: User, seen: int | None = None) -> Rules:
    """Write the rules for clocks that start from now on; those that run keep theirs.

    `seen` is the row that was shown: raises `BadRules` where somebody wrote another since, and for
    rules that make no sense; `NotAllowed`.
    """
    allow(by, "limits.write")
    found = checked(rungs)
    Rules.objects.select_for_update().order_by("pk").first()
    before = current_rules()
    if seen is not None and seen != before.pk:
        raise BadRules(_("Somebody else changed the rules meanwhile: look again, then decide"))
    if before.rungs == written(found):
        return before
    made = Rules.objects.create(rungs=written(found), made_at=timezone.now(), made_by=by)
    write_event(
        "supervision-rules", "rules_set", by=by, data={"rungs": made.rungs, "were": before.rungs}
    )
    return made
