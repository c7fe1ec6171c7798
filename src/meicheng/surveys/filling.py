"""What somebody filled in: read, checked against the form, and what of it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from django.utils.translation import gettext as _

from .questions import Form, Group, Question

LONGEST_TEXT = 1000
Said = dict[str, Any]


class Sent(Protocol):
    """A form that was sent."""

    def getlist(self, key: str) -> list[str]:
        """All values of a field."""


def groups_asked(form: Form, said: Mapping[str, Any]) -> list[Group]:
    """The pages that are asked with these answers so far."""
    return [one for one in form.groups if asked_of(one, said)]


def asked_of(group: Group, said: Mapping[str, Any]) -> list[Question]:
    """The questions of a page that are asked with these answers; none where the page is skipped."""
    if group.relevant is not None and not group.relevant.holds(said):
        return []
    return [one for one in group.questions if one.relevant is None or one.relevant.holds(said)]


def read_page(group: Group, sent: Sent, said: Mapping[str, Any]) -> tuple[Said, dict[str, str]]:
    """The answers with those of this page, and what is wrong by question.

    A question that is skipped after the answers before it on the page is neither read nor missed;
    what was said there once is kept until the end, should the way lead back.
    """
    now, wrong = dict(said), {}
    for question in group.questions:
        if question.kind == "note":
            continue
        if question.relevant is not None and not question.relevant.holds(now):
            continue
        words = [word.replace("\0", "").strip() for word in sent.getlist(question.name)]
        value, fault = _read(question, [word for word in words if word])
        if not fault and value in ("", None, []) and question.required:
            fault = _("Please answer this question")
        limit = question.constraint if value not in ("", None, []) and not fault else None
        if limit is not None and not limit.holds(now, value):
            fault = str(question.message) or _("This answer is out of range")
        if fault:
            wrong[question.name] = fault
        if value in ("", None, []):
            now.pop(question.name, None)
        else:
            now[question.name] = value
    return now, wrong


def whole(form: Form, said: Mapping[str, Any]) -> tuple[Said, str]:
    """The answers to what was asked, and the first page with a required answer that is missing."""
    kept: Said = {}
    missing = ""
    for group in form.groups:
        if group.relevant is not None and not group.relevant.holds(kept):
            continue
        for question in group.questions:
            if question.relevant is not None and not question.relevant.holds(kept):
                continue
            if question.name in said:
                kept[question.name] = said[question.name]
            elif question.required and question.kind != "note":
                missing = missing or group.name
    return kept, missing


def shown(question: Question, value: Any) -> str:
    """An answer in words."""
    if value in ("", None, []):
        return "–"
    names = {one.name: str(one.label) for one in question.choices}
    if isinstance(value, list):
        return "；".join(names.get(str(one), str(one)) for one in value)
    return names.get(str(value), f"{value:g}" if isinstance(value, float) else str(value))


def _read(question: Question, words: Sequence[str]) -> tuple[Any, str]:
    """One answer from the words of its field, and what is wrong with it."""
    if not words:
        return None, ""
    if question.kind == "select_multiple":
        names = [one.name for one in question.choices]
        if set(words) - set(names):
            return None, _("Choose among the answers offered")
        return [name for name in names if name in words], ""
    word = words[0]
    if question.kind == "select_one":
        if word not in {one.name for one in question.choices}:
            return None, _("Choose among the answers offered")
        return word, ""
    if question.kind == "text":
        if len(word) > LONGEST_TEXT:
            words_of = _("At most %(most)d characters, not %(count)d")
            return word, words_of % {"most": LONGEST_TEXT, "count": len(word)}
        return word, ""
    if question.kind == "date":
        try:
            return date.fromisoformat(word[:10]).isoformat(), ""
        except ValueError:
            return None, _("Enter a day as 2026-11-25")
    try:
        number = float(word)
    except ValueError:
        return None, _("Enter a number")
    if abs(number) > 1e9 or number != number:
        return None, _("Enter a number")
    if question.kind == "range":
        if number not in question.steps:
            return None, _("Choose among the answers offered")
        return number, ""
    if question.kind == "integer":
        if not number.is_integer():
            return None, _("Enter a whole number")
        return int(number), ""
    return number, ""
