"""The questionnaires that come with the product, in its own words: `data/questionnaires/`."""

from __future__ import annotations

from typing import Any

from meicheng.standards.packs import read_pack

from .workbooks import plain

READY = (
    "creation-satisfaction",
    "sanitation-satisfaction",
    "feeling-of-safety",
    "residents-happiness",
    "visitors-impression",
    "health-knowledge",
    "conduct-knowledge",
)


def ready(code: str) -> dict[str, Any]:
    """The document of a ready questionnaire."""
    return plain(read_pack(f"questionnaires/{code}"))
