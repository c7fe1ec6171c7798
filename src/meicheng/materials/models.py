"""Materials: documents that units file once, for as many criteria as they prove."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.files.models import StoredFile
from meicheng.ledger.models import Observation
from meicheng.organisation.models import Unit
from meicheng.places.models import Division
from meicheng.standards.models import Item


class Filing(models.Model):
    """A document that a unit filed (报送材料), with the day that it is dated.

    It is of one place: what the city files says nothing of a district.
    """

    code = models.CharField(max_length=40, unique=True)  # CL-2026-0012
    title = models.CharField(max_length=160)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="filings")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="filings")
    file_name = models.CharField(max_length=160)
    dated = models.DateField()
    year = models.PositiveSmallIntegerField()  # the year reviewed that it is filed for
    expires = models.DateField(null=True, blank=True)  # the last day on which it holds
    note = models.CharField(max_length=500, blank=True, default="")
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    filed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # Whoever sends the same form twice files once.
    key = models.CharField(max_length=120, unique=True)

    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-filed_at", "-pk"]
        indexes = [models.Index(fields=["unit", "-filed_at"], name="filing_unit")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires__isnull=True) | models.Q(expires__gte=models.F("dated")),
                name="filing_expires_after_its_date",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"filing:{self.pk}"

    @property
    def origin(self) -> str:
        """How its reviews name it in the ledger."""
        return f"filing:{self.pk}"

    def has_expired(self, today: date) -> bool:
        """Whether the last day on which it holds has passed."""
        return self.expires is not None and self.expires < today


class Use(models.Model):
    """A filing as proof of one material of one criterion, and what the reviewer said of it."""

    class State(models.TextChoices):
        FILED = "filed", _("to be reviewed")
        ACCEPTED = "accepted", _("accepted")
        RETURNED = "returned", _("returned by the reviewer")
        EXPIRED = "expired", _("too old")

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="uses")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.FILED)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, default="")
    observation = models.OneToOneField(
        Observation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["filing", "item"], name="use_once")]
        indexes = [models.Index(fields=["state", "id"], name="use_state")]

    def __str__(self) -> str:
        return f"{self.filing}: {self.item_id}"
