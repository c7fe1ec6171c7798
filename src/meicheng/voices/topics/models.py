"""What reading all reports together found: names of places, hot topics, bursts, words to find by."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from django.db import models

from meicheng.engine.text.topics import Heat
from meicheng.organisation.models import Unit
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind

from ..models import Report


class PlaceName(models.Model):
    """A name of a place that was learned from reports; the city's own divisions and streets aside."""

    name = models.CharField(max_length=40, unique=True)
    texts = models.PositiveIntegerField()  # that held it when it was last seen
    first_on = models.DateField()
    last_on = models.DateField()

    class Meta:
        ordering = ["-texts", "name"]

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    """What several reports tell of (热点问题): found by the machine anew each day, under the same
    number as long as half of its reports stay together."""

    place = models.CharField(max_length=80, blank=True, default="")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    concerned = models.CharField(max_length=40, blank=True, default="")
    what = models.CharField(max_length=80)
    words = models.JSONField(default=list)
    kind = models.ForeignKey(
        CaseKind, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reports_count = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    hottest_on = models.DateField()
    peak = models.FloatField()
    # The heat on `day` and its parts; see `engine.text.topics.heat`.
    day = models.DateField()
    heat = models.FloatField()
    messages = models.FloatField()
    votes = models.FloatField()
    against = models.FloatField()
    answered = models.FloatField()

    class Meta:
        ordering = ["-heat", "pk"]
        indexes = [models.Index(fields=["-heat", "id"], name="topic_heat")]

    def __str__(self) -> str:
        return self.what

    @property
    def parts(self) -> Heat:
        """The heat with its parts."""
        return Heat(self.messages, self.votes, self.against, self.answered)

    @property
    def days(self) -> int:
        """From the first report to the last, both counted."""
        first: date = self.first_at.date()
        return (self.last_at.date() - first).days + 1


class TopicReport(models.Model):
    """That a report tells of a topic; of one at most."""

    report = models.OneToOneField(
        Report, primary_key=True, on_delete=models.CASCADE, related_name="in_topic"
    )
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="reports")

    def __str__(self) -> str:
        return f"{self.report_id}: {self.topic_id}"


class Burst(models.Model):
    """More reports of a kind in a district within a week than chance and season explain (突增)."""

    kind = models.ForeignKey(CaseKind, on_delete=models.PROTECT, related_name="+", db_index=False)
    district = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField(db_index=True)  # the last of the seven days
    count = models.PositiveIntegerField()
    expected = models.FloatField()
    bound = models.PositiveIntegerField()  # above which chance and season do not explain it

    class Meta:
        ordering = ["-day", "-count", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "district", "day"], name="burst_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind_id} {self.district_id} {self.day}"

    @property
    def begins(self) -> date:
        """The first of the seven days."""
        return self.day - timedelta(days=6)

    @property
    def query(self) -> str:
        """What narrows the list of cases to those that rose."""
        asked = {"group": "all", "kind": self.kind_id, "division": self.district.code}
        return urlencode({**asked, "since": self.begins, "until": self.day})
