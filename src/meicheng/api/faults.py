"""What is wrong with a field and what was expected, in the caller's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

SAID = r"^[^\x00]*[^\s\x00][^\x00]*$"  # something else than blanks, and no NUL


def fault(error: dict[str, Any]) -> dict[str, str]:
    """One error of the validation as problem details tell it: where, what, expected.

    >>> fault({"type": "missing", "loc": ("body", "payload", "body"), "msg": ""})["where"]
    'body'
    """
    location = [
        str(part) for part in error["loc"] if part not in {"body", "query", "path", "file", "form"}
    ]
    # The framework names the whole body by its argument; a field called so comes after it.
    if error["loc"] and error["loc"][0] == "body":
        location = [str(part) for part in error["loc"][2:]] or ["body"]
    what, expected = _told(str(error["type"]), error.get("ctx") or {})
    told = {"where": ".".join(location) or str(error["loc"][0]), "what": what}
    return {**told, "expected": expected} if expected else told


def _told(kind: str, limits: dict[str, Any]) -> tuple[str, str]:
    """What an error of this kind is, and what was expected instead."""
    plain = _PLAIN.get(kind) or next(
        (expect for start, expect in _STARTS.items() if kind.startswith(start)), None
    )
    if kind == "missing":
        return _("It is missing"), ""
    if kind == "extra_forbidden":
        return _("There is no such field"), _("only the fields that openapi.json names")
    if kind == "greater_than_equal":
        return _("It is too small"), _("%(ge)s or more") % limits
    if kind == "less_than_equal":
        return _("It is too large"), _("%(le)s or less") % limits
    if kind in {"string_too_long", "too_long"} and "max_length" in limits:
        limit = {"most": limits["max_length"]}
        if kind == "too_long":
            return _("There are too many"), _("at most %(most)s") % limit
        return _("The text is too long"), _("at most %(most)s characters") % limit
    if kind in {"string_too_short", "too_short"}:
        return _("There is too little"), _("at least %(least)s") % {"least": limits["min_length"]}
    if kind == "string_pattern_mismatch":
        said = limits["pattern"] == SAID
        form = _("words") if said else _("the form %(form)s") % {"form": limits["pattern"]}
        return _("It is not as expected"), form
    if kind == "literal_error":
        return _("It is not as expected"), _("one of %(known)s") % {"known": limits["expected"]}
    if plain is not None:
        return _("It is of the wrong type"), plain()
    return _("It is not as expected"), ""


_PLAIN = {
    "string_unicode": lambda: _("text in UTF-8"),
    "list_type": lambda: _("a list"),
    "finite_number": lambda: _("a number"),
    "file_invalid": lambda: _("a file, sent as multipart/form-data"),
}
_STARTS = {
    "string_": lambda: _("text"),
    "int_": lambda: _("a whole number"),
    "float_": lambda: _("a number"),
    "bool_": lambda: _("true or false"),
    "date": lambda: _("a time with its zone, as 2026-11-23T19:40:00+08:00"),
    "timezone_": lambda: _("a time with its zone, as 2026-11-23T19:40:00+08:00"),
    "model_": lambda: _("a JSON object"),
    "dict_": lambda: _("a JSON object"),
}
