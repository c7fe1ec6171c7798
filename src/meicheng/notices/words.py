"""What is told, kept as message and values, so that everybody reads it in her own language."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, override

from meicheng.engine.words import Words as BothWords
from meicheng.places.names import Named


@dataclass(frozen=True)
class Words:
    """An English message, marked with `gettext_noop` where it is written, and its values."""

    message: str
    values: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """How it is kept."""
        return {
            "message": self.message,
            "values": {name: _kept(value) for name, value in self.values.items()},
        }


def words(message: str, /, **values: Any) -> Words:
    """A message and its values: `words(gettext_noop("%(number)s is due"), number=case.number)`.

    Values are texts, numbers, days, times, things with names in both languages (units, places) and
    lazy translations.
    """
    return Words(message, values)


def spoken(kept: dict[str, Any] | None) -> str:
    """What was kept, in the active language; "" for nothing.

    >>> spoken({"message": "100 % done", "values": {}})
    '100 % done'
    """
    if not kept:
        return ""
    message = gettext(kept["message"]) if kept["message"] else ""
    values = kept["values"]
    return message % {name: _shown(value) for name, value in values.items()} if values else message


def _kept(value: Any) -> Any:
    if isinstance(value, Named):
        return {"zh": value.name_zh, "en": value.name_en or value.name_zh}
    if isinstance(value, BothWords):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, Promise):
        with override("zh-hans"):
            chinese = str(value)
        with override("en"):
            return {"zh": chinese, "en": str(value)}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"A notice cannot keep {value!r}; expected text, number, day, time or name")


def _shown(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "at" in value:
        return timezone.localtime(datetime.fromisoformat(value["at"])).strftime("%Y-%m-%d %H:%M")
    if "day" in value:
        return date_format(date.fromisoformat(value["day"]), "DATE_FORMAT")
    return value["en" if (get_language() or "").startswith("en") else "zh"]
