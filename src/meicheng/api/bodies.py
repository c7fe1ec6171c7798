"""Reading what is sent: JSON in UTF-8 and nothing that only looks like it."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

from .problems import Problem


class Body(Parser):
    """JSON as the standard has it: no NaN, no half signs, no NUL."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value that a body holds. Raises `Problem`, `ValueError` and what reading raises."""
        if request.content_type not in {"application/json", ""}:
            raise Problem(
                415,
                _("%(type)s is not taken here; send application/json")
                % {"type": (request.content_type or "")[:80]},
            )
        body = request.body
        found = json.loads(body.decode(), parse_constant=_no_number)
        if b"\\u" in body:  # only an escape can hold what UTF-8 cannot
            if b"\\u0000" in body:
                raise _nul()
            json.dumps(found, ensure_ascii=False).encode()
        return found

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        """What a query or a form says. Raises `Problem` for a NUL, which no database takes."""
        if any("\0" in part for name in data for part in (name, *map(str, data.getlist(name)))):
            raise _nul()
        return super().parse_querydict(data, list_fields, request)


def _nul() -> Problem:
    return Problem(422, _("The text holds a sign that no text has (NUL)"))


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")
