"""The API's description: what all calls share, and a page of it that loads nothing from outside."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI

PROBLEM: dict[str, Any] = {
    "description": "Problem details (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same key with the same request is answered as before",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
}
METHODS = ("get", "post")


def with_problems(described: Any) -> Any:
    """A description whose every call names its errors, and whose every POST names its key."""
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
    return described


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
                {**one, "meaning": one.get("description") or one["schema"].get("description", "")}
                for one in call.get("parameters", [])
            ],
            "fields": _fields(call, schemas),
            "statuses": [str(status) for status in call["responses"] if status != "default"],
        }
        for address, ways in described["paths"].items()
        for method, call in ways.items()
        if method in METHODS
    ]
    info = {"title": described["info"]["title"], "version": described["info"]["version"]}
    return render(request, "api/docs.html", {"calls": calls, "info": info})


def _fields(call: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a call's JSON body."""
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
                    "kind": kind,
                    "type": ", ".join(one for one in types if one and one != "null"),
                    "required": field in schema.get("required", []),
                    "description": said.get("description", ""),
                }
            )
    return found
