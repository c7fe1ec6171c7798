"""Answers in the two formats of the standard, made from the same rows.

The standard's JSON is its XML by the Spark convention: a list of what stands in the root, `null`
for an empty element.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from django.http import HttpResponse
from django.utils import timezone

MEDIA_TYPES = {
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
}
# What an element of each list is called.
ITEMS = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
# Signs that XML has no way to write.
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def written(
    form: str, root: str, item: str, rows: Sequence[Mapping[str, Any]], status: int = 200
) -> HttpResponse:
    """A list, in JSON or XML."""
    if form == "json":
        return _json(list(rows), status)
    top = Element(root)
    for row in rows:
        _fill(SubElement(top, item), row)
    return _xml(top, status)


def written_one(form: str, root: str, row: Mapping[str, Any]) -> HttpResponse:
    """One thing, in JSON or XML."""
    if form == "json":
        return _json(row, 200)
    top = Element(root)
    _fill(top, row)
    return _xml(top, 200)


def w3(at: datetime | None) -> str | None:
    """A moment with the city's zone, as the standard writes it."""
    return timezone.localtime(at).replace(microsecond=0).isoformat() if at else None


def _json(value: Any, status: int) -> HttpResponse:
    content = json.dumps(value, ensure_ascii=False)
    return HttpResponse(content, content_type=MEDIA_TYPES["json"], status=status)


def _xml(top: Element, status: int) -> HttpResponse:
    content = tostring(top, encoding="utf-8", xml_declaration=True)
    return HttpResponse(content, content_type=MEDIA_TYPES["xml"], status=status)


def _fill(element: Element, value: Any) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _fill(SubElement(element, name), inner)
    elif isinstance(value, list):
        for inner in value:
            _fill(SubElement(element, ITEMS[element.tag]), inner)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = NO_XML.sub("", str(value))
