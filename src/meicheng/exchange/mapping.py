"""Mappings: how the columns of somebody's file become ours, written as YAML, not as code.

    name: nyc311
    title: {zh: …, en: …}
    kinds:
      reports:
        time_zone: America/New_York
        dates: ["%m/%d/%Y %I:%M:%S %p"]
        crs: wgs84
        columns:
          number: Unique Key
          body: {from: [Complaint Type, Descriptor], join: " · "}
          state: {from: Status, table: {Closed: closed}, otherwise: registered}
          source: {value: file}
        keep: [Status]

`columns` says for each of our columns where its text comes from: a heading, or `from` (a heading
or several, joined by `join`; with `take: first` the first that is not empty), `find` (a regular expression: the first match in the text), `table`
(other words for its text; case does not matter) with `otherwise` for what the table lacks,
`empty` (texts that mean nothing), or `value` (the same for every row). Columns of the file that no
column of ours uses are kept with the row, where the kind keeps them; `keep` names used ones that
are to be kept as well, `drop` those that are not. `optional: true` allows the file to lack it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meicheng.tables.kinds import Kind, Refused

CRS = ("wgs84", "gcj02", "bd09")
TAKES = ("all", "first")
PART_KEYS = {"time_zone", "dates", "crs", "columns", "keep", "drop", "options"}
COLUMN_KEYS = {"from", "take", "join", "find", "table", "otherwise", "empty", "value", "optional"}


@dataclass(frozen=True)
class Source:
    """Where the text of one of our columns comes from."""

    headings: tuple[str, ...] = ()
    join: str = " "
    first: bool = False
    find: re.Pattern[str] | None = None
    table: Dictionary[str, str] | None = None
    otherwise: str | None = None
    empty: frozenset[str] = frozenset()
    value: str | None = None
    optional: bool = False


@dataclass(frozen=True)
class Plan:
    """A mapping's part for one kind, checked."""

    name: str = ""
    columns: Dictionary[str, Source] = field(default_factory=dict)
    time_zone: str = ""
    dates: tuple[str, ...] = ()
    crs: str = ""
    keep: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()
    options: Dictionary[str, Any] = field(default_factory=dict)


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """The mappings that come with the product, by name."""
    folder = resources.files("meicheng.exchange") / "mappings"
    documents = [
        yaml.safe_load(file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".yaml")
    ]
    return {document["name"]: document for document in sorted(documents, key=lambda d: d["name"])}


def names_for(kind: Kind) -> list[tuple[str, str]]:
    """The mappings for a kind, as (name, title) (1 SQL statement)."""
    from .models import Mapping

    language = "en" if (get_language() or "").startswith("en") else "zh"
    found = [
        (name, f"{name} – {document['title'][language]}")
        for name, document in shipped().items()
        if kind.code in document["kinds"]
    ]
    own = Mapping.objects.filter(kind=kind.code).values_list("name", flat=True)
    return found + [(name, name) for name in own]


def mapping_of(name: str, kind: Kind) -> Plan:
    """The mapping with this name, for this kind. Raises `Refused` with those that there are."""
    from .models import Mapping

    document = shipped().get(name)
    if document is not None:
        if kind.code not in document["kinds"]:
            raise Refused(
                _("The mapping “%(name)s” is for %(kinds)s, not for %(kind)s")
                % {"name": name, "kinds": ", ".join(document["kinds"]), "kind": kind.code}
            )
        return read_plan(document["kinds"][kind.code], kind, name=name)
    row = Mapping.objects.filter(name=name).first()
    if row is None:
        known = [known for known, _title in names_for(kind)]
        raise Refused(
            _("There is no mapping “%(name)s”; for %(kind)s there are: %(known)s")
            % {"name": name, "kind": kind.code, "known": ", ".join(known) or "–"}
        )
    if row.kind != kind.code:
        raise Refused(
            _("The mapping “%(name)s” is for %(kinds)s, not for %(kind)s")
            % {"name": name, "kinds": row.kind, "kind": kind.code}
        )
    return read_plan(row.document, kind, name=name)


