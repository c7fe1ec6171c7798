"""The pinned dependencies: `python -m tools.locks make|check`.

`make` resolves every requirement anew with uv; `check` refuses a lock that names a server (whoever
installs chooses where from) or an entry without a hash.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tools import ROOT, Failed
from tools.frontend import npm

REQUIREMENTS = ROOT / "requirements"
SOURCES = {
    "base": ["pyproject.toml", "requirements/base.in"],
    "test": ["requirements/test.in"],
    "fuzz": ["requirements/fuzz.in"],
    "node": ["requirements/node.in"],
    "lock": ["requirements/lock.in"],
}
UV = [
    *("uv", "pip", "compile", "--no-config", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
    *("--no-header", "--no-annotate"),
]


def make() -> None:
    """Resolve the newest versions that fit, and write the locks."""
    for name, sources in SOURCES.items():
        target = f"requirements/{name}.txt"
        print(f"• {target}", flush=True)
        command = [sys.executable, "-m", *UV, "--upgrade", *sources, "--output-file", target]
        subprocess.run(command, cwd=ROOT, check=True)
    print("• package-lock.json", flush=True)
    npm("update", "--package-lock-only")
    check()


def faults_of_requirements(name: str, text: str) -> list[str]:
    """What is wrong in a pinned requirements file.

    >>> faults_of_requirements("a.txt", "django==5.2\\n")
    ['a.txt: django==5.2 has no hash']
    """
    faults = []
    for entry in re.sub(r"\\\n", " ", text).splitlines():
        wanted = entry.split("#")[0].strip()
        if not wanted:
            continue
        if wanted.startswith("-") or "://" in wanted:
            faults.append(f"{name}: {wanted[:60]!r} names a place to install from")
        elif "--hash=" not in wanted:
            faults.append(f"{name}: {wanted} has no hash")
        elif "==" not in wanted:
            faults.append(f"{name}: {wanted[:60]!r} is not pinned with ==")
    return faults


def faults_of_package_lock(text: str) -> list[str]:
    """What is wrong in package-lock.json."""
    faults = []
    for name, package in json.loads(text)["packages"].items():
        if "resolved" in package:
            faults.append(f"package-lock.json: {name} has a download address")
        if name and "integrity" not in package:
            faults.append(f"package-lock.json: {name} has no integrity hash")
    return faults


def check() -> None:
    """Raise `Failed` with all faults of all locks."""
    faults = []
    for name in SOURCES:
        path: Path = REQUIREMENTS / f"{name}.txt"
        faults += faults_of_requirements(path.name, path.read_text(encoding="utf-8"))
    faults += faults_of_package_lock((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    if faults:
        raise Failed("\n".join(faults))
    print("every dependency is pinned with a hash, and no server is named")


if __name__ == "__main__":
    try:
        {"make": make, "check": check}[sys.argv[1]]()
    except Failed as failure:
        sys.exit(str(failure))
