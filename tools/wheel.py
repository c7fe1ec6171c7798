"""The wheel as the whole product: `python -m tools.wheel dist` checks and tries the one in a folder.

It is installed into an empty environment, away from the sources, and has to migrate, serve its
pages and every script and style, in both languages.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from tools import ROOT, Failed, serving

BUILT = ["static/built/main.js", "static/built/map.js", "static/built/portal.js"]
KINDS = {".html", ".yaml", ".json", ".css", ".svg", ".txt", ".typed"}
PAGES = ["/sign-in", "/p/", "/p/follow/"]


def wheel_in(folder: Path) -> Path:
    """The one wheel in `folder`; raise `Failed` when there is none or more than one."""
    wheels = list(folder.glob("meicheng-*.whl"))
    if len(wheels) != 1:
        raise Failed(f"{folder} holds {len(wheels)} wheels; expected one")
    return wheels[0]


def needed() -> list[str]:
    """What a wheel has to hold: front end, translations, templates, data packs, styles."""
    package = ROOT / "src" / "meicheng"
    catalogues = package.glob("*/locale/*/LC_MESSAGES/django.po")
    shipped = (
        path
        for path in package.rglob("*")
        if path.suffix in KINDS and not {"tests", "built"} & set(path.relative_to(package).parts)
    )
    names = [*BUILT, *(str(path.relative_to(package).with_suffix(".mo")) for path in catalogues)]
    return [f"meicheng/{name}" for name in names] + [
        str(path.relative_to(package.parent)) for path in shipped
    ]


def check(wheel: Path) -> None:
    """Raise `Failed` when the wheel lacks a part of the product."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    missing = sorted(name for name in needed() if name not in names)
    if missing:
        raise Failed(f"{wheel.name} lacks {', '.join(missing)}; run: make setup wheel")
    tests = [name for name in names if "/tests/" in name]
    if tests:
        raise Failed(f"{wheel.name} carries tests: {', '.join(tests[:5])}")
    print(f"{wheel.name}: {len(names)} files, {wheel.stat().st_size / 1_000_000:.1f} MB")


def try_out(wheel: Path) -> None:
    """Install the wheel into an empty environment, serve it and look at its pages."""
    with tempfile.TemporaryDirectory(prefix="meicheng-wheel-") as name:
        folder = Path(name)
        print("• an empty environment with nothing but the wheel", flush=True)
        venv.create(folder / "env", with_pip=True)
        scripts = folder / "env" / "bin"
        python = scripts / "python"
        pip: list[str | Path] = [python, "-m", "pip", "install", "-qq"]
        pip += ["--disable-pip-version-check", "--no-input"]
        run(folder, *pip, "--require-hashes", "-r", ROOT / "requirements" / "base.txt")
        run(folder, *pip, "--no-deps", "--no-index", wheel)
        run(folder, python, "-m", "pip", "check")
        run(folder, scripts / "meicheng", "migrate")
        with served(folder, scripts / "meicheng") as address:
            look(address)


def look(address: str) -> None:
    """Raise `Failed` unless the pages and all that they load are served, in both languages."""
    files: set[str] = set()
    languages = {"zh-CN": 'lang="zh-Hans"', "en": 'lang="en"'}
    for path, (language, words) in product(PAGES, languages.items()):
        page = fetch(address + path, language).decode()
        if words not in page:
            raise Failed(f"{path} in {language} does not say {words}")
        files |= set(re.findall(r'(?:src|href)="(/static/[^"?]+)', page))
    if not files:
        raise Failed(f"{', '.join(PAGES)} load neither script nor style")
    for file in sorted(files | {f"/{name}" for name in BUILT}):
        fetch(address + file, "en")
    print(
        f"served from the wheel: {len(PAGES)} pages in both languages, {len(files)} files they load"
    )


def fetch(address: str, language: str) -> bytes:
    """What the server answers; `Failed` when it is not 200."""
    question = urllib.request.Request(address, headers={"Accept-Language": language})
    try:
        with urllib.request.urlopen(question, timeout=10) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        raise Failed(f"{address} answers {error.code}") from None


@contextmanager
def served(folder: Path, meicheng: Path) -> Iterator[str]:
    """Serve from `folder` on a free port; gives the address once the server is ready."""
    port = serving.free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [meicheng, "serve", "--port", str(port), "--workers", "1"],
        cwd=folder,
        env=environment(folder),
    )
    try:
        serving.until_ready(f"{address}/readyz", process)
        yield address
    finally:
        serving.end(process)


def environment(folder: Path) -> dict[str, str]:
    """The environment without the user's settings and without the sources."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MEICHENG_", "PYTHON")) and name != "DATABASE_URL"
    }
    return {**kept, "MEICHENG_VAR": str(folder / "var")}


def run(folder: Path, *words: str | Path) -> None:
    """Run a program in `folder`; raise `Failed` with what it said when it fails."""
    done = subprocess.run(
        words, cwd=folder, env=environment(folder), capture_output=True, text=True
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-2000:]
        raise Failed(f"{Path(words[0]).name} ended with exit code {done.returncode}:\n{said}")


if __name__ == "__main__":
    try:
        found = wheel_in(ROOT / sys.argv[1])
        check(found)
        try_out(found)
    except Failed as failure:
        sys.exit(str(failure))
