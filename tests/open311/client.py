"""A client of GeoReport v2 written from the text of the specification, without the product's code.

It knows the names, types and rules that the specification gives, and says where an answer differs.
"""

from __future__ import annotations

import json
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

W3 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
DATATYPES = {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}
REQUEST = [
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
]
LISTS = {"services": "service", "service_requests": "request", "errors": "error",
         "attributes": "attribute", "values": "value", "endpoints": "endpoint",
         "formats": "format"}  # fmt: skip
MEDIA = {"json": "application/json", "xml": "text/xml"}


@dataclass(frozen=True)
class Said:
    """An answer: status, headers, and the value that JSON and XML say alike, as texts."""

    status: int
    headers: Mapping[str, str]
    value: Any
    root: str


class Client:
    """Calls one server in one of the two formats."""

    def __init__(
        self, base: str, form: str, api_key: str = "", send: Callable[..., Any] | None = None
    ) -> None:
        self.base, self.form, self.key = base.rstrip("/"), form, api_key
        self.send = send or over_the_wire

    def get(self, resource: str, **query: str) -> Said:
        """GET a resource."""
        asked = {**query, **({"api_key": self.key} if self.key else {})}
        address = f"{self.base}/{resource}.{self.form}"
        return self._call(address + (f"?{urllib.parse.urlencode(asked)}" if asked else ""))

    def post(self, fields: Iterable[tuple[str, str]]) -> Said:
        """POST a request as a form."""
        body = urllib.parse.urlencode([*fields, *self._keyed()]).encode()
        kind = "application/x-www-form-urlencoded; charset=utf-8"
        return self._call(f"{self.base}/requests.{self.form}", body, kind)

    def post_with(
        self, fields: Iterable[tuple[str, str]], name: str, content: bytes, media: str
    ) -> Said:
        """POST a request with one file."""
        mark = secrets.token_hex(12)
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in [*fields, *self._keyed()]
        ]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="media"; filename="{name}"\r\n'
        parts.append(f"{head}Content-Type: {media}\r\n\r\n".encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        kind = f"multipart/form-data; boundary={mark}"
        return self._call(f"{self.base}/requests.{self.form}", body, kind)

    def _keyed(self) -> list[tuple[str, str]]:
        return [("api_key", self.key)] if self.key else []

    def _call(self, address: str, body: bytes | None = None, kind: str = "") -> Said:
        return self._read(*self.send(address, body, kind))

    def _read(self, status: int, headers: Any, content: bytes) -> Said:
        expected = f"{MEDIA[self.form]}; charset=utf-8"
        assert headers["Content-Type"].lower() == expected, headers["Content-Type"]
        text = content.decode("utf-8")
        if self.form == "json":
            return Said(status, headers, _plain(json.loads(text)), "")
        assert re.match(r"<\?xml version=['\"]1.0['\"] encoding=['\"]utf-8['\"]\?>", text, re.I)
        top = ElementTree.fromstring(content)
        return Said(status, headers, _value(top), top.tag)


def over_the_wire(address: str, body: bytes | None, kind: str) -> tuple[int, Any, bytes]:
    """Send a request by HTTP; status, headers and content of its answer."""
    asked = urllib.request.Request(address, body, {"Content-Type": kind} if body else {})
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()


def _plain(value: Any) -> Any:
    """JSON as its XML would read: everything a text, nothing where it is empty."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or value == "" else str(value)


def _value(element: Any) -> Any:
    if element.tag in LISTS:
        assert all(child.tag == LISTS[element.tag] for child in element), element.tag
        return [_value(child) for child in element]
    if len(element):
        return {child.tag: _value(child) for child in element}
    return element.text or None


def check_services(said: Said) -> list[dict[str, Any]]:
    """GET services, as the specification has it."""
    assert said.status == 200
    assert said.root in {"", "services"}
    for one in said.value:
        assert one["service_code"]
        assert one["service_name"]
        assert one["metadata"] in {"true", "false"}
        assert one["type"] in {"realtime", "batch", "blackbox"}
        assert {"description", "keywords", "group"} <= set(one)
    return list(said.value)


def check_definition(said: Said, code: str) -> list[dict[str, Any]]:
    """GET services/CODE, as the specification has it."""
    assert said.status == 200
    assert said.root in {"", "service_definition"}
    assert said.value["service_code"] == code
    asked = said.value["attributes"] or []
    assert [one["order"] for one in asked] == [str(n) for n in range(1, len(asked) + 1)]
    for one in asked:
        assert one["variable"] in {"true", "false"}
        assert one["required"] in {"true", "false"}
        assert one["datatype"] in DATATYPES
        assert one["code"]
        assert one["description"]
        assert "datatype_description" in one
        if one["datatype"].endswith("valuelist"):
            assert all(value["key"] and value["name"] for value in one["values"])
    return list(asked)


def check_taken(said: Said) -> dict[str, Any]:
    """What POST requests answers, as the specification has it."""
    assert said.status in {200, 201}, said.value
    assert said.root in {"", "service_requests"}
    (one,) = said.value
    assert bool(one.get("service_request_id")) != bool(one.get("token"))
    return dict(one)


def check_requests(said: Said) -> list[dict[str, Any]]:
    """What GET requests answers, as the specification has it."""
    assert said.status == 200, said.value
    assert said.root in {"", "service_requests"}
    for one in said.value:
        assert set(one) == set(REQUEST)
        assert one["status"] in {"open", "closed"}
        for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
            assert one[name] is None or W3.fullmatch(one[name])
        assert one["requested_datetime"]
        assert one["lat"] is None or -90 <= float(one["lat"]) <= 90
        assert one["long"] is None or -180 <= float(one["long"]) <= 180
    return list(said.value)


def check_error(said: Said, status: int) -> str:
    """An error document, as the specification has it; its words."""
    assert said.status == status, (said.status, said.value)
    assert said.root in {"", "errors"}
    assert said.value
    for one in said.value:
        assert set(one) == {"code", "description"}
        assert one["description"]
    return str(said.value[0]["description"])
