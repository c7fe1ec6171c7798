"""What the citizens' door keeps of its own: how often somebody knocked in an hour."""

from django.db import models


class Knock(models.Model):
    """How often a connection or a device did something in an hour; who it is, only as a keyed hash.

    In the database, so that all server processes count together; forgotten after a day.
    """

    what = models.CharField(max_length=20)
    who = models.CharField(max_length=24)
    hour = models.PositiveIntegerField()  # hours since 1970
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["what", "who", "hour"], name="knock_once_an_hour")
        ]
        indexes = [models.Index(fields=["hour"], name="knock_hour")]

    def __str__(self) -> str:
        return f"{self.what} {self.count}"
