"""Campaigns: what is put right everywhere in an area within some weeks, and what became of it."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.lists.models import ProblemList
from meicheng.organisation.models import Unit
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind, Item


class Campaign(models.Model):
    """A special rectification (专项整治): of which problems, where, in which phases, by whom."""

    code = models.CharField(max_length=40, unique=True)  # ZX-2026-0003
    title = models.CharField(max_length=120)
    purpose = models.CharField(max_length=1000, blank=True, default="")
    lead = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="campaigns")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    areas = models.ManyToManyField(Division, related_name="campaigns")
    kinds = models.ManyToManyField(CaseKind, related_name="campaigns", blank=True)
    items = models.ManyToManyField(Item, related_name="campaigns", blank=True)
    # Whom its areas are compared with; nobody chosen is whoever is most alike.
    beside = models.ManyToManyField(Division, related_name="+", blank=True)
    lists = models.ManyToManyField(ProblemList, related_name="campaigns", blank=True)
    counted = models.JSONField(default=list, blank=True)  # names of what is counted by hand
    begins = models.DateField()
    acts = models.DateField()  # from when on it should show: the first day of rectification
    ends = models.DateField()  # the last day
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    key = models.CharField(max_length=120, unique=True)

    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-begins", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(acts__gte=models.F("begins"), ends__gte=models.F("acts")),
                name="campaign_days_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"campaign:{self.pk}"

    def runs_on(self, day: date) -> bool:
        """Whether it has begun and not ended."""
        return self.begins <= day <= self.ends


class Phase(models.Model):
    """One part of a campaign."""

    class Name(models.TextChoices):
        PUBLICITY = "publicity", _("Publicity and mobilisation")
        RECTIFICATION = "rectification", _("Rectification")
        CONSOLIDATION = "consolidation", _("Consolidation")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="phases")
    name = models.CharField(max_length=14, choices=Name.choices)
    begins = models.DateField()
    ends = models.DateField()

    class Meta:
        ordering = ["campaign", "begins"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="phase_once"),
            models.CheckConstraint(
                condition=models.Q(ends__gte=models.F("begins")), name="phase_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.get_name_display()


class Target(models.Model):
    """A figure that a campaign sets itself for a day, told by the city's own cases and visits."""

    class Measure(models.TextChoices):
        OPEN = "open", _("Open cases, at most")
        FOUND = "found", _("Cases found in the last seven days, at most")
        ON_TIME = "on_time", _("Closed on time, per cent, at least")
        FAILED = "failed", _("Visits that fail, per cent, at most")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="targets")
    measure = models.CharField(max_length=8, choices=Measure.choices)
    figure = models.FloatField()
    by = models.DateField()

    class Meta:
        ordering = ["campaign", "by", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "measure", "by"], name="target_once"),
            models.CheckConstraint(
                condition=models.Q(figure__gte=0), name="target_figure_not_below_0"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.figure:g} {self.by}"

    @property
    def at_least(self) -> bool:
        """Whether more is better."""
        return self.measure == self.Measure.ON_TIME


class DayCount(models.Model):
    """What was counted by hand on a day: vehicles stopped, leaflets given out; never people."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="day_counts")
    day = models.DateField()
    what = models.CharField(max_length=40)
    count = models.PositiveIntegerField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["campaign", "day", "what"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "day", "what"], name="day_count_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.what} {self.count}"


class RelapseCheck(models.Model):
    """How many of a campaign's places had the same problem again, some days after its end."""

    DAYS = (30, 60, 90)

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="relapse_checks")
    days = models.PositiveSmallIntegerField()
    places = models.PositiveIntegerField()
    back = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["campaign", "days"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "days"], name="relapse_check_once"),
            models.CheckConstraint(
                condition=models.Q(back__lte=models.F("places")), name="relapse_check_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} +{self.days}: {self.back}/{self.places}"
