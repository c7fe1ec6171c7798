"""Which cases a user's role reaches, as a condition that the indexes of the table can serve."""

from __future__ import annotations

from django.db.models import Q

from meicheng.cases.models import Support
from meicheng.cases.reaching import SUPPORTING
from meicheng.organisation.models import User
from meicheng.organisation.permissions import memberships, scope
from meicheng.places.models import Division

MOST_PARTS = 1000  # the latest cases in which a unit supports; older ones are found by number


def reach(user: User, action: str = "cases.see") -> Q:
    """The cases on which the user may do `action` (at most 2 SQL statements).

    Says the same as `scope(user, action).filter(…)`, but by keys of the case's own row: a district
    by `district`, less by the communities below it, so that no join stands in the way of an index.
    """
    where = scope(user, action)
    if where.whole_city:
        return Q()
    held = {m.division.path: m.division for m in memberships(user) if m.division is not None}
    districts, below = [], Q(pk__in=[])
    for path in where.paths:
        division = held[path]
        if division.level == Division.Level.DISTRICT:
            districts.append(division.pk)
        else:
            below |= Q(path__startswith=path)
    condition = Q(pk__in=[])
    if districts:
        condition |= Q(district__in=districts)
    if len(where.paths) > len(districts):
        found = list(Division.objects.filter(below).values_list("pk", flat=True))
        condition |= Q(division__in=found)
    if where.unit_ids:
        condition |= Q(unit__in=sorted(where.unit_ids))
        if action in SUPPORTING:
            # Their keys, and no subquery: a condition of keys can use the index beside the units'.
            parts = Support.objects.filter(unit__in=where.unit_ids).order_by("-pk")
            condition |= Q(pk__in=list(parts.values_list("case_id", flat=True)[:MOST_PARTS]))
    return condition
