"""Photographs of forms that were never sent: deleted, for they may show people, and nobody needs them."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import PROTECT, Exists, OuterRef, QuerySet
from django.utils import timezone

from meicheng.files.actions import forget_file
from meicheng.files.models import StoredFile

KEPT = timedelta(days=2)  # a form keeps its photographs for one day
MISSED = timedelta(days=30)  # for so long the worker may have been away
BATCH = 100


def forget_unsent(_day: date) -> int:
    """Delete what citizens chose and did not send, and what was refused; how many, a batch."""
    now = timezone.now()
    unsent = StoredFile.objects.filter(
        stored_by=None, stored_at__range=(now - MISSED, now - KEPT)
    ).order_by("pk")
    found = list(_named_nowhere(unsent)[:BATCH])
    for file in found:
        forget_file(file)
    return len(found)


def _named_nowhere(files: QuerySet[StoredFile]) -> QuerySet[StoredFile]:
    """Those that no row holds on to; what is only derived from a file goes with it."""
    for one in StoredFile._meta.get_fields(include_hidden=True):
        if getattr(one, "on_delete", None) is PROTECT and one.auto_created:
            rows = one.related_model._base_manager.filter(**{one.field.name: OuterRef("pk")})
            files = files.filter(~Exists(rows))
    return files
