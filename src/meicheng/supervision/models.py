"""Clocks of cases, and what was passed on them: warnings, supervision, cards."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.cases.models import Case
from meicheng.organisation.models import Membership, Unit
from meicheng.places.models import Division

COLOURS = [("yellow", _("Yellow")), ("orange", _("Orange")), ("red", _("Red"))]
CARDS = [("yellow", _("Yellow card")), ("red", _("Red card"))]


class Rules(models.Model):
    """When people are warned, who supervises when, and which cards follow; the last row holds.

    A clock goes by the rules that held when it started.
    """

    # [{"percent": 80, "colour": "orange"}, {"percent": 200, "to": "unit-lead", "card": ""}, …]
    rungs = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "rules"

    def __str__(self) -> str:
        return f"{self.pk}"


class Clock(models.Model):
    """The clock of one case: since when, until when, and what is passed next.

    A new `version` begins when the case is dispatched anew or its limit is extended: then
    everything can be passed again. A pause moves what is still to come and nothing else.
    """

    case = models.OneToOneField(
        Case, on_delete=models.CASCADE, primary_key=True, related_name="clock"
    )
    version = models.PositiveSmallIntegerField(default=0)
    rules = models.ForeignKey(Rules, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    district = models.ForeignKey(
        Division, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    limit = models.CharField(max_length=8, default="")
    length = models.DurationField(default=timedelta)  # of the whole, in the limit's own time
    reached = models.PositiveSmallIntegerField(default=0)  # the last percent that was passed
    next_at = models.DateTimeField(null=True)  # when the next is passed; empty while it stands
    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"], name="clock_next", condition=models.Q(next_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"clock:{self.pk}"


class TimeWarning(models.Model):
    """A share of the limit was used and the work was not reported done (预警)."""

    clock = models.ForeignKey(
        Clock, on_delete=models.CASCADE, related_name="warnings", db_index=False
    )
    version = models.PositiveSmallIntegerField()
    percent = models.PositiveSmallIntegerField()
    colour = models.CharField(max_length=8, choices=COLOURS)
    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    passed_at = models.DateTimeField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["passed_at", "percent"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "version", "percent"], name="time_warning_once"
            )
        ]
        indexes = [models.Index(fields=["unit", "passed_at"], name="time_warning_unit")]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.percent} %"


class Supervision(models.Model):
    """A case so late that a superior looks at it (督办), with the card that its unit is given.

    The unit answers in words; it is lifted when the case is done, or leaves the unit.
    """

    class To(models.TextChoices):
        UNIT_LEAD = Membership.Role.UNIT_LEAD.value, _("Unit lead")
        DISTRICT_LEAD = Membership.Role.DISTRICT_LEAD.value, _("District lead")
        CITY_LEAD = Membership.Role.CITY_LEAD.value, _("City lead")

    clock = models.ForeignKey(
        Clock, on_delete=models.CASCADE, related_name="supervisions", db_index=False
    )
    version = models.PositiveSmallIntegerField()
    percent = models.PositiveSmallIntegerField()
    to = models.CharField(max_length=20, choices=To.choices)
    card = models.CharField(max_length=8, choices=CARDS, blank=True, default="")
    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="supervisions", db_index=False
    )
    district = models.ForeignKey(
        Division, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    passed_at = models.DateTimeField()
    written_at = models.DateTimeField()
    answer = models.CharField(max_length=500, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-percent", "passed_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["clock", "version", "percent"], name="supervision_once")
        ]
        indexes = [
            models.Index(
                fields=["unit", "passed_at"],
                name="supervision_now",
                condition=models.Q(lifted_at__isnull=True),
            ),
            models.Index(
                fields=["passed_at"], name="supervision_cards", condition=~models.Q(card="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.percent} %"

    @property
    def overdue_times(self) -> float:
        """How many times its limit the case was overdue when this came: 1, 2, 3."""
        return (self.percent - 100) / 100
