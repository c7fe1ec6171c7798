"""The pictures of the README, taken while the browser tests walk."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Page

LARGEST = 300_000  # bytes
# What moves or depends on the minute would make every picture a new one.
STILL = "* { animation: none !important; transition: none !important; caret-color: transparent; }"


class Album:
    """Takes pictures into a folder; without one it does nothing, and the test only checks."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def take(self, page: Page, name: str) -> None:
        """A picture of what the screen shows now, in at most 256 colours."""
        if self.folder is None:
            return
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        picture = Image.open(io.BytesIO(page.screenshot(style=STILL))).convert("RGB")
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.png"
        for colours in (256, 128, 64):
            small = picture.quantize(colours, dither=Image.Dither.NONE)
            small.save(path, optimize=True)
            if path.stat().st_size < LARGEST:
                return
        raise AssertionError(f"{name}.png has {path.stat().st_size} bytes in 64 colours")
