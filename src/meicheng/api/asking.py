"""What calls ask with in their addresses and bodies, described so that nothing valid is refused.

A word that the description allows is never answered 400 or 422: what it names may not be here
(404), or go against what is here (409).
"""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from .problems import Problem

MONTHS = "(0[1-9]|1[0-2])"
DAYS = "(0[1-9]|[12][0-9]|3[01])"
DAY = f"20[0-9]{{2}}-{MONTHS}-{DAYS}"
PERIOD = f"^(20[0-9]{{2}}(Q[1-4]|-?{MONTHS})?|{DAY}\\.\\.{DAY})?$"
HASH = "^[0-9a-f]{64}$"

PeriodText = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": PERIOD,
            "description": "2026, 2026Q3, 2026-09 or 2026-07-15..2026-09-03",
        }
    ),
]
MonthText = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "pattern": f"^(20[0-9]{{2}}-{MONTHS})?$", "description": "as 2026-11"}
    ),
]
YearText = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": "^(20[0-9]{2})?$", "description": "as 2026"})
]
DayText = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": f"^({DAY})?$", "description": "as 2026-11-23"}),
]
Number = Annotated[float, Strict()]  # true is none
PhotoHash = Annotated[str, Field(pattern=HASH)]


def one_of(*known: str) -> Any:
    """What describes a text as one of these, or "" for any."""
    return WithJsonSchema({"type": "string", "enum": ["", *known]})


def only(*known: str) -> Any:
    """What refuses a text that is none of these."""

    def check(said: str) -> str:
        if said and said not in known:
            expected = {"expected": ", ".join(known)}
            raise PydanticCustomError("literal_error", "one of {expected}", expected)
        return said

    return AfterValidator(check)


def nothing(where: str, code: str) -> Problem:
    """What is answered where a code names nothing that is here."""
    said = _("There is nothing with the code “%(code)s”") % {"code": code[:60]}
    return Problem(404, said, [(where, said)])
