"""The API's description: what all calls share, and a page of it that loads nothing from outside."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI

from meicheng.engine.frameworks.schema import schema
from meicheng.files.actions import PICTURES as PICTURE_TYPES

from .once import KEY as ONE_KEY

PROBLEM: dict[str, Any] = {
    "description": "Problem details (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same key with the same request is answered as before",
    "schema": {"type": "string", "pattern": f"^{ONE_KEY.pattern}$"},
}
METHODS = ("get", "post")
NO_NUL = "^[^\\x00]*$"  # no database takes this sign, so no text holds it
VALUES: list[dict[str, Any]] = [
    {"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"},
]  # fmt: skip
LISTED = {"anyOf": [*VALUES, {"type": "array"}, {"type": "object"}]}
# What a form may say beside its fields, which nobody reads: anything that holds no NUL.
BESIDE = {
    "anyOf": [
        *VALUES,
        {"type": "array", "items": LISTED},
        {"type": "object", "additionalProperties": LISTED},
    ]
}
PICTURES = {"file": {"contentType": ", ".join(PICTURE_TYPES.values())}}

LINK = {
    "type": "object",
    "properties": {
        "from": {"type": "string", "description": "STANDARD/EDITION/CODE of the earlier edition"},
        "to": {"type": "array", "items": {"type": "string"}},
        "share": {"type": "array", "items": {"type": "number"}},
    },
    "required": ["from", "to"],
    "additionalProperties": False,
}


def with_problems(described: Any) -> Any:
    """A description whose every call names its errors, and whose every POST names its key."""
    _describe_bodies(described)
    for address, ways in described["paths"].items():
        for method, call in ways.items():
            answers = call.setdefault("responses", {})
            for status in [status for status in answers if int(status) >= 400]:
                answers[status] = PROBLEM
            answers["default"] = PROBLEM
            if method == "post":
                call.setdefault("parameters", []).append(KEY)
            elif address.endswith("}"):
                answers[304] = {"description": "The caller has the newest (If-None-Match)"}
            for form in _forms(call):
                _without_null(form)
    _without_nul(described)
    return described


def _describe_bodies(described: dict[str, Any]) -> None:
    """What is sent in formats of their own: pictures, standards, crosswalks."""

    def content(path: str, kind: str) -> dict[str, Any]:
        call = described["paths"][f"/api/v1/{path}"]["post"]
        found: dict[str, Any] = call["requestBody"]["content"][kind]
        return found

    content("photos", "multipart/form-data")["encoding"] = PICTURES
    parts = schema()
    schemas = described["components"]["schemas"]
    for name, part in parts.pop("$defs").items():
        schemas[f"Standard_{name}"] = part
    del parts["$schema"]  # OpenAPI names its own dialect
    # Two levels are described, though there may be more: few tools read a part that holds itself.
    node = schemas["Standard_node"]
    fields = {name: said for name, said in node["properties"].items() if name != "children"}
    schemas["Standard_part"] = {
        **{name: said for name, said in node.items() if name != "anyOf"},
        "properties": fields,
        "required": [*node["required"], "criteria"],
    }
    node["properties"]["children"]["items"] = {"$ref": "#/components/schemas/Standard_part"}
    schemas["Standard"] = parts
    _rename(schemas, "#/$defs/", "#/components/schemas/Standard_")
    content("standards", "application/json")["schema"] = {"$ref": "#/components/schemas/Standard"}
    content("crosswalks", "application/json")["schema"] = {"type": "array", "items": LINK}


def _rename(part: Any, old: str, new: str) -> None:
    """Let every reference to a definition lead to where it stands here."""
    if isinstance(part, list):
        for one in part:
            _rename(one, old, new)
    elif isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            part["$ref"] = part["$ref"].replace(old, new)
        for one in part.values():
            _rename(one, old, new)


def _forms(call: dict[str, Any]) -> list[dict[str, Any]]:
    content = call.get("requestBody", {}).get("content", {})
    return [held["schema"] for kind, held in content.items() if kind != "application/json"]


def _without_null(form: dict[str, Any]) -> None:
    """A form has no way to say null: what is not there is left out."""
    form |= {"type": "object", "additionalProperties": deepcopy(BESIDE)}
    for said in form.get("properties", {}).values():
        kinds = [one for one in said.pop("anyOf", []) if one.get("type") != "null"]
        for kind in kinds:
            said |= kind


def _without_nul(part: Any) -> None:
    """Say of every text and name that says nothing of its form that it holds no NUL."""
    if isinstance(part, list):
        for one in part:
            _without_nul(one)
    elif isinstance(part, dict):
        if part.get("type") == "string" and not part.keys() & {
            "enum",
            "const",
            "format",
            "pattern",
        }:
            part["pattern"] = NO_NUL
        if part.get("type") == "object" and part.get("additionalProperties"):
            part.setdefault("propertyNames", {"pattern": NO_NUL})
        for one in part.values():
            _without_nul(one)


def page(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    """The description as a page for people."""
    described = api.get_openapi_schema()
    schemas = described["components"]["schemas"]
    calls = [
        {
            "method": method.upper(),
            "address": address,
            "summary": call.get("summary", ""),
            "description": call.get("description", ""),
            "parameters": [
                {
                    "name": one["name"],
                    "place": one["in"],
                    "type": one["schema"].get("type", ""),
                    "required": one["required"],
                    "meaning": one.get("description") or one["schema"].get("description", ""),
                    "values": _values(one["schema"]),
                }
                for one in call.get("parameters", [])
            ]
            + _fields(call, schemas),
            "statuses": [str(status) for status in call["responses"] if status != "default"],
        }
        for address, ways in described["paths"].items()
        for method, call in ways.items()
        if method in METHODS
    ]
    info = {"title": described["info"]["title"], "version": described["info"]["version"]}
    return render(request, "api/docs.html", {"calls": calls, "info": info})


def _fields(call: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a call's body."""
    content = call.get("requestBody", {}).get("content", {})
    found = []
    for kind, held in content.items():
        schema = held["schema"]
        name = schema.get("$ref", "").rpartition("/")[2]
        schema = schemas.get(name, schema)
        for field, said in schema.get("properties", {}).items():
            types = [one.get("type") for one in said.get("anyOf", [said])]
            found.append(
                {
                    "name": field,
                    "place": "body" if kind == "application/json" else "form",
                    "type": ", ".join(one for one in types if one and one != "null"),
                    "required": field in schema.get("required", []),
                    "meaning": said.get("description", ""),
                    "values": _values(said),
                }
            )
    return found


def _values(schema: dict[str, Any]) -> list[str]:
    """What may be said where it is one of a few."""
    return [str(one) for one in schema.get("enum", []) if one != ""]
