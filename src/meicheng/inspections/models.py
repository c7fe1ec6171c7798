"""Visits to sites, whose answers are observations in the ledger, and rounds that ask for them."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.places.models import Division, Site
from meicheng.standards.models import Item


class Visit(models.Model):
    """Somebody looked at a site on a day (巡查); answers carry the origin `visit:ID`."""

    class Reason(models.TextChoices):
        SAMPLE = "sample", _("Drawn by a plan")
        ROUTINE = "routine", _("Routine")
        COMPLAINT = "complaint", _("After a complaint")
        DRY_RUN = "dry_run", _("Mock assessment")
        LOOK_ALIKE = "look_alike", _("Look-alikes")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="visits")
    visited_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    by_name = models.CharField(max_length=120, blank=True, default="")
    reason = models.CharField(max_length=10, choices=Reason.choices, default=Reason.SAMPLE)
    weight = models.FloatField(default=1)
    passed = models.PositiveSmallIntegerField(default=0)
    failed = models.PositiveSmallIntegerField(default=0)
    not_applicable = models.PositiveSmallIntegerField(default=0)
    remark = models.CharField(max_length=500, blank=True, default="")
    external_number = models.CharField(max_length=80, null=True, blank=True, unique=True)

    class Meta:
        ordering = ["-visited_at", "-pk"]
        indexes = [models.Index(fields=["-visited_at", "-id"], name="visit_visited")]

    def __str__(self) -> str:
        return f"{self.site} {self.visited_at:%Y-%m-%d}"

    @property
    def origin(self) -> str:
        """How its answers name it in the ledger."""
        return f"visit:{self.pk}"


class Round(models.Model):
    """Sites that somebody asks to have visited by a day (巡查任务).

    A round after a failure names the `item` to look for; the sites of a mock assessment are drawn,
    and `drawn` keeps what is needed to draw them again: the seed, how many of each kind, and how
    many there were.
    """

    REASONS = (Visit.Reason.DRY_RUN, Visit.Reason.LOOK_ALIKE, Visit.Reason.ROUTINE)

    code = models.CharField(max_length=40, unique=True)  # XC-2026-0012
    title = models.CharField(max_length=120)
    reason = models.CharField(max_length=10, choices=[(one.value, one.label) for one in REASONS])
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(
        Item, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    due = models.DateField()
    drawn = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    # Whoever asks for the same thing twice gets the same round.
    key = models.CharField(max_length=120, unique=True)

    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["-made_at", "-id"], name="round_made")]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"round:{self.pk}"

    def is_overdue(self, today: date) -> bool:
        """Whether its last day has passed in the city."""
        return self.due < today


class Stop(models.Model):
    """One site of a round, and the visit that was made to it."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="stops")
    position = models.PositiveIntegerField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="stops")
    chance = models.FloatField(null=True, blank=True)  # foretold that its item fails here
    visit = models.OneToOneField(
        Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="stop"
    )

    class Meta:
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "site"], name="stop_site_once"),
            models.UniqueConstraint(fields=["round", "position"], name="stop_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.site}"

    @property
    def percent(self) -> int | None:
        """The chance in whole per cent."""
        return None if self.chance is None else round(100 * self.chance)
