"""Pictures for the README are small and keep what they show."""

from __future__ import annotations

from PIL import Image

from .album import LARGEST, Album


def test_a_picture_is_small_and_shows_the_screen(page, tmp_path):
    page.set_content("<body style='margin:0;background:#1f7a6c'>")
    Album(tmp_path).take(page, "green")
    picture = Image.open(tmp_path / "green.png")
    assert picture.size == (1366, 768)
    assert picture.convert("RGB").getpixel((600, 300)) == (0x1F, 0x7A, 0x6C)
    assert (tmp_path / "green.png").stat().st_size < LARGEST


def test_without_a_folder_nothing_is_written(page, tmp_path):
    Album(None).take(page, "nothing")
    assert list(tmp_path.iterdir()) == []
