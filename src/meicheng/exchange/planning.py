"""From a row of the file's cells to a row of ours: which cell feeds which column, and checks."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from meicheng.tables.kinds import Column, Kind, Refused, Rejection, Row
from meicheng.tables.values import moment, shown

from .mapping import CRS, Plan, Source
from .reading import RawRow, Table
from .reading.table import FORMULA

# How the heading of the column begins that an error file has more; passed over when it comes back.
WRONG = "meicheng: "
# Headings of our own format. In it, positions are WGS-84; any other heading must say what it means.
OWN_POSITION = ("longitude", "latitude")
EXAMPLE_ROW = 2  # where templates have it
Cells = list[str]


class Reader:
    """Reads the rows of one opened file for one kind."""

    def __init__(self, kind: Kind, table: Table, plan: Plan | None, crs: str = "") -> None:
        self.kind = kind
        self.table = table
        self.plan = plan or Plan()
        self.notes: list[str] = []
        self._positions = {name: at for at, name in enumerate(table.columns)}
        self._folded = {name.casefold(): at for at, name in enumerate(table.columns)}
        self._used: set[int] = set()
        self._columns = self._match()
        self.given = frozenset(column.name for column, _get, _parse, _at in self._columns)
        self._headings = {column.name: at for column, _get, _parse, at in self._columns if at}
        self.crs = self._crs(crs)
        self._kept = self._keep()
        if kind.check_headings is not None:
            kind.check_headings([name for name, _at in self._kept])
        self._example = {column.name: column.example for column in kind.columns if column.example}

    # --- before the first row ---

    def _match(self) -> list[tuple[Column, Callable[[Cells], str], Callable[[str], Any], str]]:
        """For each of our columns that the file feeds: how to get its text, and its heading."""
        matched = []
        missing: list[str] = []
        for column in self.kind.columns:
            source = self.plan.columns.get(column.name)
            if source is None and self.plan.columns:
                found = None
            elif source is None:
                found = self._by_heading(column)
            else:
                found = self._by_source(source, missing)
            if found is not None:
                get, heading = found
                parse = column.parse
                if getattr(parse, "__qualname__", "").startswith("moment."):
                    parse = moment(self.plan.dates, self.plan.time_zone)
                matched.append((column, get, parse, heading))
            elif column.required and source is None:
                missing.append(column.name)
        if missing:
            raise Refused(self._lacks(missing))
        return matched

    def _lacks(self, missing: list[str]) -> str:
        """All columns that the file lacks, in one message, with headings that may be meant."""
        folded = {
            name.casefold(): name
            for at, name in enumerate(self.table.columns)
            if at not in self._used and not name.startswith(WRONG)
        }
        close = []
        for name in missing:
            found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
            if found:
                close.append(
                    _("is “%(heading)s” meant to be “%(column)s”?")
                    % {"heading": folded[found[0]], "column": name}
                )
        words = _("The file has no column for: %(missing)s. It has: %(found)s.") % {
            "missing": ", ".join(missing),
            "found": ", ".join(self.table.columns[:60]),
        }
        return " ".join([words, *close])

    def _by_heading(self, column: Column) -> tuple[Callable[[Cells], str], str] | None:
        for name in (column.name, *labels(column), *column.aliases):
            at = self._folded.get(name.casefold())
            if at is not None and at not in self._used:
                self._used.add(at)
                return (lambda cells, at=at: cells[at]), self.table.columns[at]
        return None

    def _by_source(
        self, source: Source, missing: list[str]
    ) -> tuple[Callable[[Cells], str], str] | None:
        if source.value is not None:
            constant = source.value
            return (lambda _cells: constant), ""
        absent = [name for name in source.headings if name not in self._positions]
        if absent:
            if not source.optional:
                missing.extend(absent)
            return None
        places = [self._positions[name] for name in source.headings]
        self._used.update(places)
        first = places[0]

        def get(cells: Cells) -> str:
            if len(places) == 1:
                words = cells[first]
                if source.empty and words.strip().casefold() in source.empty:
                    words = ""
            else:
                parts = [
                    part
                    for at in places
                    if (part := cells[at].strip()) and part.casefold() not in source.empty
                ]
                words = source.join.join(parts[:1] if source.first else parts)
            if source.find is not None:
                found = source.find.search(words)
                words = found[0] if found else ""
            if source.table is not None and words.strip():
                meant = source.table.get(words.strip().casefold())
                words = meant if meant is not None else _otherwise(source, words)
            return words

        return get, source.headings[0]

    def _crs(self, asked: str) -> str:
        """The coordinate system of the file's positions. Raises `Refused` with the question."""
        if not self.kind.has_positions or "longitude" not in self.given:
            return ""
        if asked and asked not in CRS:
            raise Refused(
                _("unknown coordinate system “%(crs)s”; expected %(known)s")
                % {"crs": asked, "known": ", ".join(CRS)}
            )
        named = self.plan.crs or self.table.crs
        if asked and named and asked != named:
            raise Refused(
                _("The file or its mapping says %(named)s, you say %(asked)s; which is it?")
                % {"named": named, "asked": asked}
            )
        if asked or named:
            return asked or named
        if "crs" in self.given:
            return "column"
        if all(name in self._positions for name in OWN_POSITION):
            self.notes.append(
                _(
                    "Positions are read as WGS-84, as in Meicheng's own format; "
                    "if they are not, say --crs gcj02 or --crs bd09"
                )
            )
            return "wgs84"
        raise Refused(
            _(
                "The file has positions but does not name their coordinate system. Which is it: "
                "wgs84 (GPS, CGCS2000), gcj02 (Chinese web maps) or bd09 (Baidu)? "
                "Say it with --crs, in a column “crs”, or in the mapping"
            )
        )

    def _keep(self) -> list[tuple[str, int]]:
        if not self.kind.keeps_extra:
            unused = [
                name
                for at, name in enumerate(self.table.columns)
                if at not in self._used and not name.startswith(WRONG)
            ]
            if unused:
                self.notes.append(_("Not used: %(names)s") % {"names": ", ".join(unused[:40])})
            return []
        return [
            (name, at)
            for at, name in enumerate(self.table.columns)
            if name not in self.plan.drop
            and not name.startswith(WRONG)
            and (at not in self._used or name in self.plan.keep)
        ]

    def heading_of(self, column: str) -> str:
        """The file's heading that feeds a column of ours; empty for a fixed value."""
        return self._headings.get(column, "")

    @property
    def kept(self) -> list[str]:
        """The headings of columns that are kept with the row as they are."""
        return [name for name, _at in self._kept]

    def in_its_words(self, fault: Rejection) -> Rejection:
        """The same fault with the file's own heading instead of our column's name."""
        heading = self._headings.get(fault.column)
        return Rejection(heading, fault.reason) if heading else fault

    # --- row by row ---

    def row(self, raw: RawRow) -> Row | Rejection:
        """One of our rows, or why it is none: the first fault, with the file's own heading."""
        if raw.problem:
            return Rejection("" if raw.at is None else self.table.columns[raw.at], raw.problem)
        values: dict[str, Any] = {column.name: column.default for column in self.kind.columns}
        for column, get, parse, heading in self._columns:
            cell = get(raw.cells)
            if not cell or not cell.strip():
                if column.required:
                    return Rejection(heading or column.name, _("is empty; a value is needed"))
                continue
            if cell.startswith(FORMULA):
                return Rejection(
                    heading,
                    _("cell %(cell)s holds a formula; paste its value instead")
                    % {"cell": cell.split()[1]},
                )
            try:
                values[column.name] = parse(cell)
            except ValueError as problem:
                return Rejection(heading or column.name, str(problem))
        fault = self._position(values) if self.crs else None
        if fault is not None:
            return self.in_its_words(fault)
        extra = {name: kept for name, at in self._kept if (kept := raw.cells[at].strip())}
        row = Row(raw.number, values, extra)
        if raw.number == EXAMPLE_ROW and self._is_example(raw.cells):
            return Rejection("", _("is the made-up example of the template; remove it"))
        if self.kind.check is not None:
            fault = self.kind.check(values)
            if fault is not None and self.kind.append_only:
                row.fault = fault  # only what takes the row knows whether it is here already
                return row
        return row if fault is None else self.in_its_words(fault)

    def _position(self, values: dict[str, Any]) -> Rejection | None:
        """Bring the position to WGS-84; half a position is none."""
        from meicheng.engine.space import convert

        lon, lat = values["longitude"], values["latitude"]
        if lon is None and lat is None:
            return None
        if lon is None or lat is None:
            return Rejection(
                "longitude" if lon is None else "latitude", _("half of the position is missing")
            )
        if lon == 0 and lat == 0:
            return Rejection("longitude", _("0, 0 is no position in a city"))
        crs = self.crs
        if crs == "column":
            crs = str(values.get("crs") or "").strip().casefold()
            if crs not in CRS:
                return Rejection(
                    "crs",
                    _("“%(value)s” is not known here; expected one of: %(codes)s")
                    % {"value": shown(crs), "codes": ", ".join(CRS)},
                )
        if crs != "wgs84":
            lon, lat = convert(lon, lat, source=crs, target="wgs84")
            values["longitude"], values["latitude"] = round(lon, 7), round(lat, 7)
        return None

    def _is_example(self, cells: Cells) -> bool:
        if self.plan.columns or not self._example:
            return False
        return all(
            get(cells).strip() == self._example.get(column.name, "")
            for column, get, _parse, _heading in self._columns
        )


def _otherwise(source: Source, words: str) -> str:
    return words if source.otherwise is None else source.otherwise


def labels(column: Column) -> list[str]:
    """The column's heading in both languages, as templates write it."""
    found = []
    for language in ("zh-hans", "en"):
        with override(language):
            found.append(str(column.label))
    return found
