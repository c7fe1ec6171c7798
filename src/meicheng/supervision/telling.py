"""Who is told of what was passed: the unit of a warning, the superior and the unit of supervision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext_noop

from meicheng.cases.models import Case
from meicheng.notices.actions import notify
from meicheng.notices.people import holders
from meicheng.notices.words import Words, words
from meicheng.organisation.models import Membership, Unit, User
from meicheng.places.models import Division

from .clocks import Passing
from .models import Clock, Supervision

R = Membership.Role
# More than so many at once of one unit are one notice: nobody reads fifty.
ONE_BY_ONE = 3
Told = tuple[Clock, Passing]


def tell(passed: Sequence[tuple[Clock, list[Passing]]]) -> None:
    """Tell whom it concerns: of warnings the highest of each case, of supervision every level.

    After a standstill a case may have passed everything at once; that half of its time was used is
    then no news to anybody.
    """
    groups: dict[tuple[str, int | None, int | None], list[Told]] = defaultdict(list)
    for clock, found in passed:
        last = [one for one in found if not one.rung.supervised][-1:]
        if any(one.rung.supervised for one in found):
            last = []
        for one in [*last, *(one for one in found if one.rung.supervised)]:
            district = one.district_id if one.rung.to == Supervision.To.DISTRICT_LEAD else None
            what = one.rung.to or ("overdue" if one.rung.percent >= 100 else "warning")
            groups[what, one.unit_id, district].append((clock, one))
    if not groups:
        return
    people = _People(groups)
    numbers = dict(
        Case.objects.filter(pk__in={clock.pk for clock, _found in passed}).values_list(
            "pk", "number"
        )
    )
    for (what, unit_id, district_id), found_here in groups.items():
        unit = people.units.get(unit_id or 0)
        to = people.told(what, unit, people.districts.get(district_id or 0))
        if not to or unit is None:
            continue
        parts = [found_here] if len(found_here) > ONE_BY_ONE else [[one] for one in found_here]
        for part in parts:
            _notify(to, what, unit, part, numbers)


def _notify(
    to: list[User], what: str, unit: Unit, part: list[Told], numbers: dict[int, str]
) -> None:
    clock, first = part[0]
    key = f"clock:{clock.pk}:{first.version}:{first.rung.percent}"
    supervised = first.rung.supervised
    kind = {"warning": "case.warning", "overdue": "case.overdue"}.get(what, "case.supervised")
    if len(part) > 1:
        title = words(
            gettext_noop("%(count)d late cases of %(unit)s are now supervised")
            if supervised
            else gettext_noop(
                "%(count)d cases of %(unit)s come near the end of their time or are overdue"
            ),
            count=len(part),
            unit=unit,
        )
        notify(
            to=to, kind=kind, title=title, link=f"/supervision/?unit={unit.code}",
            key=f"{key}+{len(part) - 1}", urgent=supervised,
        )  # fmt: skip
        return
    values = {"number": numbers[clock.pk], "unit": unit, "percent": first.rung.percent}
    body: Words | None = None
    if supervised:
        title = words(
            gettext_noop(
                "%(number)s of %(unit)s is supervised: %(percent)d %% of its time is used"
            ),
            **values,
        )
        if first.rung.card:
            body = words(
                gettext_noop("The unit is given a red card and answers in words.")
                if first.rung.card == "red"
                else gettext_noop("The unit is given a yellow card and answers in words.")
            )
    elif what == "overdue":
        title = words(gettext_noop("%(number)s of %(unit)s is overdue"), **values)
    else:
        title = words(
            gettext_noop("%(number)s of %(unit)s: %(percent)d %% of its time is used"), **values
        )
    notify(
        to=to, kind=kind, title=title, body=body, link=f"/cases/{values['number']}/", key=key,
        urgent=supervised,
    )  # fmt: skip


class _People:
    """Who holds what, asked once for each unit and district of a batch."""

    def __init__(self, groups: dict[tuple[str, int | None, int | None], list[Told]]) -> None:
        self.units = Unit.objects.select_related("division", "parent").in_bulk(
            {unit for _what, unit, _district in groups if unit}
        )
        self.districts = Division.objects.defer("outline").in_bulk(
            {district for _what, _unit, district in groups if district}
        )
        self._known: dict[tuple[tuple[str, ...], int, int], list[User]] = {}

    def told(self, what: str, unit: Unit | None, district: Division | None) -> list[User]:
        """Those who are told: the superior, and of a supervised case always the unit's leads."""
        if unit is None:
            return []
        if what in {"warning", "overdue"}:
            roles = (R.UNIT_WORKER, R.UNIT_LEAD) if what == "overdue" else (R.UNIT_WORKER,)
            return self._holders(roles, unit=unit)
        found = self._holders((R.UNIT_LEAD,), unit=unit)
        if what == R.DISTRICT_LEAD:
            found = found + self._holders((R.DISTRICT_LEAD,), division=district or unit.division)
        elif what == R.CITY_LEAD:
            found = found + self._holders((R.CITY_LEAD,), division=unit.division)
        return found

    def _holders(
        self, roles: tuple[str, ...], *, unit: Unit | None = None, division: Division | None = None
    ) -> list[User]:
        key = (roles, unit.pk if unit else 0, division.pk if division else 0)
        if key not in self._known:
            self._known[key] = holders(roles, unit=unit, division=division)
        return self._known[key]
