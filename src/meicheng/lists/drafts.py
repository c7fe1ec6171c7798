"""What is to stand on a list, checked as a whole before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meicheng.cases.models import Case
from meicheng.organisation.models import Unit
from meicheng.places.models import Division, Site
from meicheng.standards.models import Criterion, Framework, Item

from .models import ListItem

MOST_ITEMS = 2000
LONGEST_TEXT = 500


@dataclass(frozen=True)
class Draft:
    """A problem that shall stand on a list; `unit` is a unit or its code."""

    text: str
    unit: Unit | str
    due: date
    criterion: str = ""  # "FRAMEWORK/CODE", or the code alone on a list with a standard
    item: str = ""  # code of a checklist item
    site: Site | None = None
    division: Division | None = None
    case: Case | None = None
    measures: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a draft; `row` counts from 1, 0 is the list itself."""

    row: int
    field: str
    message: str

    def __str__(self) -> str:
        return _("Item %(row)d: %(message)s") % vars(self) if self.row else self.message


class BadList(ValueError):
    """A list, or a step of an item, that cannot be; `faults` are all that was found."""

    def __init__(self, faults: Sequence[Fault] | str) -> None:
        self.faults = [Fault(0, "", faults)] if isinstance(faults, str) else list(faults)
        first = "; ".join(str(fault) for fault in self.faults[:5])
        more = len(self.faults) - 5
        if more > 0:
            first += " " + ngettext("(and %(n)d more)", "(and %(n)d more)", more) % {"n": more}
        super().__init__(first)


def checked(
    drafts: Sequence[Draft],
    *,
    title: str,
    division: Division,
    framework: Framework | None,
    today: date,
) -> list[ListItem]:
    """The items of a new list, not yet in the database (at most 4 SQL statements).

    Raises `BadList` with every fault of every draft at once.
    """
    faults: list[Fault] = []
    if not title.strip():
        faults.append(Fault(0, "title", _("Give the list a title")))
    elif len(title.strip()) > 120:
        faults.append(Fault(0, "title", _("The title is longer than 120 characters")))
    if not drafts:
        faults.append(Fault(0, "", _("The list is empty; expected at least one problem")))
    if len(drafts) > MOST_ITEMS:
        said = _("%(count)d problems are too many for one list; expected at most %(most)d")
        raise BadList(said % {"count": len(drafts), "most": MOST_ITEMS})
    units = _units(drafts)
    criteria = _criteria(drafts, framework)
    items = set(
        Item.objects.filter(code__in={d.item for d in drafts if d.item}).values_list(
            "code", flat=True
        )
        if any(draft.item for draft in drafts)
        else []
    )
    made = []
    for row, draft in enumerate(drafts, 1):
        unit = units.get(draft.unit.code if isinstance(draft.unit, Unit) else draft.unit.strip())
        where = draft.division or (draft.site.division if draft.site else None)
        if where is None:
            inside = unit is not None and unit.division.path.startswith(division.path)
            where = unit.division if unit is not None and inside else division
        criterion = criteria.get(draft.criterion, "")
        for field, message in _wrong(draft, unit, where, division, today):
            faults.append(Fault(row, field, message))
        if draft.criterion and not criterion:
            said = _("No standard has the criterion “%(code)s”; expected STANDARD/CRITERION")
            faults.append(Fault(row, "criterion", said % {"code": draft.criterion[:60]}))
        if draft.item and draft.item not in items:
            said = _("There is no checklist item “%(code)s”")
            faults.append(Fault(row, "item", said % {"code": draft.item[:60]}))
        made.append(
            ListItem(
                position=row,
                text=draft.text.strip(),
                measures=draft.measures.strip(),
                unit=unit,
                due=draft.due,
                criterion=criterion,
                item=draft.item,
                site=draft.site,
                case=draft.case,
                division=where,
            )
        )
    if faults:
        raise BadList(faults)
    return made


def _wrong(
    draft: Draft, unit: Unit | None, where: Division, division: Division, today: date
) -> list[tuple[str, str]]:
    """What is wrong with one draft, as field and message."""
    found = []
    if not draft.text.strip():
        found.append(("text", _("Say what the problem is")))
    for field, text in (("text", draft.text), ("measures", draft.measures)):
        if len(text.strip()) > LONGEST_TEXT:
            found.append((field, _("The text is longer than 500 characters")))
    if draft.due < today:
        said = _("The deadline %(due)s has passed; expected %(today)s or later")
        found.append(("due", said % {"due": draft.due, "today": today}))
    if not where.path.startswith(division.path):
        said = _("%(place)s does not lie in %(division)s, whose list this is")
        found.append(("division", said % {"place": where, "division": division}))
    if unit is None:
        said = _("There is no unit “%(code)s”; expected the code of a unit that is at work")
        if not draft.unit:
            said = _("Name the unit that answers for it")
        code = draft.unit.code if isinstance(draft.unit, Unit) else draft.unit
        found.append(("unit", said % {"code": code[:60]}))
    elif not (
        unit.division.path.startswith(where.path) or where.path.startswith(unit.division.path)
    ):
        said = _("%(unit)s does not work in %(place)s; expected a unit of that place")
        found.append(("unit", said % {"unit": unit, "place": where}))
    return found


def _units(drafts: Sequence[Draft]) -> dict[str, Unit]:
    """The units at work that drafts name, by code (1 SQL statement)."""
    codes = {
        draft.unit.code if isinstance(draft.unit, Unit) else draft.unit.strip() for draft in drafts
    }
    rows = Unit.objects.filter(code__in=codes, active=True).select_related("division")
    return {unit.code: unit for unit in rows.defer("division__outline")}


def _criteria(drafts: Sequence[Draft], framework: Framework | None) -> dict[str, str]:
    """What drafts call a criterion, and its "FRAMEWORK/CODE" (at most 1 SQL statement)."""
    said = {draft.criterion for draft in drafts if draft.criterion}
    if not said:
        return {}
    rows = Criterion.objects.filter(code__in={one.rpartition("/")[2] for one in said})
    known = {f"{standard}/{code}" for standard, code in rows.values_list("framework__code", "code")}
    if framework is not None:
        own = {one: f"{framework.code}/{one}" for one in said if "/" not in one}
    else:
        own = {}
    return {one: own.get(one, one) for one in said if own.get(one, one) in known}
