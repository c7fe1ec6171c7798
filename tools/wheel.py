"""Check that the wheel in a folder is the whole product: `python -m tools.wheel dist`."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from tools import ROOT, Failed

NEEDED = ["static/built/main.js", "static/built/map.js", "static/built/portal.js"]


def check(folder: Path) -> None:
    """Raise `Failed` when the one wheel in `folder` lacks the front end or a translation."""
    wheels = list(folder.glob("meicheng-*.whl"))
    if len(wheels) != 1:
        raise Failed(f"{folder} holds {len(wheels)} wheels; expected one")
    with zipfile.ZipFile(wheels[0]) as archive:
        names = set(archive.namelist())
    catalogues = ROOT.glob("src/meicheng/*/locale/*/LC_MESSAGES/django.po")
    needed = [f"meicheng/{name}" for name in NEEDED] + [
        str(path.relative_to(ROOT / "src").with_suffix(".mo")) for path in catalogues
    ]
    missing = [name for name in needed if name not in names]
    if missing:
        raise Failed(f"{wheels[0].name} lacks {', '.join(missing)}; run: make setup wheel")
    size = wheels[0].stat().st_size / 1_000_000
    print(f"{wheels[0].relative_to(ROOT)}: {len(names)} files, {size:.1f} MB")


if __name__ == "__main__":
    try:
        check(ROOT / sys.argv[1])
    except Failed as failure:
        sys.exit(str(failure))
