"""A list as a table of words, typed on a page or in a spreadsheet, made into drafts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from meicheng.exchange.reading import open_table
from meicheng.exchange.reading.table import FORMULA
from meicheng.organisation.models import Unit
from meicheng.places.models import Division, Site
from meicheng.tables.kinds import Refused, kind_of

from .drafts import MOST_ITEMS, BadList, Draft, Fault, checked

# What a column may be called, in either language; others are passed over.
HEADINGS = {
    "text": ("问题", "problem"),
    "unit": ("责任单位", "unit"),
    "measures": ("整改措施", "measures"),
    "due": ("完成时限", "deadline"),
    "criterion": ("测评标准", "criterion"),
    "item": ("测评内容", "item"),
    "site": ("点位编码", "site code"),
    "division": ("区划编码", "place code"),
}
NEEDED = ("text", "unit", "due")
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")


@dataclass(frozen=True)
class Words:
    """One problem as it was written; `where` names its cells for messages."""

    text: str = ""
    unit: str = ""
    measures: str = ""
    due: str = ""
    criterion: str = ""
    item: str = ""
    site: str = ""
    division: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing that makes a problem was written."""
        return not any(part.strip() for part in (self.text, self.unit, self.measures, self.due))


def read_day(written: str) -> date | None:
    """A day as people write it; None where it is none.

    >>> read_day("2026年12月1日"), read_day("2026/12/01"), read_day("soon")
    (datetime.date(2026, 12, 1), datetime.date(2026, 12, 1), None)
    """
    found = DAY.fullmatch(written.strip())
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def drafts_of(rows: Sequence[Words], *, title: str, division: Division, today: date) -> list[Draft]:
    """What the rows say (at most 7 SQL statements). Raises `BadList` with every fault at once.

    A unit is named by its code or its full name. The faults that `make_list` would find are found
    here too, so that nobody mends a file twice.
    """
    codes = _unit_codes(rows)
    sites = (
        Site.objects.select_related("division")
        .defer("division__outline")
        .in_bulk({row.site.strip() for row in rows if row.site.strip()}, field_name="code")
    )
    places = Division.objects.defer("outline").in_bulk(
        {row.division.strip() for row in rows if row.division.strip()}, field_name="code"
    )
    faults, drafts = [], []
    for number, row in enumerate(rows, 1):
        due = read_day(row.due)
        if due is None:
            said = _("“%(value)s” is no day; expected one like 2026-12-31")
            if not row.due.strip():
                said = _("Name the last day, one like 2026-12-31")
            faults.append(Fault(number, "due", said % {"value": row.due[:40]}))
        named = row.unit.strip()
        found = codes.get(named, [named])
        if len(found) > 1:
            said = _("Several units are called “%(name)s”; name its code: %(codes)s")
            faults.append(
                Fault(number, "unit", said % {"name": named[:60], "codes": ", ".join(found)})
            )
        for name, known in (("site", sites), ("division", places)):
            value = getattr(row, name).strip()
            if value and value not in known:
                said = _("There is no site or place with the code “%(code)s”")
                faults.append(Fault(number, name, said % {"code": value[:60]}))
        drafts.append(
            Draft(
                text=row.text,
                unit=found[0],
                due=due or today,
                criterion=row.criterion.strip(),
                item=row.item.strip(),
                site=sites.get(row.site.strip()),
                division=places.get(row.division.strip()),
                measures=row.measures,
            )
        )
    try:
        checked(drafts, title=title, division=division, framework=None, today=today)
    except BadList as problem:
        faults += problem.faults
    if faults:
        raise BadList(sorted(faults, key=lambda fault: fault.row))
    return drafts


def read_sheet(path: Path, *, title: str, division: Division, today: date) -> list[Draft]:
    """The drafts of a spreadsheet (XLSX or CSV). Raises `BadList`; each fault names its cell."""
    try:
        table = open_table(path, kind_of("units"))
        names = {heading.casefold(): name for name, known in HEADINGS.items() for heading in known}
        columns = {
            names[heading.casefold()]: place
            for place, heading in enumerate(table.columns)
            if heading.casefold() in names
        }
        english = (get_language() or "").startswith("en")
        missing = [HEADINGS[name][english] for name in NEEDED if name not in columns]
        if missing:
            raise BadList(
                _(
                    "The first row names no column %(missing)s; expected problem, unit, measures, deadline"
                )
                % {"missing": ", ".join(missing)}
            )
        rows, lines, faults = [], [], []
        for raw in table.rows:
            if raw.problem:
                faults.append(Fault(0, "", f"{_line(raw.number)}: {raw.problem}"))
                continue
            said = {
                name: raw.cells[place] if place < len(raw.cells) else ""
                for name, place in columns.items()
            }
            formula = [name for name, value in said.items() if value.startswith(FORMULA)]
            for name in formula:
                cell = f"{get_column_letter(columns[name] + 1)}{raw.number}"
                problem = _("a formula stands here; paste its value")
                faults.append(Fault(0, "", f"{cell}: {problem}"))
            if formula:
                continue
            words = Words(**said)
            if not words.empty:
                rows.append(words)
                lines.append(raw.number)
            if len(rows) > MOST_ITEMS:
                break
    except Refused as problem:
        raise BadList(str(problem)) from problem
    try:
        drafts = drafts_of(rows, title=title, division=division, today=today)
    except BadList as problem:
        for fault in problem.faults:
            where = ""
            if fault.row:
                line = lines[fault.row - 1]
                place = columns.get(fault.field)
                where = (
                    f"{get_column_letter(place + 1)}{line}" if place is not None else _line(line)
                )
            faults.append(Fault(0, "", f"{where}: {fault.message}" if where else fault.message))
    if faults:
        raise BadList(faults)
    return drafts


def _line(number: int) -> str:
    return _("row %(number)d") % {"number": number}


def _unit_codes(rows: Sequence[Words]) -> dict[str, list[str]]:
    """The codes of the units that are called so, by name (1 SQL statement)."""
    named = {row.unit.strip() for row in rows}
    found: dict[str, list[str]] = {}
    units = Unit.objects.filter(active=True)
    known = units.filter(name_zh__in=named) | units.filter(name_en__in=named)
    for unit in known.order_by("code"):
        for name in {unit.name_zh, unit.name_en} & named:
            found.setdefault(name, []).append(unit.code)
    return found
