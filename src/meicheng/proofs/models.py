"""Where photographs were used, what is asked about them, and what the public sees of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.files.models import StoredFile
from meicheng.organisation.models import Unit
from meicheng.places.models import Division


class Use(models.Model):
    """A photograph given as proof of something: what for, when and where that was."""

    class Moment(models.TextChoices):
        BEFORE = "before", _("Before")
        AFTER = "after", _("After")
        CHECK = "check", _("Verification")
        VISIT = "visit", _("Visit")
        LIST = "list", _("Problem list")

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="uses")
    about = models.CharField(max_length=60)  # the chain of what it proves: "case:12"
    moment = models.CharField(max_length=8, choices=Moment.choices)
    label = models.CharField(max_length=120)  # "A-20261123-0087 Exposed rubbish" in both languages
    href = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()  # when it was handed in
    not_before = models.DateTimeField(null=True, blank=True)  # the work began then at the earliest
    longitude = models.FloatField(null=True, blank=True)  # of the place that it is to show
    latitude = models.FloatField(null=True, blank=True)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["about"], name="proofs_use_about")]
        constraints = [
            models.UniqueConstraint(fields=["file", "about", "moment"], name="proofs_use_once")
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.moment}"


class Look(models.Model):
    """The fingerprints by which a photograph is found again (see `engine.provenance.looks`)."""

    file = models.OneToOneField(StoredFile, on_delete=models.CASCADE, primary_key=True)
    whole = models.BigIntegerField()
    inner = models.BigIntegerField()
    middle = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.file_id}"


class Question(models.Model):
    """Something about a photograph that a person should look at; never a verdict."""

    class Kind(models.TextChoices):
        SAME = "same", _("The same photograph was used before")
        ALIKE = "alike", _("It looks like a photograph that was used before")
        ELSEWHERE = "elsewhere", _("Taken at another place")
        EARLY = "early", _("Taken before the work began")
        FUTURE = "future", _("Taken later than it was handed in")
        SPOTS = "spots", _("Before and after from different spots")

    class State(models.TextChoices):
        OPEN = "open", _("To be answered")
        FINE = "fine", _("Fine")
        REFUSED = "refused", _("Not accepted")

    use = models.ForeignKey(Use, on_delete=models.CASCADE, related_name="questions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    other = models.ForeignKey(
        Use, null=True, blank=True, on_delete=models.PROTECT, related_name="asked_by"
    )
    metres = models.PositiveIntegerField(null=True, blank=True)
    hours = models.FloatField(null=True, blank=True)
    agree = models.FloatField(null=True, blank=True)  # share of the pictures that is the same
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=500, blank=True, default="")

    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["state", "-asked_at", "-id"], name="proofs_question_state")]
        constraints = [
            models.UniqueConstraint(fields=["use", "kind", "other"], name="proofs_question_once")
        ]

    def __str__(self) -> str:
        return f"{self.use} {self.kind}"

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"question:{self.pk}"


class PublicPicture(models.Model):
    """What the public may see of a photograph: faces and number plates are hidden first.

    Nothing is public unless a person looked at it: the machine finds most faces and plates and
    not all. While it waits, and when looking for faces failed, there is no public picture.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Being prepared")
        MADE = "made", _("To be looked at")
        READY = "ready", _("Public")
        FAILED = "failed", _("Not public")

    file = models.OneToOneField(StoredFile, on_delete=models.CASCADE, related_name="public")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    # What is hidden: {"left", "top", "width", "height", "what"}, shares of the picture's sides.
    boxes = models.JSONField(default=list)
    fault = models.CharField(max_length=200, blank=True, default="")
    made_at = models.DateTimeField(null=True, blank=True)

    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.file_id} {self.state}"

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"picture:{self.pk}"
