"""Visits to sites; their answers are observations in the ledger."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.places.models import Site


class Visit(models.Model):
    """Somebody looked at a site on a day (巡查); answers carry the origin `visit:ID`."""

    class Reason(models.TextChoices):
        SAMPLE = "sample", _("Drawn by a plan")
        ROUTINE = "routine", _("Routine")
        COMPLAINT = "complaint", _("After a complaint")
        DRY_RUN = "dry_run", _("Mock assessment")

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
