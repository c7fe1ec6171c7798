"""Places at which the same problem comes back again and again, each with an owner and a plan."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.cases.models import Case
from meicheng.organisation.models import Unit
from meicheng.places.models import Division, Site
from meicheng.standards.models import CaseKind

from .rules import rules


class ChronicPlace(models.Model):
    """A place with the same kind of problem three times within 180 days (老大难).

    Its owner is a unit and a post in it. It is watched from the day on which its last case was
    closed, and struck off by another person than who planned.
    """

    class State(models.TextChoices):
        MARKED = "marked", _("Waits for a plan")
        PLANNED = "planned", _("Plan at work")
        STRUCK = "struck", _("Struck off")

    code = models.CharField(max_length=40, unique=True)  # LDN-2026-0003
    kind = models.ForeignKey(CaseKind, on_delete=models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="chronic_places"
    )
    address = models.CharField(max_length=300, blank=True, default="")
    longitude = models.FloatField()
    latitude = models.FloatField()
    cell = models.BigIntegerField()  # H3, resolution 9
    cases = models.ManyToManyField(Case, related_name="chronic_places")
    state = models.CharField(max_length=8, choices=State.choices, default=State.MARKED)
    marked_at = models.DateTimeField()
    # The day on which the last of its cases was closed; none while one is open.
    quiet_since = models.DateField(null=True, blank=True)

    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="chronic_places"
    )
    post = models.CharField(max_length=60, blank=True, default="")
    cause = models.CharField(max_length=1000, blank=True, default="")
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    struck_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    struck_at = models.DateTimeField(null=True, blank=True)
    struck_remark = models.CharField(max_length=500, blank=True, default="")

    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-marked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["cell", "kind"],
                name="chronic_cell",
                condition=~models.Q(state="struck"),
            ),
            models.Index(fields=["state", "-marked_at"], name="chronic_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(struck_by=models.F("planned_by")),
                name="chronic_struck_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(state="struck", struck_by__isnull=False)
                | (~models.Q(state="struck") & models.Q(struck_by__isnull=True)),
                name="chronic_struck_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(state="marked") | models.Q(planned_by__isnull=False),
                name="chronic_planned_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"chronic:{self.pk}"

    @property
    def watched_until(self) -> date | None:
        """The day on which the watch ends if nothing comes back; None while a case is open."""
        if self.quiet_since is None:
            return None
        return self.quiet_since + timedelta(days=rules().watch_days)


class Measure(models.Model):
    """One thing that is to be done at a chronic place, and by when."""

    place = models.ForeignKey(ChronicPlace, on_delete=models.CASCADE, related_name="measures")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    due = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    remark = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["place", "position"]
        constraints = [
            models.UniqueConstraint(fields=["place", "position"], name="measure_position"),
        ]

    def __str__(self) -> str:
        return self.text

    def is_late(self, today: date) -> bool:
        """Whether its day has passed and it is not done."""
        return self.done_at is None and self.due < today
