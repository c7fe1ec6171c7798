"""How lists, mappings and steps of a rule stand in one cell of a sheet.

lists      a, b                 mappings    a: 1, b: 0.5
steps      1: above 85; 0.6: above 80
"""

from __future__ import annotations

import re
from typing import Any

from .fields import Field, ListOf, MapOf
from .format import PARTIAL, RULES, STEP
from .located import Located
from .problems import Log, Where

PARTIAL_COLUMNS = {f"partial_{name}": name for name in PARTIAL.fields}


def _rule_columns() -> dict[str, Field]:
    columns: dict[str, Field] = {}
    for form in RULES.values():
        for name, field in form.fields.items():
            if field is PARTIAL:
                columns |= {
                    column: PARTIAL.fields[part] for column, part in PARTIAL_COLUMNS.items()
                }
            else:
                columns[name] = field
    return columns


RULE_COLUMNS = _rule_columns()


def to_cell(value: Any) -> str | int | float | None:
    """A value of the format as one cell.

    >>> to_cell(["plan", "records"]), to_cell({"satisfied": 0.8}), to_cell(True)
    ('plan, records', 'satisfied: 0.8', 'true')
    >>> to_cell([{"share": 1, "above": 85}, {"share": 0.6, "above": 80}])
    '1: above 85; 0.6: above 80'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "; ".join(_step(step) for step in value)
    if isinstance(value, list):
        return ", ".join(one if isinstance(one, str) else _number(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_number(share)}" for name, share in value.items())
    # A sheet keeps 15 digits of a number; a number of more stands as text.
    if isinstance(value, float) and float(f"{value:.15g}") != value:
        return repr(value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{value!r} cannot stand in a cell")


def from_cell(text: str, field: Field, where: Where, log: Log) -> Located:
    """What a cell says, taken apart as its field needs it; what it holds is checked later."""
    if isinstance(field, ListOf) and field.of is STEP:
        parts = [part for part in re.split("[;；]", text) if part.strip()]
        return Located(where, [_read_step(part, where, log) for part in parts])
    if isinstance(field, ListOf):
        parts = [part.strip() for part in re.split("[,，、;；\n]", text)]
        return Located(where, [Located(where, part) for part in parts if part])
    if isinstance(field, MapOf):
        pairs: dict[str, Located] = {}
        for part in re.split("[,，;；\n]", text):
            if not part.strip():
                continue
            name, _, share = (piece.strip() for piece in part.replace("：", ":").partition(":"))
            if not share:
                log.add(
                    where,
                    f"“{part.strip()}”应为 名称: 数字",
                    f"“{part.strip()}”; expected name: number",
                )
            elif name in pairs:
                log.add(where, f"“{name}”重复", f"“{name}” is listed twice")
            else:
                pairs[name] = Located(where, share, name=name)
        return Located(where, pairs, broken=not pairs)
    return Located(where, text)


def _step(step: dict[str, Any]) -> str:
    condition = next(name for name in ("needs", "above", "below") if name in step)
    return f"{_number(step['share'])}: {condition} {_number(step[condition])}"


def _read_step(text: str, where: Where, log: Log) -> Located:
    found = re.fullmatch(r"\s*(\S+?)\s*[:：]\s*(needs|above|below)\s+(\S+)\s*", text)
    if not found:
        log.add(
            where,
            f"“{text.strip()}”应如 0.6: above 80",
            f"“{text.strip()}”; expected a step such as 0.6: above 80",
        )
        return Located(where, None, broken=True)
    share, condition, bound = found.groups()
    parts = {"share": Located(where, share), condition: Located(where, bound)}
    return Located(where, parts)


def _number(value: float) -> str:
    return repr(value) if isinstance(value, float) else str(value)
