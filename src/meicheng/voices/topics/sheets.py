"""Hot topics and their reports as a workbook."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.engine.text.personal import mask_personal
from meicheng.tables.sheets import Cell, Sheet, workbook

from ..codes import shown
from .models import Topic
from .queries import messages_of


def topics_workbook(topics: Sequence[Topic], asked: Sequence[str]) -> bytes:
    """Topics in this order and their reports, as two tables (1 SQL statement).

    Phone numbers and the like in the words are masked, as in everything that leaves the house.
    """
    order = {one.pk: rank for rank, one in enumerate(topics, 1)}
    rows: list[tuple[Cell, ...]] = [
        (
            order[one.pk], one.pk, round(one.heat, 2), round(one.messages, 2), round(one.votes, 2),
            -round(one.against, 2), -round(one.answered, 2), one.reports_count,
            f"{timezone.localtime(one.first_at):%Y-%m-%d}",
            f"{timezone.localtime(one.last_at):%Y-%m-%d}",
            one.division.name, one.place, one.concerned, mask_personal(one.what),
            one.kind.name if one.kind else "", one.unit.name if one.unit else "",
        )
        for one in topics
    ]  # fmt: skip
    said = sorted(messages_of(topics), key=lambda one: order[one.in_topic.topic_id])
    messages: list[tuple[Cell, ...]] = [
        (
            order[one.in_topic.topic_id], shown(one.code), one.case.number if one.case else "",
            f"{timezone.localtime(one.reported_at):%Y-%m-%d %H:%M}", mask_personal(one.subject),
            mask_personal(one.body), one.division.name, mask_personal(one.address), one.votes,
            one.against, one.get_state_display(),
        )
        for one in said
    ]  # fmt: skip
    return workbook(
        Sheet(_("Hot topics"), asked, [
            (_("Rank"), 7), (_("Topic no."), 9), (_("Heat"), 9), (_("From messages"), 10), (_("From votes"), 10),
            (_("Off for votes against"), 10), (_("Off for answers"), 10), (_("Number of messages"), 9), (_("From"), 12), (_("To"), 12),
            (_("Division"), 14), (_("Place"), 24), (_("Whom it concerns"), 18), (_("What it is about"), 46),
            (_("Kind"), 16), (_("Unit"), 24),
        ], rows),
        Sheet(_("Messages of hot topics"), asked, [
            (_("Rank"), 7), (_("Code"), 16), (_("Case"), 18), (_("Time"), 18), (_("Subject"), 30), (_("Words"), 70),
            (_("Division"), 14), (_("Address"), 26), (_("Votes for"), 9), (_("Votes against"), 9), (_("State"), 12),
        ], messages),
    )  # fmt: skip
