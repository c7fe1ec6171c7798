"""What schemathesis cannot think of by itself: pictures and documents that can be opened.

Runs in schemathesis' own environment, so it knows nothing of the product.
"""

from __future__ import annotations

import io

import schemathesis
from hypothesis import strategies as st
from PIL import Image


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
