"""The browser of the browser tests: finding it, or saying how to get it.

`python -m tools.browser` installs Debian's Chromium and a Chinese font where it may.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import Failed

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
PACKAGES = ["chromium", "fonts-noto-cjk"]
# No sandbox inside a container's; nothing that calls out by itself.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def find() -> str | None:
    """The path of a Chromium on this machine: MEICHENG_TEST_BROWSER, or the first on PATH."""
    named = os.environ.get("MEICHENG_TEST_BROWSER")
    if named:
        return named
    return next((path for path in map(shutil.which, NAMES) if path), None)


def has_chinese_font() -> bool:
    """Whether some installed font can show Chinese."""
    if shutil.which("fc-list") is None:
        return any(Path("/usr/share/fonts").rglob("*CJK*"))
    fonts = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False)
    return bool(fonts.stdout.strip())


def provide() -> str:
    """The path of a Chromium beside which Chinese can be shown, installed if need be and allowed."""
    missing = [
        *([] if find() else ["chromium"]),
        *([] if has_chinese_font() else ["fonts-noto-cjk"]),
    ]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"• installing {' '.join(missing)}", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(
            ["apt-get", "-qq", "update"], check=True, env=quiet, stdout=subprocess.DEVNULL
        )
        install = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *missing]
        subprocess.run(install, check=True, env=quiet, stdout=subprocess.DEVNULL)
    path = find()
    if path is None or not has_chinese_font():
        raise Failed(
            f"The browser tests need {' and '.join(missing)}. On Debian and Ubuntu:\n"
            f"    sudo apt-get install {' '.join(PACKAGES)}\n"
            "Elsewhere install Chromium and a Chinese font; MEICHENG_TEST_BROWSER may name the browser."
        )
    return path


if __name__ == "__main__":
    try:
        print(provide())
    except Failed as failure:
        sys.exit(str(failure))
