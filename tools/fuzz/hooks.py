"""What schemathesis cannot think of by itself: pictures and documents that can be opened, and XML.

Runs in schemathesis' own environment, so it knows nothing of the product.
"""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree

import schemathesis
from hypothesis import strategies as st
from PIL import Image
from schemathesis import GenerationMode


def picture(kind: str) -> st.SearchStrategy[bytes]:
    """Small pictures of one colour."""

    def make(width: int, height: int, colour: int) -> bytes:
        buffer = io.BytesIO()
        Image.new("RGB", (width, height), colour).save(buffer, kind)
        return buffer.getvalue()

    sides = st.integers(1, 40)
    return st.builds(make, sides, sides, st.integers(0, 2**24 - 1))


for media, kind in (("image/jpeg", "JPEG"), ("image/png", "PNG"), ("image/webp", "WEBP")):
    schemathesis.openapi.media_type(media, picture(kind))
schemathesis.openapi.media_type(
    "application/pdf",
    st.binary(max_size=40).map(lambda inner: b"%PDF-1.7\n" + inner + b"\n%%EOF\n"),
)


@schemathesis.deserializer("text/xml")
def read(_context: Any, answer: Any) -> list[dict[str, str | None]]:
    """What stands in XML as its JSON has it: a list of things with their fields."""
    return [{part.tag: part.text for part in one} for one in ElementTree.fromstring(answer.content)]


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """Leave out what Open311 lets anybody say: by the standard numbers override all else."""
    numbers = (case.query or {}).get("service_request_id")
    return not numbers or case.meta.generation.mode == GenerationMode.POSITIVE
