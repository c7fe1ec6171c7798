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
