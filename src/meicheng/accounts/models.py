"""What is kept of failed attempts to sign in."""

from django.db import models


class FailedAttempts(models.Model):
    """How often it failed lately for an account from a connection, a connection, or an account."""

    key = models.CharField(max_length=64, primary_key=True)  # a keyed hash: names nobody
    account = models.CharField(max_length=64, blank=True, default="", db_index=True)  # likewise
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.failures}"
