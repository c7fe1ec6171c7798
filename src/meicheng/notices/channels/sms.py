"""By text message, over any gateway that takes an HTTP POST."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from meicheng.notices.calling import NoAnswer, post

from .parcel import Away, Later, Never, Parcel


class Sms:
    """A gateway, as MEICHENG_SMS and the settings beside it say.

    `template` is the body, JSON or a form (`a=…&b=…`), in whose values {phone}, {text}, {link} and
    {id} are filled in; `good` is what an answer contains where the gateway took the message.
    """

    def __init__(self, url: str, *, template: str, key: str = "", good: str = "") -> None:
        self._url, self._template, self._key, self._good = url, template, key, good

    def send(self, parcel: Parcel) -> None:
        """Hand it to the gateway: only the title, which names no person."""
        if not parcel.to:
            raise Never("no phone number")
        link = parcel.lines[0].link if parcel.lines else ""
        values = {"phone": parcel.to, "text": parcel.title, "link": link, "id": parcel.code}
        body, kind = filled(self._template, values)
        headers = {"Content-Type": kind, **({"Authorization": self._key} if self._key else {})}
        try:
            answer = post(self._url, body, headers)
        except NoAnswer as problem:
            raise Away(str(problem)) from problem
        said = f"{answer.status} {answer.words}"
        if answer.status in {400, 404, 422}:
            raise Never(said)
        if not 200 <= answer.status < 300 or self._good not in answer.words:
            raise Later(said)


def filled(template: str, values: Mapping[str, str]) -> tuple[bytes, str]:
    """A body with the values filled in, and its type.

    >>> filled('{"to": "{phone}", "n": 1}', {"phone": '13"8'})
    (b'{"to": "13\\\\"8", "n": 1}', 'application/json; charset=utf-8')
    >>> filled("to={phone}&text={text}", {"phone": "+86", "text": "a&b"})
    (b'to=%2B86&text=a%26b', 'application/x-www-form-urlencoded')
    """
    if template.lstrip().startswith("{"):
        body = json.dumps(_filled(json.loads(template), values), ensure_ascii=False)
        return body.encode(), "application/json; charset=utf-8"
    pairs = [
        (name, _filled(value, values))
        for name, value in parse_qsl(template, keep_blank_values=True)
    ]
    return urlencode(pairs).encode(), "application/x-www-form-urlencoded"


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {name: _filled(value, values) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, values) for value in part]
    if isinstance(part, str):
        for name, value in values.items():
            part = part.replace(f"{{{name}}}", value)
    return part
