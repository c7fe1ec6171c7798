"""Recurring duties (常态长效): work that comes again by the calendar, and each time it came."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meicheng.files.models import StoredFile
from meicheng.organisation.models import Unit
from meicheng.places.models import Division, Site, SiteKind
from meicheng.standards.models import Item


class Routine(models.Model):
    """Something that a unit does again and again at every site of a kind, or for a division.

    What it looks at are items of the standards' bank; its answers are the unit's own look and
    count for no mark.
    """

    class Rhythm(models.TextChoices):
        WORKING = "working", _("Every working day")
        WEEKLY = "weekly", _("Every week")
        DAYS = "days", _("Every so many days")
        MONTHLY = "monthly", _("Every month")

    code = models.CharField(max_length=40, unique=True)  # CT-2026-0003
    title = models.CharField(max_length=120)
    note = models.CharField(max_length=500, blank=True, default="")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="routines")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    # Every active site of this kind in the division; without a kind, the division as a whole.
    site_kind = models.ForeignKey(
        SiteKind, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    items = models.ManyToManyField(Item, blank=True, related_name="+")
    photo = models.BooleanField(default=False)  # whether a photograph is asked for
    rhythm = models.CharField(max_length=8, choices=Rhythm.choices)
    number = models.PositiveSmallIntegerField(default=0)  # see `rhythm.days_of`
    grace = models.PositiveSmallIntegerField(
        default=0
    )  # days after its day on which it still counts
    since = models.DateField()  # from which its rhythm counts
    ends = models.DateField(null=True, blank=True)  # its last day
    made_until = models.DateField()  # the last day whose occurrences are made
    told_until = models.DateField()  # the last day due of which somebody was told what was missed
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    # Whoever sends the same form twice orders once.
    key = models.CharField(max_length=120, unique=True)

    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"routine:{self.pk}"

    @property
    def when(self) -> str:
        """Its rhythm in words."""
        if self.rhythm == self.Rhythm.WEEKLY:
            return gettext("Every %(day)s") % {"day": weekday(self.number)}
        if self.rhythm == self.Rhythm.DAYS:
            return gettext("Every %(count)s days") % {"count": self.number}
        if self.rhythm == self.Rhythm.MONTHLY:
            return gettext("Day %(day)s of every month") % {"day": self.number}
        return str(self.Rhythm.WORKING.label)

    def is_over(self, today: date) -> bool:
        """Whether its last day has passed or is today."""
        return self.ends is not None and self.ends <= today


class Occurrence(models.Model):
    """One time that a routine came at one place: done by its last day, or missed for good."""

    routine = models.ForeignKey(
        Routine, on_delete=models.PROTECT, related_name="occurrences", db_index=False
    )
    day = models.DateField()
    due = models.DateField()  # the last day on which it may be done
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    answers = models.JSONField(default=dict, blank=True)  # code of an item: "yes" or "no"
    remark = models.CharField(max_length=500, blank=True, default="")
    photo = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["due", "pk"]
        indexes = [
            models.Index(fields=["due", "id"], name="occurrence_due"),
            models.Index(fields=["routine", "due"], name="occurrence_routine"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["routine", "day", "site"],
                condition=models.Q(site__isnull=False),
                name="occurrence_once_at_a_site",
            ),
            models.UniqueConstraint(
                fields=["routine", "day"],
                condition=models.Q(site__isnull=True),
                name="occurrence_once",
            ),
            models.CheckConstraint(
                condition=models.Q(done_at__isnull=True, done_by__isnull=True)
                | models.Q(done_at__isnull=False, done_by__isnull=False),
                name="occurrence_done_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.routine_id} {self.day}"

    def state(self, today: date) -> str:
        """ "done", "missed", "due" (may be done now) or "later"."""
        if self.done_at is not None:
            return "done"
        if self.due < today:
            return "missed"
        return "due" if self.day <= today else "later"


def weekday(number: int) -> str:
    """The name of a day of the week; 1 is Monday."""
    names = [gettext("Monday"), gettext("Tuesday"), gettext("Wednesday"), gettext("Thursday"),
             gettext("Friday"), gettext("Saturday"), gettext("Sunday")]  # fmt: skip
    return names[number - 1]
