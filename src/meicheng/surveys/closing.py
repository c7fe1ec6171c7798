"""Closing a wave: weights for its answers, observations for the standards, and its results."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, time
from hashlib import sha256

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.engine.planning.drawing import lot
from meicheng.engine.surveys.weights import (
    Class,
    Margin,
    Raked,
    rake,
    response_factors,
)
from meicheng.ledger.actions import new_observation, observe_many
from meicheng.ledger.events import next_event
from meicheng.ledger.frozen import Frozen
from meicheng.ledger.models import Observation
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.standards.models import Item

from .models import Answer, Cell, Ticket, Wave
from .questions import Form, Question
from .reading import read_form
from .results import results_of

MOST_ADULTS = 4  # of a household whose one answer stands for all of them


class CannotClose(ValueError):
    """A wave that cannot be closed now; the message says why."""


@transaction.atomic
def close_wave(actor: User, wave: Wave, *, at: datetime | None = None) -> Wave:
    """End a wave: no more answers, weights, observations for the survey criteria, results.

    Unused invitations are void. What is computed is computed once and stays; the event carries the
    hash of all answers. Raises `NotAllowed` and `CannotClose`; then nothing has changed.
    """
    wave = Wave.objects.select_for_update().get(pk=wave.pk)
    allow(actor, "surveys.make", division=wave.division)
    if wave.closed_at is not None:
        raise CannotClose(_("This wave is closed already"))
    at = at or timezone.now()
    last = timezone.make_aware(datetime.combine(wave.closes, time(12)))
    observed_at = min(at, last)
    shut = Frozen.now().over(observed_at, wave.division)
    if shut is not None:
        raise CannotClose(_("The month of this wave %(why)s") % {"why": shut.refusal})
    # Whoever is answering at this moment comes before or not at all: cells are held.
    cells = list(
        Cell.objects.select_for_update(of=("self",)).filter(wave=wave).select_related("division")
        .defer("division__outline").order_by("code")
    )  # fmt: skip
    form = read_form(wave.questionnaire.document)
    answers = list(Answer.objects.filter(cell__wave=wave).order_by("id"))
    raked = weigh(wave, form, cells, answers)
    Answer.objects.bulk_update(answers, ["weight"], batch_size=500)
    written = _observe(wave, form, cells, answers, observed_at)
    wave.results = results_of(wave, form, cells, answers, raked)
    wave.closed_at = at
    Ticket.objects.filter(cell__wave=wave).delete()
    said = json.dumps(
        [[str(one.id), one.cell_id, one.said, one.weight] for one in answers], sort_keys=True
    )
    counts = {one.code: one.answered for one in cells if one.answered}
    next_event(
        wave, "survey_closed", by=actor, at=at, answers=len(answers), of=sum(c.asked for c in cells),
        by_cell=counts, observations=written, hash=sha256(said.encode()).hexdigest(),
    )  # fmt: skip
    wave.save()
    return wave


def weigh(wave: Wave, form: Form, cells: Sequence[Cell], answers: Sequence[Answer]) -> Raked | None:
    """Give every answer its weight: 1 / chance × adults × non-response, raked to the margins.

    None where nobody answered.
    """
    if not answers:
        return None
    by_pk = {one.pk: one for one in cells}
    answered: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for answer in answers:
        cell = by_pk[answer.cell_id]
        answered[cell.stratum] += 1 / cell.chance  # type: ignore[assignment]
        counted[cell.stratum] += 1
    drawn: dict[str, float] = defaultdict(float)
    for cell in cells:
        drawn[cell.stratum] += cell.asked / cell.chance
    factors = response_factors(
        [Class(name, drawn[name], answered[name], counted[name]) for name in sorted(drawn)]
    )
    weights = []
    for answer in answers:
        cell = by_pk[answer.cell_id]
        adults = min(MOST_ADULTS, answer.said.get(form.within, 1)) if form.within else 1
        weights.append(max(1, adults) * factors[cell.stratum] / cell.chance)
    margins = [
        Margin(name, [answer.said.get(name) for answer in answers], shares)
        for name, shares in wave.margins.items()
    ]
    raked = rake(weights, margins)
    for answer, weight in zip(answers, raked.weights, strict=True):
        answer.weight = round(float(weight), 6)
    return raked


def _observe(
    wave: Wave,
    form: Form,
    cells: Sequence[Cell],
    answers: Sequence[Answer],
    at: datetime,
) -> int:
    """Write an observation for each answer that an item of the standards asks for; how many.

    Several questions for one item share the weight of an answer. They lie in the stratum's
    division: a community's few answers are nobody's to read.
    """
    feeding: dict[str, list[Question]] = defaultdict(list)
    for question in form.questions:
        for code in question.items:
            feeding[code].append(question)
    items = {one.code: one for one in Item.objects.filter(code__in=feeding, active=True)}
    codes = {one.stratum.split("/")[0] for one in cells}
    divisions = {one.code: one for one in Division.objects.filter(code__in=codes).defer("outline")}
    stratum = {one.pk: one.stratum.split("/")[0] for one in cells}
    written: list[Observation] = []
    for code, item in items.items():
        # Each item in another order, so that nothing shows which answers were one person's.
        for answer in sorted(answers, key=lambda one: lot(str(one.id), code)):
            given = [one for one in feeding[code] if one.name in answer.said]
            for question in given:
                written.append(
                    new_observation(
                        item=item,
                        division=divisions[stratum[answer.cell_id]],
                        observed_at=at,
                        value=question.code_of(answer.said[question.name])[:40],
                        weight=(answer.weight or 0) / len(given),
                        source=wave.title[:120],
                        origin=wave.origin,
                    )
                )
    observe_many(written)
    return len(written)
