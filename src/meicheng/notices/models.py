"""Notices to people, how each wants to be told, and the outbox of what goes out of the house."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """Something that one person is told, once. Kept as message and values: each reads her language."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    title = models.JSONField()  # `words.Words` as JSON
    body = models.JSONField(null=True, blank=True)
    link = models.CharField(max_length=300)  # "/cases/…", on this server
    urgent = models.BooleanField(default=False)
    made_at = models.DateTimeField(db_index=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="notice_once"),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="notice_of_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notice_unread"),
            # One key tells many people: found at once when they are told again.
            models.Index(fields=["key"], name="notice_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Preferences(models.Model):
    """How somebody wants to be told; who has none is told as the kinds' table says."""

    class Digest(models.TextChoices):
        NONE = "", _("One by one, at once")
        DAILY = "daily", _("Together, once a day")
        WEEKLY = "weekly", _("Together, on Mondays")

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preferences"
    )
    # Kind to channels, {"mention": ["console", "mail"]}; a kind that is not named keeps its own.
    chosen = models.JSONField(default=dict, blank=True)
    quiet_from = models.TimeField(null=True, blank=True)  # in the city's time; may pass midnight
    quiet_to = models.TimeField(null=True, blank=True)
    digest = models.CharField(max_length=10, choices=Digest.choices, blank=True, default="")
    digest_hour = models.PositiveSmallIntegerField(default=8, validators=[MaxValueValidator(23)])
    phone_sealed = models.BinaryField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_to=None)
                | Q(quiet_from__isnull=False, quiet_to__isnull=False),
                name="quiet_hours_begin_and_end",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)


class Letter(models.Model):
    """A mail to somebody who has no account: a citizen who left an address and was answered."""

    key = models.CharField(max_length=160, unique=True)
    address_sealed = models.BinaryField()  # emptied once it was sent or given up
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    made_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class Delivery(models.Model):
    """One notice by one channel, or one letter: a line of the outbox.

    Written with what it tells in one transaction; the worker takes it from here. `due_at` is when
    to try next: taking a line moves it ahead, so that a worker that was killed leaves it to others.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", _("E-mail")
        SMS = "sms", _("Text message")
        WECOM = "wecom", _("WeCom")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        NEEDLESS = "needless", _("no longer needed")
        FAILED = "failed", _("given up")

    notice = models.ForeignKey(
        Notice, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    letter = models.OneToOneField(
        Letter, null=True, blank=True, on_delete=models.CASCADE, related_name="delivery"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    digest = models.BooleanField(default=False)  # goes with others in one mail
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    # What it goes in, and what the receiver can tell a second copy by; lines of a digest share it.
    parcel = models.CharField(max_length=32, blank=True, default="", db_index=True)
    last_error = models.CharField(max_length=300, blank=True, default="")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(notice__isnull=False, letter=None)
                | Q(notice=None, letter__isnull=False),
                name="delivery_of_a_notice_or_a_letter",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class Endpoint(models.Model):
    """Another system that wants to be told of events by webhook (推送地址)."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        DISABLED = "disabled", _("switched off after failing")
        REMOVED = "removed", _("removed")

    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)  # types of `webhooks.offers`
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    secret_sealed = models.BinaryField()
    # While a secret is being changed both sign, so that the receiver may change at leisure.
    old_secret_sealed = models.BinaryField(null=True, blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    # Not called before: a worker is at it, or it did not answer and is left alone for a while.
    not_before = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)  # turns in a row without success
    failing_since = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"webhook:{self.pk}"


class Message(models.Model):
    """An event on its way to one endpoint, written as it will be sent however often it is tried."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    source = models.CharField(max_length=80)  # "event:123", "seal:2026-11-24", "test:…"
    code = models.CharField(max_length=40, unique=True)  # the webhook-id
    type = models.CharField(max_length=60)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts_count = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField(db_index=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "source"], name="message_once"),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "due_at"],
                condition=Q(state="waiting"),
                name="message_waiting",
            ),
            models.Index(fields=["endpoint", "-id"], name="message_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.type}"


class Attempt(models.Model):
    """One try to deliver a message, and what came back."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # null: no answer came
    milliseconds = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=500, blank=True, default="")  # how it began
    error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.status or self.error}"
