"""Settings from the environment, each declared once with its meaning.

`SETTINGS` is what `docs/settings.md` is written from.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BadSetting(ValueError):
    """A setting in the environment that cannot be used; says which and what was expected."""


@dataclass(frozen=True)
class Setting:
    """One setting: the variable that holds it, what holds when unset, and its meaning."""

    name: str
    default: str
    meaning: str

    def text(self) -> str:
        return os.environ.get(self.name, self.default)

    def flag(self) -> bool:
        value = self.text().strip().lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"", "0", "false", "no", "off"}:
            return False
        raise BadSetting(f"{self.name} is {value!r}; expected 1 or 0")

    def number(self) -> int:
        value = self.text()
        try:
            return int(value)
        except ValueError:
            raise BadSetting(f"{self.name} is {value!r}; expected a whole number") from None

    def words(self) -> list[str]:
        return [word.strip() for word in self.text().split(",") if word.strip()]


SETTINGS: list[Setting] = []


def setting(name: str, default: str, meaning: str) -> Setting:
    """Declare a setting and list it."""
    declared = Setting(name, default, meaning)
    SETTINGS.append(declared)
    return declared


def kept_secret(folder: Path, name: str, *, size: int = 50) -> str:
    """Read a secret from `folder`, making it on first use, readable by its owner only."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = secrets.token_urlsafe(size)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process of the same start was quicker
            return path.read_text(encoding="utf-8").strip()
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(fresh)
    return path.read_text(encoding="utf-8").strip()


def fernet_key(secret: str) -> str:
    """A secret of any length as a Fernet key: 32 bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).decode()


def mail(url: str) -> dict[str, object]:
    """Django's settings of the mail server that `MEICHENG_MAIL` names; none for "".

    >>> mail("smtp://me:pw@mail.example")["EMAIL_PORT"]
    587
    """
    from urllib.parse import unquote, urlsplit

    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise BadSetting(
            f"MEICHENG_MAIL begins with {parts.scheme!r}; expected smtp://user:password@host:587 "
            "or smtps://user:password@host:465"
        )
    safe = parts.scheme == "smtps"
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if safe else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": safe,
        # Inside a closed network there may be no certificate: said by port 25, or by "?tls=0".
        "EMAIL_USE_TLS": not safe and parts.port != 25 and parts.query != "tls=0",
        "EMAIL_TIMEOUT": 20,
    }


def single_sign_on(url: str, name: str) -> dict[str, Any]:
    """The provider of OpenID Connect that `MEICHENG_OIDC` names; none for "".

    >>> found = single_sign_on("https://meicheng:s%40cret@login.example/realms/city", "City")
    >>> found["openid_connect"]["APPS"][0]["settings"]["server_url"]
    'https://login.example/realms/city'
    """
    from urllib.parse import unquote, urlsplit, urlunsplit

    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not (parts.hostname and parts.username):
        raise BadSetting(
            "MEICHENG_OIDC is no address; expected https://CLIENT:SECRET@host/path of the service"
        )
    host = parts.netloc.rpartition("@")[2]
    app = {
        "provider_id": "city",
        "name": name,
        "client_id": unquote(parts.username),
        "secret": unquote(parts.password or ""),
        "settings": {
            "server_url": urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        },
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


def database(url: str, var: Path) -> dict[str, object]:
    """The Django database settings that `DATABASE_URL` asks for.

    >>> database("postgres://me:pw@db.example:5433/city", Path("var"))["NAME"]
    'city'
    """
    from urllib.parse import parse_qsl, unquote, urlsplit

    if not url:
        url = f"sqlite:///{var / 'meicheng.sqlite3'}"
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.removeprefix("sqlite:///") or ":memory:",
            "OPTIONS": {
                # A writer takes its lock at once: no transaction fails half-way for want of it.
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                    "PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY;"
                ),
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        options: dict[str, object] = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", parts.hostname or ""),
            "PORT": str(parts.port or options.pop("port", "")),
            "CONN_HEALTH_CHECKS": False,
            "OPTIONS": {**options, "pool": {"min_size": 2, "max_size": 12, "timeout": 20}},
        }
    raise BadSetting(
        f"DATABASE_URL begins with {parts.scheme!r}; expected sqlite:///path or postgres://user@host/name"
    )
