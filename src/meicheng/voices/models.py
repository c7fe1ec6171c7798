"""What citizens, staff and other systems report, and what they say of the result."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meicheng.cases.models import Case
from meicheng.files.models import StoredFile
from meicheng.places.models import Division
from meicheng.standards.models import CaseKind


class Report(models.Model):
    """One person's words about one problem (上报); several may be joined in one case."""

    class Source(models.TextChoices):
        PORTAL = "portal", _("Portal")
        HOTLINE = "hotline", _("Hotline")
        STAFF = "staff", _("Staff")
        API = "api", _("API")
        FILE = "file", _("File")
        OPEN311 = "open311", _("Open311")
        MAIL = "mail", _("E-mail")
        CHAT = "chat", _("Messaging app")

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        ACCEPTED = "accepted", _("Accepted")
        JOINED = "joined", _("Joined")
        TURNED_DOWN = "turned_down", _("Turned down")
        ANSWERED = "answered", _("Answered")

    code = models.CharField(max_length=14, unique=True)  # what the citizen follows it by
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    source = models.CharField(max_length=10, choices=Source.choices)
    source_system = models.CharField(max_length=60, blank=True, default="")
    external_number = models.CharField(max_length=80, null=True, blank=True)
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    kind = models.ForeignKey(
        CaseKind, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    suggested = models.JSONField(default=list)  # [[kind code, score, [words]]], best first
    subject = models.CharField(max_length=300, blank=True, default="")
    body = models.TextField(blank=True, default="")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=300, blank=True, default="")
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    reporter = models.CharField(max_length=80, blank=True, default="")  # pseudonym in imports
    name_sealed = models.BinaryField(null=True, blank=True)
    name_digest = models.CharField(max_length=64, blank=True, default="")
    name_masked = models.CharField(max_length=20, blank=True, default="")
    phone_sealed = models.BinaryField(null=True, blank=True)
    phone_digest = models.CharField(max_length=64, blank=True, default="", db_index=True)
    phone_masked = models.CharField(max_length=20, blank=True, default="")
    email_sealed = models.BinaryField(null=True, blank=True)
    reported_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    votes = models.PositiveIntegerField(default=0)
    against = models.PositiveIntegerField(default=0)
    reply = models.TextField(blank=True, default="")
    replied_at = models.DateTimeField(null=True, blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)  # the result, 1 to 5
    rating_manner = models.PositiveSmallIntegerField(null=True, blank=True)
    rating_remark = models.CharField(max_length=500, blank=True, default="")
    rated_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)  # for a rating, by a message; once
    erased_at = models.DateTimeField(null=True, blank=True)  # her personal data was deleted
    extra = models.JSONField(default=dict)  # columns of the source that have no place of their own

    class Meta:
        ordering = ["-reported_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source_system", "external_number"],
                name="report_once_per_source",
                condition=models.Q(external_number__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["-reported_at", "-id"], name="report_reported"),
            models.Index(fields=["state", "-reported_at", "-id"], name="report_state"),
            models.Index(fields=["source", "-reported_at", "-id"], name="report_source"),
            models.Index(
                fields=["name_digest"], name="report_name", condition=~models.Q(name_digest="")
            ),
            models.Index(
                fields=["reported_at"], name="report_kept", condition=models.Q(erased_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def title(self) -> str:
        """What it is called: its subject, else its words."""
        return self.subject or self.body or gettext("(words withdrawn)")


class ReportPhoto(models.Model):
    """A photograph that came with a report."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="photos")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.report_id}"


class TextModel(models.Model):
    """A version of what was learned from words that people have sorted (模型版本).

    `judgement` is what was found on messages held back from learning. Versions are never changed;
    the newest one of a purpose is used.
    """

    class Purpose(models.TextChoices):
        CATEGORY = "category", _("Category of a message")
        KIND = "kind", _("Kind of case")

    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    version = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    learned_from = models.CharField(max_length=200)  # a file's name, or what the reports were
    messages = models.PositiveIntegerField()
    categories = models.PositiveIntegerField()
    judgement = models.JSONField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        ordering = ["purpose", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["purpose", "version"], name="text_model_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"


class Knock(models.Model):
    """How often a connection, a device or a sender did something in an hour; who, as a keyed hash.

    In the database, so that all server processes count together; forgotten after a day.
    """

    what = models.CharField(max_length=20)
    who = models.CharField(max_length=24)
    hour = models.PositiveIntegerField()  # hours since 1970
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["what", "who", "hour"], name="knocks_once_an_hour")
        ]
        indexes = [models.Index(fields=["hour"], name="knocks_hour")]

    def __str__(self) -> str:
        return f"{self.what} {self.count}"


# The tables of call-backs and of the exchange with other Open311 servers belong to this room's.
from .callbacks.models import CallBack, CallBackDraw  # noqa: E402
from .open311.models import Peer, Sent, Turn  # noqa: E402

__all__ = [
    "CallBack",
    "CallBackDraw",
    "Knock",
    "Peer",
    "Report",
    "ReportPhoto",
    "Sent",
    "TextModel",
    "Turn",
]
