"""Files as people send them, and one call that imports them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from meicheng.exchange.mapping import mapping_of
from meicheng.exchange.running import Counts, import_file
from meicheng.tables.kinds import kind_of


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Messages are compared as the sources have them."""
    with override("en"):
        yield


@pytest.fixture
def bring(tmp_path: Path) -> Callable[..., Counts]:
    """Import text, bytes or a file: `bring("sites", "code,name_zh…")`."""

    def bring(kind: str, content: Any, *, mapping: str = "", **more: Any) -> Counts:
        path = content
        if not isinstance(content, Path):
            path = tmp_path / "sent.csv"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found = kind_of(kind)
        counts = import_file(
            found, path, plan=mapping_of(mapping, found) if mapping else None, **more
        )
        assert counts.read == counts.imported + counts.duplicates + counts.rejected
        return counts

    return bring
