"""A caller of the API."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from meicheng.accounts import tokens
from meicheng.api import keys
from meicheng.cases import ahead


class Caller:
    """Calls the API with a token; a POST gets a fresh key unless one is given."""

    def __init__(self, client: Any, key: str) -> None:
        self.client, self.key = client, key

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self._with(headers))

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        sent = self._with(headers) | {"Idempotency-Key": key or secrets.token_hex(8)}
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self.client.post(
            f"/api/v1{path}", content, content_type="application/json", headers=sent
        )

    def _with(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Authorization": f"Bearer {self.key}", "Accept-Language": "en", **named}


@pytest.fixture
def call(city, client):
    """Make a caller for a role with all scopes, or with those named."""
    keys.forget_known()
    ahead.forget()

    def make(role="creation-office", scopes=tokens.SCOPES, **more):
        _row, key = tokens.make_token(city.user(role, **more), "test", list(scopes))
        return Caller(client, key)

    return make


@pytest.fixture
def here(city):
    """A place in the community LC0101."""
    site = city.site()
    return {"longitude": site.longitude, "latitude": site.latitude}
