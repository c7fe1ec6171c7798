"""Whom a month's lot fell on, and what became of the call."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CallBackDraw(models.Model):
    """The draw of a month (回访抽样): enough to draw again and find the same.

    Of `answered` reports whose cases were closed in the month, `rated` had been rated by the time
    of the draw; of the others `frame` had left a number, and of those the lot chose.
    """

    month = models.PositiveIntegerField(unique=True)  # 202611
    drawn_at = models.DateTimeField()
    seed = models.CharField(max_length=64)
    frame_hash = models.CharField(max_length=64)
    answered = models.PositiveIntegerField()
    rated = models.PositiveIntegerField()
    satisfied = models.PositiveIntegerField()  # of those who had rated
    frame = models.PositiveIntegerField()

    class Meta:
        ordering = ["-month"]

    def __str__(self) -> str:
        return f"{self.month // 100}-{self.month % 100:02}"


class CallBack(models.Model):
    """One person to be called, and what she said."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("to be called")
        REACHED = "reached", _("spoken to")
        REFUSED = "refused", _("refused")
        NOT_REACHED = "not_reached", _("not reached")
        WRONG_NUMBER = "wrong_number", _("wrong number")

    draw = models.ForeignKey(CallBackDraw, on_delete=models.CASCADE, related_name="calls")
    report = models.OneToOneField(
        "voices.Report", on_delete=models.PROTECT, related_name="call_back"
    )
    place = models.PositiveIntegerField()  # in the order of the lots
    outcome = models.CharField(max_length=14, choices=Outcome.choices, default=Outcome.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)  # the result, 1 to 5
    rating_manner = models.PositiveSmallIntegerField(null=True, blank=True)
    remark = models.CharField(max_length=500, blank=True, default="")
    called_at = models.DateTimeField(null=True, blank=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["draw", "place"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="reached", rating__isnull=False)
                | (~models.Q(outcome="reached") & models.Q(rating=None)),
                name="call_back_rated_where_reached",
            )
        ]

    def __str__(self) -> str:
        return f"{self.draw_id}/{self.place}"
