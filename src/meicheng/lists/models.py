"""Problem lists: every problem with its unit and deadline, struck off one by one."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.cases.models import Case
from meicheng.files.models import StoredFile
from meicheng.organisation.models import Unit
from meicheng.places.models import Division, Site
from meicheng.standards.models import Framework


class ProblemList(models.Model):
    """Problems that were put on one list to be solved and struck off (问题清单)."""

    class Source(models.TextChoices):
        MOCK = "mock", _("Mock assessment")
        STEPS = "next_steps", _("Next steps")
        CAMPAIGN = "campaign", _("Campaign")
        WALK = "walk", _("Leader's walk")
        SPREADSHEET = "spreadsheet", _("Spreadsheet")
        INSPECTION = "inspection", _("Inspection")

    code = models.CharField(max_length=40, unique=True)  # QD-2026-0012
    title = models.CharField(max_length=120)
    source = models.CharField(max_length=12, choices=Source.choices)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    framework = models.ForeignKey(
        Framework, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    period = models.CharField(max_length=30, blank=True, default="")
    note = models.CharField(max_length=1000, blank=True, default="")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    # Whoever hands the same thing on twice gets the same list.
    key = models.CharField(max_length=120, unique=True)

    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["-made_at", "-id"], name="list_made")]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"list:{self.pk}"


class ListItem(models.Model):
    """One problem on a list: what, whose, by when, and how far it has come."""

    class Status(models.TextChoices):
        OPEN = "open", _("To be solved")
        SOLVED = "solved", _("To be checked")
        STRUCK = "struck", _("Struck off")
        RETURNED = "returned", _("Sent back")

    list = models.ForeignKey(ProblemList, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    text = models.CharField(max_length=500)
    measures = models.CharField(max_length=500, blank=True, default="")
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="list_items", db_index=False
    )
    due = models.DateField()
    criterion = models.CharField(max_length=120, blank=True, default="")  # FRAMEWORK/CODE
    item = models.CharField(max_length=120, blank=True, default="")  # code of a checklist item
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="list_items"
    )
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="list_items"
    )
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    solved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    solved_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=500, blank=True, default="")
    proof = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    struck_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    struck_at = models.DateTimeField(null=True, blank=True)
    struck_remark = models.CharField(max_length=500, blank=True, default="")
    returned_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["list", "position"]
        indexes = [models.Index(fields=["unit", "status", "due"], name="list_item_unit")]
        constraints = [
            models.UniqueConstraint(fields=["list", "position"], name="list_item_position"),
            # Nobody strikes off what they solved themselves, whatever wrote the row.
            models.CheckConstraint(
                condition=~models.Q(struck_by=models.F("solved_by")),
                name="list_item_struck_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["open", "returned"],
                    solved_by__isnull=True,
                    solved_at__isnull=True,
                    struck_by__isnull=True,
                    struck_at__isnull=True,
                )
                | models.Q(
                    status="solved",
                    solved_by__isnull=False,
                    solved_at__isnull=False,
                    struck_by__isnull=True,
                    struck_at__isnull=True,
                )
                | models.Q(
                    status="struck",
                    solved_by__isnull=False,
                    solved_at__isnull=False,
                    struck_by__isnull=False,
                    struck_at__isnull=False,
                ),
                name="list_item_status_is_true",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.text}"

    @property
    def waits_for_unit(self) -> bool:
        """Whether the unit still has to solve it."""
        return self.status in {self.Status.OPEN, self.Status.RETURNED}

    def is_overdue(self, today: date) -> bool:
        """Whether its last day has passed in the city and the unit has not solved it."""
        return self.waits_for_unit and self.due < today
