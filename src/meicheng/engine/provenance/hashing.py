"""Bytes that mean the same for the same data, and the two hashes that a city may choose."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Literal, Protocol

Algorithm = Literal["sha256", "sm3"]
ALGORITHMS: tuple[Algorithm, ...] = ("sha256", "sm3")
_WRITER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


class Hasher(Protocol):
    """A hash that takes bytes piece by piece."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


def canonical(payload: Any) -> bytes:
    """JSON as bytes that depend on the data alone, not on the order of keys or on a database.

    Keys are sorted, nothing is padded, text is UTF-8, and a number without a fraction is written
    as a whole number, because a database may give 2.0 back as 2. Raises `TypeError` for what is
    not JSON (a date is written as text first) and `ValueError` for NaN, infinity and broken text.

    >>> canonical({"b": 2.0, "a": "立案"}).decode()
    '{"a":"立案","b":2}'
    """
    return _WRITER.encode(_plain(payload)).encode()


def hasher(algorithm: str) -> Hasher:
    """A fresh hash by its name, "sha256" or "sm3" (GB/T 32905). Raises `ValueError`."""
    if algorithm == "sha256":
        return hashlib.sha256()
    if algorithm == "sm3":
        return _sm3()()
    raise ValueError(f"{algorithm!r} is not a hash of this product; use sha256 or sm3")


def offered(algorithm: str) -> bool:
    """Whether this machine has the hash: SM3 is missing from some builds of OpenSSL."""
    return algorithm == "sha256" or algorithm in hashlib.algorithms_available


def _sm3() -> Callable[[], Hasher]:
    """SM3 from OpenSSL; its builds without Chinese algorithms have none."""
    try:
        hashlib.new("sm3")
    except ValueError as error:
        raise ValueError(
            "This machine's OpenSSL offers no SM3; set MEICHENG_HASH=sha256 "
            "or use a Python whose OpenSSL is built with it"
        ) from error
    return lambda: hashlib.new("sm3")


def _plain(value: Any) -> Any:
    if isinstance(value, str):  # as most are
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"The key {key!r} is not text; JSON has only text as keys")
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
