"""A problem on its way from being seen to being closed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.files.models import StoredFile
from meicheng.organisation.models import Unit, User
from meicheng.places.models import Division, Site
from meicheng.places.names import Named
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
    ("split", _("Split into parts")),
]
EXTENSION_LABELS = [
    ("asked", _("More time asked for")),
    ("granted", _("Extended")),
    ("refused", _("More time refused")),
]
FINAL_STATES = ["turned_down", "joined", "closed", "withdrawn"]

# The ways in which people outside the offices speak: a case's `source`.
SPOKEN = ("portal", "hotline", "api", "file", "open311", "mail", "chat")


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
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts"
    )
    origin = models.CharField(max_length=40, blank=True, default="")  # visit:12
    reports_count = models.PositiveIntegerField(default=1)

    reported_at = models.DateTimeField()
    registered_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    # The limit in force when it was dispatched, as written; "" before, then it is the kind's.
    limit = models.CharField(max_length=8, blank=True, default="")
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)  # when a suspension is looked at again
    split_at = models.DateTimeField(null=True, blank=True)
    received_in_time = models.BooleanField(null=True, blank=True)  # None: not taken up yet
    # Taken up before it came from a file that does not tell when; then the one above stays None.
    receipt_unknown = models.BooleanField(default=False)
    # None: not ended yet, or ended without anybody knowing when it was answered.
    answered_in_time = models.BooleanField(null=True, blank=True)
    redo_count = models.PositiveSmallIntegerField(default=0)
    sent_back_count = models.PositiveSmallIntegerField(default=0)
    decided_by_name = models.CharField(max_length=120, blank=True, default="")
    extension = models.CharField(
        max_length=8, choices=EXTENSION_LABELS, blank=True, default="", db_index=False
    )
    late_stages = models.PositiveSmallIntegerField(default=0)
    # Whether the reported work has to be seen on the spot; None until it is reported done.
    spot_check = models.BooleanField(null=True, blank=True)
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
            models.Index(fields=["due_at", "id"], name="case_due"),
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
            models.Index(
                fields=["cell", "kind", "closed_at"],
                name="case_closed_cell",
                condition=models.Q(state="closed"),
            ),
            models.Index(
                fields=["extension"], name="case_asked", condition=models.Q(extension="asked")
            ),
            models.Index(
                fields=["review_on"],
                name="case_review",
                condition=models.Q(review_on__isnull=False),
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


class Stage(Named):
    """A stage of a case that has several, with its own limit; the last one's is the case's."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="stages")
    position = models.PositiveSmallIntegerField()
    limit = models.CharField(max_length=10)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    by_name = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["case", "position"]
        constraints = [models.UniqueConstraint(fields=["case", "position"], name="stage_once")]

    @property
    def late(self) -> bool:
        """Whether it was finished after its limit."""
        return self.done_at is not None and self.done_at > self.due_at


class Support(models.Model):
    """What a supporting unit does for a case that another unit leads (协办)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="supports")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    part = models.TextField()
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    by_name = models.CharField(max_length=120, blank=True, default="")
    result = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["case", "asked_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "unit"], name="support_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.unit_id}"


class Extension(models.Model):
    """A request for more time, and what became of it; `granted` is None while it waits."""

    LAPSED = "lapsed"  # the reason where nobody decided before the clock stopped

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="extensions")
    until = models.DateTimeField()
    remark = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_by_name = models.CharField(max_length=120)
    granted = models.BooleanField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_name = models.CharField(max_length=120, blank=True, default="")
    reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["case", "-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                name="extension_waits_once",
                condition=models.Q(granted__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.until}"


class SpotCheck(models.Model):
    """Reported work that the draw sent to the spot: with which chance, and what was found there."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="spot_checks")
    drawn_at = models.DateTimeField()
    chance = models.FloatField()
    failed = models.BooleanField(null=True, blank=True)  # None while nobody was there
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["drawn_at", "pk"]
        indexes = [models.Index(fields=["seen_at"], name="spot_check_seen")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.chance}"


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
    TakenStep,
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
    "TakenStep",
]
