"""Which units a case may be handed to."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from meicheng.organisation.models import Unit

from .models import Case
from .problems import Needed


def units_for(case: Case) -> QuerySet[Unit]:
    """The units that a case may be handed to: those of its district and of the whole city."""
    top = case.division.path.split("/")[1]
    where = Q(division__path=f"/{top}/")
    if case.district_id is not None:
        where |= Q(division__district=case.district_id)
    else:
        where = Q()
    return Unit.objects.filter(where, active=True).order_by("role", "code")


def suggested_unit(case: Case) -> int | None:
    """The unit that answers for this kind where the case lies; None where none does."""
    found = list(units_for(case).filter(role=case.kind.role_id).select_related("division"))
    # The nearest answers: a subdistrict's before the district's before the city's.
    covering = [unit for unit in found if case.division.path.startswith(unit.division.path)]
    covering.sort(key=lambda unit: len(unit.division.path), reverse=True)
    best = covering or found
    return best[0].pk if best else None


def check_unit(case: Case, unit: Unit) -> None:
    """Raise `Needed` unless the unit works, and works where the case lies."""
    if not unit.active:
        raise Needed(_("%(unit)s is no longer active; choose another unit") % {"unit": unit.name})
    where = unit.division
    if case.district_id is None or where.parent_id is None or where.district_id == case.district_id:
        return
    raise Needed(
        _(
            "%(unit)s works in %(where)s and the case lies in %(place)s; choose a unit of the "
            "district or of the whole city"
        )
        % {"unit": unit.name, "where": where.name, "place": case.district or case.division}
    )
