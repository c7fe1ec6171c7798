"""Runs of imports, and the mappings that users have made."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

STALE = timedelta(minutes=2)  # a run that has not moved for so long has lost its worker


class Mapping(models.Model):
    """How the columns of somebody's file become ours; shipped ones are YAML files."""

    name = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=40)
    document = models.JSONField(help_text=_("As the mapping's YAML file writes it"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ImportRun(models.Model):
    """One reading of one file: what it brought and what it refused."""

    class State(models.TextChoices):
        CHOSEN = "chosen", _("To be started")
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    kind = models.CharField(max_length=40)
    mapping = models.CharField(max_length=60, blank=True, default="")
    crs = models.CharField(max_length=10, blank=True, default="")
    check_only = models.BooleanField(default=False)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.CHOSEN)
    read = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(null=True, blank=True)
    message = models.TextField(blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    moved_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"

    @property
    def label(self) -> str:
        """What its kind is called."""
        from meicheng.tables.kinds import all_kinds

        found = all_kinds().get(self.kind)
        return str(found.label) if found else self.kind

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1, as far as it is known."""
        if self.state == self.State.DONE:
            return 1.0
        return min(1.0, self.read / self.expected) if self.expected else 0.0

    @property
    def percent(self) -> int:
        """The same as a whole number."""
        return round(100 * self.share)


class RejectedRow(models.Model):
    """A row that was not imported, and why."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejected_rows")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=120, blank=True, default="")
    reason = models.CharField(max_length=500)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.row} {self.column}: {self.reason}"
