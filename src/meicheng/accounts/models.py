"""What is kept of attempts to sign in: failures, and codes that were used."""

from django.db import models


class FailedAttempts(models.Model):
    """How often it failed lately for an account from a connection, a connection, or an account."""

    key = models.CharField(max_length=64, primary_key=True)  # a keyed hash: names nobody
    account = models.CharField(max_length=64, blank=True, default="", db_index=True)  # likewise
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.failures}"


class UsedCode(models.Model):
    """A code of a second factor that was used, for as long as it might be tried again."""

    key = models.CharField(max_length=64, primary_key=True)  # a keyed hash: names nobody
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.key[:8]
