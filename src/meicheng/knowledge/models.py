"""What the hotline may answer at once (知识库)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from meicheng.organisation.models import Unit
from meicheng.standards.models import CaseKind


class Article(models.Model):
    """A question that people ask and its answer, with who answers for it and until when it holds."""

    code = models.CharField(max_length=40, unique=True)
    question = models.CharField(max_length=200)
    answer = models.TextField()
    kind = models.ForeignKey(
        CaseKind, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    review_by = models.DateField()  # from the next day on it is overdue for review
    active = models.BooleanField(default=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    grams = models.TextField(blank=True, default="")  # pieces of its words, see `cases.text`
    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["active", "review_by"], name="article_review")]

    def __str__(self) -> str:
        return self.question

    @property
    def chain(self) -> str:
        """The name of its chain of events."""
        return f"article:{self.pk}"
