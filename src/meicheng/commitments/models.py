"""Commitments (承诺): what a district or unit promised, by when, and how it stood since."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from meicheng.files.models import StoredFile
from meicheng.lists.models import ProblemList
from meicheng.organisation.models import Unit
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind, CityPlan, Criterion, Framework, Item


class Commitment(models.Model):
    """A promise of a district or unit with a figure and a date, tracked until that day.

    A unit and a post in it stand for the promise; no person is measured.
    """

    class Metric(models.TextChoices):
        ON_TIME = "on_time", _("Cases closed on time, in per cent")
        REDONE = "redone", _("Cases done again, in per cent")
        RELAPSE = "relapse", _("Closed cases that came back, in per cent")
        SATISFIED = "satisfied", _("Citizens satisfied, in per cent")
        OPEN = "open", _("Open cases")
        MARKS = "marks", _("Marks of a standard or a part of it")
        FIGURE = "figure", _("A figure that a standard asks for")
        CHRONIC = "chronic", _("Chronic places struck off, in per cent")
        LIST = "list", _("Problems of a list struck off, in per cent")
        ENTERED = "entered", _("Entered by hand")

    class Direction(models.TextChoices):
        LEAST = "least", _("at least")
        MOST = "most", _("at most")

    class Outcome(models.TextChoices):
        KEPT = "kept", pgettext_lazy("commitment", "Kept")
        BROKEN = "broken", _("Broken")
        UNTOLD = "untold", _("Cannot be told")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    code = models.CharField(max_length=40, unique=True)  # CN-2026-0003
    words = models.CharField(max_length=200)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    # Who promised; without a unit, the government of the division.
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="commitments"
    )
    post = models.CharField(max_length=60)

    metric = models.CharField(max_length=10, choices=Metric.choices)
    kind = models.ForeignKey(
        CaseKind, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    framework = models.ForeignKey(
        Framework, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    part = models.CharField(max_length=80, blank=True, default="")  # a node or criterion of it
    item = models.ForeignKey(
        Item, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    problem_list = models.ForeignKey(
        ProblemList, null=True, blank=True, on_delete=models.PROTECT, related_name="commitments"
    )
    measured_in = models.CharField(max_length=20, blank=True, default="")  # of what is entered
    direction = models.CharField(max_length=5, choices=Direction.choices)
    figure = models.FloatField()
    start = models.DateField()
    due = models.DateField()

    plan = models.ForeignKey(
        CityPlan, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    criterion = models.ForeignKey(
        Criterion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    public = models.BooleanField(default=False)

    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True, default="")
    stated_at = models.DateTimeField(null=True, blank=True)
    # What it was stated from; frozen with it.
    stated_from = models.ForeignKey(
        "Reading", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    # Whoever sends the same form twice promises once.
    key = models.CharField(max_length=120, unique=True)

    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["due", "pk"]
        indexes = [models.Index(fields=["outcome", "due", "id"], name="commitment_due")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(due__gt=models.F("start")), name="commitment_has_time"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", stated_at__isnull=True)
                | (~models.Q(outcome="") & models.Q(stated_at__isnull=False)),
                name="commitment_stated_once",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"commitment:{self.pk}"

    @property
    def half(self) -> date:
        """The day on which half of its time is gone."""
        return self.start + (self.due - self.start) // 2

    @property
    def soon(self) -> date:
        """The day 30 days before its date, or the first if it has less time."""
        return max(self.start, self.due - timedelta(days=30))

    @property
    def promised_by(self) -> str:
        """The unit or place that promised."""
        return self.unit.name if self.unit is not None else self.division.name


class Reading(models.Model):
    """How a promise stood at the end of a day: measured by the system, or entered with a proof.

    What was read is never changed; of several for one day the last holds.
    """

    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="readings")
    day = models.DateField()
    value = models.FloatField(null=True)  # none where nothing could be counted
    low = models.FloatField(null=True)  # 95 % interval, where chance plays a part
    high = models.FloatField(null=True)
    hits = models.PositiveIntegerField(null=True)
    among = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    at = models.DateTimeField()
    proof = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proof_name = models.CharField(max_length=120, blank=True, default="")
    remark = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["commitment", "day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "day"],
                condition=models.Q(by__isnull=True),
                name="reading_measured_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.value}"
