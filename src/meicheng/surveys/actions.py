"""What the office does: keep a questionnaire, plan a wave of asking."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.ledger.events import next_event, write_event
from meicheng.ledger.frozen import hold_city
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards.models import Item

from .drawing import Asked, BadSample, Sample, draw, stored
from .models import Cell, Questionnaire, Wave
from .questions import Form
from .reading import BadForm, read_form
from .workbooks import plain

LONGEST_DAYS = 120


class BadWave(ValueError):
    """A wave that cannot be planned; the message says why."""


@transaction.atomic
def keep_questionnaire(actor: User, document: Mapping[str, Any]) -> Questionnaire:
    """Keep a questionnaire: the same again is the same, a changed one a new version once asked.

    Until a wave asks it, a version is written over. Raises `NotAllowed`, and `BadForm` with
    everything that is wrong; then nothing has changed.
    """
    allow(actor, "surveys.make")
    kept = plain(document)
    form = read_form(kept)
    unknown = unknown_items(form)
    if unknown:
        raise BadForm(
            [
                _("“%(item)s” is no item of a survey criterion of the standards here")
                % {"item": one}
                for one in unknown
            ]
        )
    hold_city()  # two at once would make the same version
    last = Questionnaire.objects.filter(code=form.code).order_by("-version").first()
    if last is not None and last.document == kept:
        return last
    if last is None or last.waves.exists():
        version = last.version + 1 if last else 1
        last = Questionnaire(code=form.code, version=version)
    last.title_zh, last.title_en = form.title.zh, form.title.en
    last.document = kept
    last.made_by, last.made_at = actor, timezone.now()
    last.save()
    said = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    data = {"code": last.code, "version": last.version, "hash": sha256(said.encode()).hexdigest()}
    write_event("questionnaires", "questionnaire_kept", by=actor, data=data)
    return last


def unknown_items(form: Form) -> list[str]:
    """Codes of items that the form feeds and that no standard here has (1 SQL statement)."""
    wanted = {item for question in form.questions for item in question.items}
    known = Item.objects.filter(code__in=wanted, source=Item.Source.CRITERION)
    return sorted(wanted - set(known.values_list("code", flat=True)))


def plan_wave(
    actor: User,
    *,
    questionnaire: Questionnaire,
    title: str,
    division: Division,
    asked: Asked,
    opens: date,
    closes: date,
    key: str,
    margins: Mapping[str, Mapping[str, float]] | None = None,
) -> Wave:
    """Plan a wave and draw whom to ask, at once and for good.

    The seed is made by the system and stands in the first event with a hash of everybody who could
    be drawn, so that the draw can be made again and no second one passes unseen. margins: for
    questions that answers are weighted by, what is known of all people. The same `key` again gives
    the wave that was planned with it. Raises `NotAllowed` and `BadWave`; then nothing has changed.
    """
    allow(actor, "surveys.make", division=division)
    if not 0 < len(key) <= 100:
        raise BadWave(_("The key of a wave has 1 to 100 characters"))
    own_key = f"{actor.pk}:{key}"
    known = Wave.objects.filter(key=own_key).first()
    if known is not None:
        return known
    at = timezone.now()
    _check(title, division, asked, opens, closes, city_day(at))
    shares = _margins(read_form(questionnaire.document), margins or {})
    try:
        sample = draw(asked)
    except BadSample as problem:
        raise BadWave(str(problem)) from problem
    try:
        with transaction.atomic():
            # Whoever writes the questionnaire over waits, and finds it in use.
            questionnaire = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
            return write_wave(
                actor, sample, asked, at=at, questionnaire=questionnaire, title=title.strip(),
                division=division, opens=opens, closes=closes, margins=shares, key=own_key,
            )  # fmt: skip
    except IntegrityError:  # the same key came twice at once
        return Wave.objects.get(key=own_key)


def write_wave(actor: User, sample: Sample, asked: Asked, *, at: Any, **columns: Any) -> Wave:
    """Write a wave with its cells and its first event; the caller has checked everything."""
    wave = Wave.objects.create(
        code=uuid4().hex,
        audience=asked.audience,
        level=asked.level,
        asked=asked.count,
        clusters=asked.clusters,
        cells_there=sample.cells_there,
        seed=sample.seed,
        frame=stored(sample.frames),
        frame_hash=sample.hash,
        made_by=actor,
        made_at=at,
        **columns,
    )
    wave.code = f"DC-{city_day(at).year}-{wave.pk:04d}"
    cells = []
    for one in sample.cells:
        division, site = sample.places[one.cell]
        numbers = [code.rsplit("/", 1)[1] for code in one.codes if code.startswith(f"{one.cell}/")]
        cells.append(
            Cell(
                wave=wave,
                code=one.cell,
                stratum=one.stratum,
                division=division,
                site=site,
                population=one.of,
                drawn=sorted(map(int, numbers)) if numbers else sorted(one.codes),
                asked=len(one.codes),
                chance=one.chance,
            )
        )
    Cell.objects.bulk_create(cells, batch_size=500)
    next_event(
        wave, "survey_planned", by=actor, at=at,
        title=wave.title, questionnaire=wave.questionnaire.code, version=wave.questionnaire.version,
        audience=str(asked.audience), areas=[one.code for one in asked.areas], asked=asked.count,
        clusters=asked.clusters or None, opens=str(wave.opens), closes=str(wave.closes),
        seed=sample.seed, frame=sample.hash, margins=wave.margins or None,
    )  # fmt: skip
    wave.save(update_fields=["code", "events_count", "head_hash"])
    return wave


def _check(
    title: str, division: Division, asked: Asked, opens: date, closes: date, today: date
) -> None:
    if not 0 < len(title.strip()) <= 120:
        raise BadWave(_("A title has 1 to 120 characters"))
    if opens < today or not opens <= closes or (closes - opens).days > LONGEST_DAYS:
        raise BadWave(
            _("It begins today or later, and lasts at most %(most)d days") % {"most": LONGEST_DAYS}
        )
    if asked.audience not in Wave.Audience.values or asked.level not in Wave.Level.values:
        raise BadWave(_("Choose who is asked, and the strata"))
    if asked.audience in {"venues", "visitors"} and not asked.site_kinds:
        raise BadWave(_("Choose kinds of sites"))
    outside = next((a for a in asked.areas if not a.path.startswith(division.path)), None)
    if outside is not None or not asked.areas:
        raise BadWave(_("Choose areas in %(division)s") % {"division": division.name})


def _margins(form: Form, given: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Shares by question and answer that add up to 1. Raises `BadWave`."""
    found = {}
    for name, parts in given.items():
        question = form.question(name)
        if question is None or not question.margin:
            raise BadWave(_("“%(name)s” is no question to weight by") % {"name": name[:40]})
        names = {one.name for one in question.choices}
        if set(parts) != names or any(share < 0 for share in parts.values()):
            raise BadWave(_("%(question)s: enter a share for every answer, or for none")
                          % {"question": question.label})  # fmt: skip
        total = sum(parts.values())
        if abs(total - 100) > 0.5 and abs(total - 1) > 0.005:
            raise BadWave(
                _("%(question)s: the shares add up to %(total)s; expected 100")
                % {"question": question.label, "total": f"{total:g}"}
            )
        found[name] = {one: share / total for one, share in parts.items()}
    return found
