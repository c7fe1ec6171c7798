"""Calling a peer: the standard's JSON, one call at a time."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from meicheng.notices.calling import Answer, NoAnswer, call
from meicheng.organisation.personal import unseal

from .models import Peer

LARGEST = 8 * 2**20  # bytes of an answer
SECONDS = 30.0
Send = Callable[..., Answer]


class Refused(Exception):
    """The peer answered that it does not take this; the message holds its words."""


class Peers:
    """The calls of one peer. Raises `NoAnswer` and `Refused`."""

    def __init__(self, peer: Peer, send: Send = call) -> None:
        self.peer, self._send = peer, send
        self._common = {"jurisdiction_id": peer.jurisdiction} if peer.jurisdiction else {}
        if peer.key_sealed is not None:
            self._common["api_key"] = unseal(bytes(peer.key_sealed))

    def requests(self, **query: str) -> list[dict[str, Any]]:
        """GET requests."""
        return self._get("requests.json", query)

    def token(self, token: str) -> dict[str, Any]:
        """GET tokens/TOKEN."""
        found = self._get(f"tokens/{token}.json", {})
        return found[0] if found else {}

    def post(
        self, fields: Mapping[str, str], *, key: str, picture: bytes | None = None
    ) -> dict[str, Any]:
        """POST requests; the same key is the same request where the peer knows such keys."""
        sent = {**self._common, **fields}
        if picture is None:
            body, kind = urlencode(sent).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = _multipart(sent, picture)
        headers = {"Content-Type": kind, "Idempotency-Key": key}
        found = self._call("POST", f"{self.peer.url}/requests.json", body, headers)
        if not found:
            raise NoAnswer("an empty answer")
        return found[0]

    def picture(self, url: str) -> bytes:
        """What stands at a request's media_url, no more than is taken as a photograph."""
        most = settings.UPLOAD_LIMIT + 1
        answer = self._send(
            "GET", url, None, {}, seconds=SECONDS, guarded=True,
            allowed=settings.PRIVATE_WEBHOOKS, most=most,
        )  # fmt: skip
        if answer.status != 200:
            raise Refused(f"{answer.status} at {url}"[:300])
        return answer.content

    def _get(self, resource: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        asked = urlencode({**self._common, **query})
        return self._call("GET", f"{self.peer.url}/{resource}?{asked}", None, {})

    def _call(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        answer = self._send(
            method, url, body, headers, seconds=SECONDS, guarded=True,
            allowed=settings.PRIVATE_WEBHOOKS, most=LARGEST,
        )  # fmt: skip
        if 400 <= answer.status < 500 and answer.status not in {401, 403, 408, 429}:
            raise Refused(f"{answer.status}: {answer.words[:200]}")
        if answer.status >= 300:
            raise NoAnswer(f"{answer.status}: {answer.words[:200]}")
        try:
            found = json.loads(answer.words)
        except ValueError:
            raise NoAnswer(f"no JSON: {answer.words[:100]}") from None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise NoAnswer("the answer is no list of requests")
        return found


def _multipart(fields: Mapping[str, str], picture: bytes) -> tuple[bytes, str]:
    """A form with one picture as `media`, and its type."""
    mark = secrets.token_hex(16)
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="media"; filename="photo.jpg"\r\n'
    parts += [f"{head}Content-Type: image/jpeg\r\n\r\n".encode(), picture, b"\r\n"]
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
