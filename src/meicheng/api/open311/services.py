"""The kinds of cases as the standard's services, and what each asks as its definition."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from meicheng.standards.asking import Question, questions_of
from meicheng.standards.models import CaseKind
from meicheng.standards.packs import read_pack
from meicheng.voices.checking import world

from .faults import Fault

GROUPS = {
    "appearance": gettext_lazy("Appearance of the city"),
    "order": gettext_lazy("Order"),
    "safety": gettext_lazy("Safety"),
    "facility": gettext_lazy("Public facilities"),
    "publicity": gettext_lazy("Publicity"),
    "service": gettext_lazy("Services"),
}
DATATYPES = {
    "line": "string",
    "text": "text",
    "number": "number",
    "moment": "datetime",
    "one": "singlevaluelist",
    "some": "multivaluelist",
}
MOST_KEYWORDS = 6


def services() -> list[CaseKind]:
    """The kinds that are in use, in the city's order (no SQL once they are known)."""
    return list(world().kinds.values())


def service(code: str) -> CaseKind:
    """The kind with this code. Raises `Fault` 404."""
    kind = world().kinds.get(code)
    if kind is None:
        raise Fault(
            404,
            _("There is no service_code “%(code)s”; GET services lists them") % {"code": code[:60]},
        )
    return kind


def service_row(kind: CaseKind) -> dict[str, Any]:
    """A service as GET services lists it."""
    closes = kind.closes_when_zh if _chinese() else kind.closes_when_en
    return {
        "service_code": kind.code,
        "service_name": kind.name,
        "description": _("Done when: %(state)s") % {"state": closes} if closes else kind.name,
        "metadata": bool(kind.asks),
        "type": "realtime",
        "keywords": ",".join(_keywords(kind.code)),
        "group": str(GROUPS.get(kind.group, kind.group)),
    }


def definition_row(kind: CaseKind) -> dict[str, Any]:
    """What a service asks beside, as GET services/CODE answers."""
    asked = enumerate(questions_of(kind), 1)
    return {
        "service_code": kind.code,
        "attributes": [_attribute(question, order) for order, question in asked],
    }


def _attribute(question: Question, order: int) -> dict[str, Any]:
    language = get_language() or "zh"
    row: dict[str, Any] = {
        "variable": True,
        "code": question.code,
        "datatype": DATATYPES[question.type],
        "required": question.required,
        "datatype_description": question.hint.say(language) or None,
        "order": order,
        "description": question.words.say(language),
    }
    if question.values:
        row["values"] = [
            {"key": key, "name": words.say(language)} for key, words in question.values
        ]
    return row


def _keywords(code: str) -> list[str]:
    found: dict[str, list[str]] = _words().get(code, {})
    return list(found.get("zh" if _chinese() else "en", []))[:MOST_KEYWORDS]


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = read_pack("kind-words")
    return found
