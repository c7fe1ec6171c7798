"""The README's pictures: `python -m tools.pictures` takes them anew into docs/pictures.

The browser test of the whole loop walks through the demo city, on PostgreSQL, and takes them on its way.
"""

from __future__ import annotations

import sys

from tools import ROOT, Failed
from tools.browser import provide
from tools.test import pytest

PICTURES = ROOT / "docs" / "pictures"


def main() -> None:
    """Take every picture and say how large they are."""
    pytest(
        "tests/browser/test_loop.py",
        f"--browser-path={provide()}",
        f"--pictures={PICTURES}",
        on_postgres=True,
    )
    for path in sorted(PICTURES.glob("*.png")):
        print(f"  {path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(str(failure))
