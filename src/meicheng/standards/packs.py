"""The packs that the product ships, as their files write them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from meicheng.engine.words import Words


def pack_text(name: str) -> str:
    """The text of a shipped pack: `roles`, `frameworks/sanitary-city-2021`…"""
    return files("meicheng.data").joinpath(*f"{name}.yaml".split("/")).read_text(encoding="utf-8")


def read_pack(name: str) -> Any:
    """A shipped pack as its YAML file writes it."""
    return yaml.load(pack_text(name), yaml.CSafeLoader)


def material_words(code: str) -> Words:
    """What a material is called; its code in plain words where the pack has no name for it."""
    plain = code.replace("_", " ")
    return _materials().get(code, Words(plain, plain))


@cache
def _materials() -> dict[str, Words]:
    rows = read_pack("material-names")["materials"]
    return {code: Words(row["zh"], row["en"]) for code, row in rows.items()}
