"""The bulletin's part on commitments: what was kept or broken in the month, and what is behind."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meicheng.appraisal.months import bounds, last_day
from meicheng.commitments.models import Commitment
from meicheng.commitments.queries import Line, running_on, stated_between
from meicheng.commitments.telling import figure_of, shown, tracked_by
from meicheng.places.time import city_day

from .facts import Figure, Figures, Section, Sentence

MOST = 8  # named; more are counted


def promises(figures: Figures, month: int, now: datetime) -> list[Section]:
    """The section of a month, none where there are no commitments (4 SQL statements)."""
    first, last = bounds(month)[0].date(), last_day(month)
    stated = stated_between(first, last)
    day = min(last, city_day(now) - timedelta(days=1))
    running = [line for line in running_on(day) if line.promise not in stated]
    if not stated and not running:
        return []
    sentences = [_stated(figures, one) for one in stated[:MOST]]
    behind = [line for line in running if line.standing.state == "behind"]
    on_track = sum(line.standing.state == "on_track" for line in running)
    if running:
        here = reverse("commitments:commitments")
        add = figures.add
        words = _("{running} commitments are running: {on_track} on track, {behind} behind.")
        if on_track + len(behind) < len(running):
            words = _(
                "{running} commitments are running: {on_track} on track, {behind} behind; "
                "of the others it cannot be told."
            )
        sentences.append(
            Sentence(
                words,
                {
                    "running": add(
                        f"{len(running):,}",
                        how=_("Commitments whose date is to come, at the end of %(day)s")
                        % {"day": date_format(day, "DATE_FORMAT")},
                        href=here,
                    ),
                    "on_track": add(
                        f"{on_track:,}",
                        how=_("Their last value is as good as the straight path asks for"),
                        href=here,
                    ),
                    "behind": add(
                        f"{len(behind):,}",
                        how=_("Their last value falls short of it by more than chance"),
                        href=here,
                    ),
                },
            )
        )
    sentences += [_behind(figures, line) for line in behind[:MOST]]
    return [Section(heading=_("Commitments"), sentences=sentences)]


def _stated(figures: Figures, one: Commitment) -> Sentence:
    words = {
        "kept": _("{who} kept “{words}”: {value}, promised was {figure}."),
        "broken": _("{who} did not keep “{words}”: {value}, promised was {figure}."),
    }
    untold = _("Whether {who} kept “{words}” cannot be told: {value}, promised was {figure}.")
    read = one.stated_from
    value = _value(figures, one, None if read is None else read.value)
    return Sentence(
        words.get(one.outcome, untold),
        {"who": one.promised_by, "words": one.words, "value": value, "figure": figure_of(one)},
    )


def _behind(figures: Figures, line: Line) -> Sentence:
    one = line.promise
    return Sentence(
        _("{who} is behind with “{words}”: {value}, promised is {figure} by {day}."),
        {
            "who": one.promised_by,
            "words": one.words,
            "value": _value(figures, one, line.value),
            "figure": figure_of(one),
            "day": date_format(one.due, "DATE_FORMAT"),
        },
    )


def _value(figures: Figures, one: Commitment, value: float | None) -> Figure:
    href = reverse("commitments:commitment", args=[one.code])
    return figures.add(shown(one, value), how=tracked_by(one), href=href)
