"""Editions that are in use stay as they are: when one freezes, and what a changed file changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow

from .models import Criterion, Framework, Item


@transaction.atomic
def freeze_framework(framework: Framework, *, by: User | None = None) -> bool:
    """Mark an edition as used, so that no file changes it any more; False where it was already.

    `by` is None on the command line and where another room used it for something that is kept: a
    report, a scenario, a list of problems. Raises `NotAllowed` for others than the creation office.
    """
    if by is not None:
        allow(by, "standards.write")
    changed = Framework.objects.filter(pk=framework.pk, frozen_at__isnull=True).update(
        frozen_at=timezone.now()
    )
    framework.refresh_from_db(fields=["frozen_at"])
    return bool(changed)


def freeze_scored(items: Iterable[int], *, at: datetime | None = None) -> list[Framework]:
    """Freeze the editions that observations of these items (by key) score; gives those frozen now.

    The ledger calls it with whatever it writes, inside the same transaction; `at` is now. One SQL statement
    where every edition is frozen already, else three, and one more to freeze.
    """
    open_editions = list(Framework.objects.filter(frozen_at__isnull=True).defer("document"))
    if not open_editions:
        return []
    served = {
        code
        for criteria in Item.objects.filter(pk__in=set(items)).values_list("criteria", flat=True)
        for code in criteria
    }
    ours = {
        one.pk: one for one in open_editions if any(c.startswith(f"{one.code}/") for c in served)
    }
    if not ours:
        return []
    rows = Criterion.objects.filter(framework__in=ours).values_list("framework_id", "code")
    used = {pk for pk, code in rows if f"{ours[pk].code}/{code}" in served}
    Framework.objects.filter(pk__in=used, frozen_at__isnull=True).update(
        frozen_at=at or timezone.now()
    )
    return [ours[pk] for pk in sorted(used)]
