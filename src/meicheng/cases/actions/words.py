"""Words of a case that have to go: withdrawn by whoever said them, or masked when their time is over."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from meicheng.engine.text import mask_personal
from meicheng.ledger.events import next_event

from ..models import Case
from ..text import RELATED, write_texts


@transaction.atomic
def withdraw_words(case: Case, *, words: str) -> bool:
    """Take `words` out of a case's description where that says nothing else; whether it did."""
    case = Case.objects.select_related(*RELATED).select_for_update(of=("self",)).get(pk=case.pk)
    if not words or case.description != words:
        return False
    case.description = ""
    _rewrite(case, "words_withdrawn", ["description"])
    return True


@transaction.atomic
def mask_words(case: Case) -> bool:
    """Mask for good the personal data in the words of a case that has ended; whether there was any."""
    case = Case.objects.select_related(*RELATED).select_for_update(of=("self",)).get(pk=case.pk)
    masked = {
        "description": mask_personal(case.description),
        "address": mask_personal(case.address),
        "outcome": mask_personal(case.outcome, landlines=False),
    }
    changed = [name for name, text in masked.items() if text != getattr(case, name)]
    for name in changed:
        setattr(case, name, masked[name])
    if changed:
        _rewrite(case, "words_masked", changed)
    return bool(changed)


def _rewrite(case: Case, verb: str, fields: list[str]) -> None:
    next_event(case, verb, by=None, at=timezone.now(), fields=fields)
    case.save(update_fields=[*fields, "events_count", "head_hash"])
    write_texts([case])
