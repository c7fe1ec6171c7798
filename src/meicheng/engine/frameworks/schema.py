"""The format as JSON Schema, so that an editor completes and underlines while a standard is typed.

python -m meicheng.engine.frameworks.schema > src/meicheng/data/framework.schema.json
"""

from __future__ import annotations

import json
from typing import Any

from .fields import Record
from .format import BOUNDS, CRITERION, HEAD, METHODS, NO_ANSWER, NODE, PARTIAL, RULES

ID = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The JSON Schema of a standard. What only a whole file shows (codes used twice, a veto on
    nothing, codes that the city does not have) is left to the reader."""
    return {
        "$schema": ID,
        "title": "Meicheng assessment standard",
        **_record(
            Record({**HEAD}, ("framework", "edition", "name", "full_marks")),
            {"nodes": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/node"}}},
            ["nodes"],
        ),
        "$defs": {
            "node": _record(
                Record(NODE, ("code", "name")),
                {
                    "children": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"$ref": "#/$defs/node"},
                    },
                    "criteria": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"$ref": "#/$defs/criterion"},
                    },
                },
            )
            | {"anyOf": [{"required": ["children"]}, {"required": ["criteria"]}]},
            "criterion": _record(
                Record(CRITERION, ("code", "name", "method")),
                {"rule": {"type": "object", "required": ["kind"]}},
                ["rule"],
            )
            | {"allOf": [_fitting(method) for method in METHODS]},
            **{f"rule-{kind}": _rule(kind) for kind in RULES},
        },
    }


def _record(
    record: Record, more: dict[str, Any], needed: list[str] | None = None
) -> dict[str, Any]:
    found = record.schema()
    found["properties"] |= more
    found["required"] = [*record.needed, *(needed or [])]
    return found


def _fitting(method: str) -> dict[str, Any]:
    """What follows from a criterion's method: its rules, and whether it has a weight."""
    kinds = [kind for kind, form in RULES.items() if method in form.methods]
    then: dict[str, Any] = {
        "properties": {"rule": {"anyOf": [{"$ref": f"#/$defs/rule-{kind}"} for kind in kinds]}}
    }
    if method == "veto":
        then["not"] = {"required": ["weight"]}
    else:
        then["required"] = ["weight"]
    if method != "field":
        then["properties"]["site_kinds"] = False
    return {"if": {"properties": {"method": {"const": method}}}, "then": then}


def _rule(kind: str) -> dict[str, Any]:
    form = RULES[kind]
    found = Record(form.fields, form.needed).schema()
    found["properties"] = {"kind": {"const": kind}} | found["properties"]
    found["required"] = ["kind", *form.needed]
    if "partial" in form.fields:
        found["properties"]["partial"] = PARTIAL.schema() | {
            "oneOf": [{"required": ["linear_from"]}, {"required": ["every", "minus"]}]
        }
    if kind in ("target", "rate"):
        one_bound = [{"required": [name]} for name in BOUNDS]
        none = {"not": {"anyOf": [{"required": [n]} for n in (*BOUNDS, "or", "partial")]}}
        found["oneOf"] = one_bound if kind == "target" else [*one_bound, none]
    if kind == "grade":
        conditions = ("needs", "above", "below")
        found["properties"]["steps"]["items"]["oneOf"] = [{"required": [n]} for n in conditions]
    if kind == "share_of_answers":
        found["properties"]["counts"]["propertyNames"]["not"] = {"const": NO_ANSWER}
    if kind == "trend":
        found["oneOf"] = [
            {"required": ["direction", "years"], "properties": {"not_above_mean_of": False}},
            {
                "required": ["not_above_mean_of"],
                "properties": {"direction": False, "years": False},
            },
        ]
    return found


def written() -> str:
    """The schema as the text of its file."""
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    print(written(), end="")
