"""Which criteria of the standards a case touches (影响指标)."""

from __future__ import annotations

from meicheng.cases.models import Case
from meicheng.organisation.models import User
from meicheng.organisation.permissions import may
from meicheng.standards.models import Criterion, Framework, Item

MOST_CRITERIA = 6


def criteria_of(case: Case, user: User) -> list[Criterion]:
    """Criteria, in the latest editions, that the case's item serves, or those of the items that
    open its kind of case (at most 3 SQL statements); none for whoever sees no marks.
    """
    if not may(user, "assessment.see"):
        return []
    codes = list(case.item.criteria) if case.item is not None else []
    if not codes:
        items = Item.objects.filter(opens=case.kind_id, active=True)
        codes = [code for found in items.values_list("criteria", flat=True) for code in found]
    if not codes:
        return []
    wanted = {tuple(code.split("/")[:2]) for code in codes}
    latest: dict[str, int] = {}
    for pk, code in Framework.objects.order_by("code", "-edition").values_list("pk", "code"):
        latest.setdefault(code, pk)
    found = Criterion.objects.filter(
        framework__in=latest.values(), code__in=[code for _standard, code in wanted]
    ).select_related("framework")
    return [one for one in found if (one.framework.code, one.code) in wanted][:MOST_CRITERIA]
