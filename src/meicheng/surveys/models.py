"""Questionnaires (问卷), waves of asking by sample, invitations, and answers without a name."""

from __future__ import annotations

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from meicheng.places.models import Division, Site


class Questionnaire(models.Model):
    """What is asked, as data in the shape of an XLSForm; never changed once it is being asked."""

    code = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120, blank=True, default="")
    document = models.JSONField()  # settings, survey, choices: see `reading.read_form`
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="questionnaire_version")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """Its title in the reader's language."""
        english = (get_language() or "").startswith("en") and self.title_en
        return self.title_en if english else self.title_zh


class Wave(models.Model):
    """One time that a questionnaire is asked of people who were drawn (调查批次).

    `frame` says who could be drawn and `seed` which lot was thrown, so that anybody can draw
    again. `results` is made once, when the wave closes, of nothing but the answers.
    """

    class Audience(models.TextChoices):
        HOUSEHOLDS = "households", _("Households")
        VENUES = "venues", _("Venues")
        VISITORS = "visitors", _("Visitors")
        PANEL = "panel", _("Panel")

    class Level(models.TextChoices):
        DISTRICT = "district", _("District")
        SUBDISTRICT = "subdistrict", _("Subdistrict")
        COMMUNITY = "community", _("Community")

    code = models.CharField(max_length=40, unique=True)  # DC-2026-0001
    title = models.CharField(max_length=120)
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="waves")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField(max_length=10, choices=Audience.choices)
    level = models.CharField(max_length=12, choices=Level.choices)  # of the strata
    opens = models.DateField()
    closes = models.DateField()  # the last day on which answers are taken
    asked = models.PositiveIntegerField()  # how many were wanted
    clusters = models.PositiveSmallIntegerField(default=0)  # cells drawn first; 0 for all
    cells_there = models.JSONField(default=dict)  # how many cells each stratum has
    margins = models.JSONField(default=dict)  # question: {answer: share that is known}
    seed = models.CharField(max_length=32)
    frame = models.JSONField(default=list)  # [cell, stratum, how many or codes]
    frame_hash = models.CharField(max_length=32)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    results = models.JSONField(null=True, blank=True)
    # Whoever sends the same form twice makes one.
    key = models.CharField(max_length=120, unique=True)

    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-opens", "-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"survey:{self.pk}"

    @property
    def origin(self) -> str:
        """How its answers name it in the ledger."""
        return f"survey:{self.pk}"

    def state(self, today: date) -> str:
        """ "planned", "open" (answers are taken), "ended" (to be closed) or "closed"."""
        if self.closed_at is not None:
            return "closed"
        if today < self.opens:
            return "planned"
        return "open" if today <= self.closes else "ended"


class Cell(models.Model):
    """Who is asked together: a community's households, a stratum's venues, one site's visitors.

    It counts how many answered, and knows of nobody whether she did.
    """

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="cells")
    code = models.CharField(max_length=80)  # LC0101/household, LC/bank-hall; a site's of visitors
    stratum = models.CharField(max_length=80)  # LC/household
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    population = models.PositiveIntegerField()  # how many could be drawn here
    drawn = models.JSONField()  # numbers on the list, or codes of sites or of a panel
    asked = models.PositiveIntegerField()  # how many were drawn
    chance = models.FloatField()  # that each of them had to be drawn
    given_out = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    not_reached = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["wave", "code"]
        constraints = [models.UniqueConstraint(fields=["wave", "code"], name="cell_of_wave")]

    def __str__(self) -> str:
        return self.code


class Ticket(models.Model):
    """An invitation that nobody has answered yet: only the hash of its code, and whose is unknown.

    Answering deletes it. A draft is sealed with the code itself, which is kept nowhere.
    """

    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="tickets")
    digest = models.CharField(max_length=64, unique=True)
    interview = models.BooleanField(default=False)
    draft = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.digest[:8]


class Answer(models.Model):
    """One filled-in questionnaire: no time, no invitation, no person; its key is drawn by chance."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="answers")
    interview = models.BooleanField(default=False)
    said = models.JSONField()
    weight = models.FloatField(null=True, blank=True)  # once the wave is closed

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.id)[:8]
