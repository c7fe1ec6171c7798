"""What whoever reports a problem of a kind is asked beside: the number on the pole, since when…"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meicheng.engine.words import Words

from .models import CaseKind

LONGEST_LINE = 200
LONGEST_TEXT = 1000
NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)
NO_WORDS = Words("", "")


class BadAnswer(ValueError):
    """An answer that is none to its question; the message says what was expected."""


@dataclass(frozen=True)
class Question:
    """One question of a kind.

    type: `line`, `text`, `number`, `moment` (a day or a time), `one` or `some` of the `values`,
    which are keys with their words.
    """

    code: str
    type: str
    words: Words
    required: bool = False
    hint: Words = NO_WORDS
    values: tuple[tuple[str, Words], ...] = ()

    def read(self, written: Sequence[str]) -> str:
        """The answer in the city's own language, "" where nothing was said. Raises `BadAnswer`."""
        said = [one.strip() for one in written if one.strip()]
        language = get_language() or "zh"
        if not said:
            if self.required:
                raise BadAnswer(
                    _("“%(question)s” has to be answered") % {"question": self.words.say(language)}
                )
            return ""
        if self.type != "some" and len(said) > 1:
            raise BadAnswer(
                _("“%(question)s” was answered %(count)d times; expected one answer")
                % {"question": self.words.say(language), "count": len(said)}
            )
        if self.values:
            return "、".join(
                self._value(one).say(settings.LANGUAGE_CODE) for one in dict.fromkeys(said)
            )
        return self._plain(said[0])

    def _value(self, key: str) -> Words:
        known = dict(self.values)
        if key not in known:
            raise BadAnswer(
                _("“%(value)s” is no answer here; expected one of %(known)s")
                % {"value": key[:40], "known": ", ".join(known)}
            )
        return known[key]

    def _plain(self, said: str) -> str:
        expected = ""
        if self.type == "number" and not NUMBER.fullmatch(said):
            expected = _("a number")
        elif self.type == "moment":
            at = _moment(said)
            if at is None:
                expected = _("a day or a time, as 2026-11-25 or 2026-11-25T19:40:00+08:00")
            else:
                said = at
        elif self.type == "line" and (len(said) > LONGEST_LINE or "\n" in said):
            expected = _("one line of at most %(most)d characters") % {"most": LONGEST_LINE}
        elif self.type == "text" and len(said) > LONGEST_TEXT:
            expected = _("at most %(most)d characters") % {"most": LONGEST_TEXT}
        if expected:
            raise BadAnswer(
                _("“%(value)s” is no answer here; expected %(expected)s")
                % {"value": said[:40], "expected": expected}
            )
        return said


def questions_of(kind: CaseKind) -> list[Question]:
    """The questions of a kind, in their order."""
    return [
        Question(
            code=row["code"],
            type=row["type"],
            words=_words(row),
            required=bool(row.get("required")),
            hint=_words(row.get("hint", {})),
            values=tuple((str(one["key"]), _words(one)) for one in row.get("values", [])),
        )
        for row in kind.asks
    ]


def _words(row: dict[str, str]) -> Words:
    return Words(row.get("zh", ""), row.get("en", ""))


def _moment(said: str) -> str | None:
    """A day or time as a person of the city reads it; None where it is none."""
    try:
        day = parse_date(said)
        if day is not None:
            return day.isoformat()
        at = parse_datetime(said)
    except ValueError:  # written like one, but there is no such day
        return None
    if at is None or not isinstance(at, datetime) or not 1900 <= at.year <= 2200:
        return None
    if at.tzinfo is not None:
        at = timezone.localtime(at)
    return f"{at:%Y-%m-%d %H:%M}"
