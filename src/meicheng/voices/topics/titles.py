"""The titles of topics, which are one report's words, when those words are taken back or masked."""

from __future__ import annotations

from meicheng.engine.text import mask_personal
from meicheng.engine.text.topics.describing import in_one_line

from ..models import Report
from .models import Topic

LOOKED_AT = 50  # other reports of the topic, the newest


def retitle_topic(report: Report) -> None:
    """Give a report's topic other words for a title where it bears that report's (3 SQL statements)."""
    topic = Topic.objects.filter(reports__report=report).first()
    if topic is None or topic.what != _title([(report.subject, report.body)]):
        return
    others = Report.objects.filter(in_topic__topic=topic).exclude(pk=report.pk)
    said = others.exclude(subject="", body="").values_list("subject", "body")[:LOOKED_AT]
    topic.what = _title(list(said)) or (topic.kind.name_zh if topic.kind else topic.place)
    topic.save(update_fields=["what"])


def mask_topic_title(report: Report) -> None:
    """Mask for good what names anybody in the title of a report's topic (2 SQL statements)."""
    for topic in Topic.objects.filter(reports__report=report):
        masked = mask_personal(topic.what)[:80]
        if masked != topic.what:
            topic.what = masked
            topic.save(update_fields=["what"])


def _title(said: list[tuple[str, str]]) -> str:
    return in_one_line(said, [0.0] * len(said))[:80] if said else ""
