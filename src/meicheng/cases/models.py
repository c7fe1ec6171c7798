"""A problem on its way from being seen to being closed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.files.models import StoredFile
from meicheng.organisation.models import Unit
from meicheng.places.models import Division, Site
from meicheng.standards.models import CaseKind, Item

STATE_LABELS = [
    ("reported", _("Reported")),
    ("turned_down", _("Turned down")),
    ("joined", _("Joined to another")),
    ("registered", _("To be dispatched")),
    ("dispatched", _("Dispatched")),
    ("accepted", _("Accepted by the unit")),
    ("in_progress", _("In progress")),
    ("resolved", _("To be verified")),
    ("verified", _("Verified")),
    ("closed", _("Closed")),
    ("sent_back", _("Sent back by the unit")),
    ("to_redo", _("To be redone")),
    ("suspended", _("Suspended")),
    ("relapsed", _("Relapsed")),
    ("withdrawn", _("Withdrawn")),
]
FINAL_STATES = ["turned_down", "joined", "closed", "withdrawn"]


class Case(models.Model):
    """A problem: what, where, whose, by when, and how far it has come (案件)."""

    number = models.CharField(max_length=30, unique=True)  # A-20261123-0087
    state = models.CharField(max_length=12, choices=STATE_LABELS, default="reported")
    kind = models.ForeignKey(CaseKind, on_delete=models.PROTECT, related_name="+")
    severity = models.PositiveSmallIntegerField(default=1)
    description = models.TextField(blank=True, default="")
    source = models.CharField(max_length=20, default="staff")  # as voices' reports name it
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    district = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    item = models.ForeignKey(
        Item, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    address = models.CharField(max_length=300, blank=True, default="")
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    cell = models.BigIntegerField(null=True, blank=True)  # H3, resolution 9
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="cases", db_index=False
    )
    joined_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="joined_cases"
    )
    reports_count = models.PositiveIntegerField(default=1)

    reported_at = models.DateTimeField()
    registered_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    # The limit in force when it was dispatched, as written; "" before, then it is the kind's.
    limit = models.CharField(max_length=8, blank=True, default="")
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    redo_count = models.PositiveSmallIntegerField(default=0)
    sent_back_count = models.PositiveSmallIntegerField(default=0)
    relapsed = models.BooleanField(default=False)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)  # 1 to 5, the result
    outcome = models.TextField(blank=True, default="")

    events_count = models.PositiveIntegerField(default=0)  # also the version of the case
    head_hash = models.CharField(max_length=64, blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-reported_at", "-pk"]
        indexes = [
            models.Index(fields=["-reported_at", "-id"], name="case_reported"),
            models.Index(fields=["state", "-reported_at", "-id"], name="case_state_reported"),
            models.Index(fields=["state", "due_at", "id"], name="case_state_due"),
            models.Index(
                fields=["district", "state", "-reported_at", "-id"], name="case_district_state"
            ),
            models.Index(fields=["district", "-reported_at", "-id"], name="case_district"),
            models.Index(fields=["unit", "state", "due_at"], name="case_unit_due"),
            models.Index(fields=["kind", "-reported_at", "-id"], name="case_kind_reported"),
            models.Index(
                fields=["due_at", "id"],
                name="case_open_due",
                condition=models.Q(closed_at__isnull=True),
            ),
            models.Index(
                fields=["cell", "kind"],
                name="case_open_cell",
                condition=models.Q(closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"case:{self.pk}"

    @property
    def time_limit(self) -> str:
        """The limit it was dispatched with; before that and for imported ones the kind's own."""
        return self.limit or self.kind.limit


class CasePhoto(models.Model):
    """A photograph of a case: before, after, or from its verification."""

    class Moment(models.TextChoices):
        BEFORE = "before", _("Before")
        AFTER = "after", _("After")
        CHECK = "check", _("Verification")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="photos")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    moment = models.CharField(max_length=8, choices=Moment.choices)
    added_at = models.DateTimeField()
    by_name = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.moment}"


class NumberCounter(models.Model):
    """The last number given out on a day."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}: {self.last}"


# The workbench's own tables, which belong to this room's.
from .workbench.models import (  # noqa: E402
    BulkLine,
    BulkRun,
    CaseText,
    Columns,
    Look,
    ReplyTemplate,
    SavedFilter,
)

__all__ = [
    "FINAL_STATES",
    "STATE_LABELS",
    "BulkLine",
    "BulkRun",
    "Case",
    "CasePhoto",
    "CaseText",
    "Columns",
    "Look",
    "NumberCounter",
    "ReplyTemplate",
    "SavedFilter",
]