def find_plan(words: str, kind: Kind) -> Plan:
    """The mapping that the command line means: a name, or a YAML file. Raises `Refused`."""
    path = Path(words)
    if path.suffix not in {".yaml", ".yml"}:
        return mapping_of(words, kind)
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Refused(
            _("The mapping %(path)s cannot be read: %(why)s") % {"path": path, "why": error}
        ) from None
    kinds = document.get("kinds") if isinstance(document, dict) else None
    if isinstance(kinds, dict):
        if kind.code not in kinds:
            raise Refused(
                _("The mapping “%(name)s” is for %(kinds)s, not for %(kind)s")
                % {"name": path.name, "kinds": ", ".join(kinds), "kind": kind.code}
            )
        document = kinds[kind.code]
    return read_plan(document, kind, name=path.stem)


def read_plan(part: Any, kind: Kind, *, name: str = "") -> Plan:
    """A mapping's part for one kind, checked; `Refused` names everything that is wrong in it."""
    faults: list[str] = []
    if not isinstance(part, dict) or not isinstance(part.get("columns"), dict):
        raise Refused(_("A mapping needs “columns”: for each of our columns, where it comes from"))
    faults += [
        _("unknown entry “%(key)s”") % {"key": key} for key in sorted(part.keys() - PART_KEYS)
    ]
    sources: dict[str, Source] = {}
    for column, written in part["columns"].items():
        if column not in kind.names:
            faults.append(
                _("“%(kind)s” has no column “%(column)s”; it has: %(names)s")
                % {"kind": kind.code, "column": column, "names": ", ".join(kind.names)}
            )
            continue
        try:
            sources[column] = _read_source(written)
        except ValueError as problem:
            faults.append(f"{column}: {problem}")
    zone, crs = str(part.get("time_zone") or ""), str(part.get("crs") or "")
    if zone:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            faults.append(_("unknown time zone “%(zone)s”") % {"zone": zone})
    if crs and crs not in CRS:
        faults.append(
            _("unknown coordinate system “%(crs)s”; expected %(known)s")
            % {"crs": crs, "known": ", ".join(CRS)}
        )
    if faults:
        raise Refused(_("The mapping is not in order: %(faults)s") % {"faults": "; ".join(faults)})
    return Plan(
        name=name,
        columns=sources,
        time_zone=zone,
        dates=tuple(str(pattern) for pattern in part.get("dates") or ()),
        crs=crs,
        keep=frozenset(part.get("keep") or ()),
        drop=frozenset(part.get("drop") or ()),
        options=part.get("options") or {},
    )


def _read_source(written: Any) -> Source:
    if isinstance(written, str):
        return Source(headings=(written,))
    if not isinstance(written, dict):
        raise ValueError(_("expected a heading or a table of entries"))
    unknown = sorted(written.keys() - COLUMN_KEYS)
    if unknown:
        raise ValueError(_("unknown entry “%(key)s”") % {"key": ", ".join(unknown)})
    came = written.get("from", ())
    headings = (came,) if isinstance(came, str) else tuple(str(part) for part in came)
    value = written.get("value")
    if bool(headings) == (value is not None):
        raise ValueError(_("needs either “from” or “value”"))
    try:
        find = re.compile(written["find"]) if written.get("find") else None
    except re.error as error:
        raise ValueError(_("“find” is no regular expression: %(why)s") % {"why": error}) from None
    take = str(written.get("take") or "all")
    if take not in TAKES:
        raise ValueError(_("“take” is one of: %(known)s") % {"known": ", ".join(TAKES)})
    table = written.get("table")
    otherwise = written.get("otherwise")
    return Source(
        headings=headings,
        join=str(written.get("join", " ")),
        first=take == "first",
        find=find,
        table={str(key).casefold(): str(meant) for key, meant in table.items()} if table else None,
        otherwise=None if otherwise is None else str(otherwise),
        empty=frozenset(str(part).casefold() for part in written.get("empty") or ()),
        value=None if value is None else str(value),
        optional=bool(written.get("optional")),
    )
