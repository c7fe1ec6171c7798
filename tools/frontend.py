"""The front end: `python -m tools.frontend build|check`.

Bundles `frontend/*.ts` with the npm packages of package-lock.json into
`src/meicheng/static/built/`, which is not committed and which the wheel contains, so that the
running product loads nothing from outside. Node.js comes from the machine when it is new enough,
else from a wheel on the Python package index.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path

from tools import ROOT, Failed

OLDEST_NODE = 20
SOURCES = ROOT / "frontend"
BUILT = ROOT / "src" / "meicheng" / "static" / "built"
MODULES = ROOT / "node_modules"
# What a page may load; each is one file without further requests.
ENTRIES = ["main.ts", "map.ts", "portal.ts", "charts.ts", "security-key.ts", "desk.ts"]
# The oldest browsers that offices with old computers still run.
TARGET = "chrome80,firefox78,safari14.1"


@cache
def node_folder() -> Path:
    """The folder with `node` and `npm`: the machine's, or the wheel's, which is then installed."""
    own = Path(sysconfig.get_path("scripts"))
    for node in [shutil.which("node"), own / "node"]:
        if node and Path(node).exists() and node_version(Path(node)) >= OLDEST_NODE:
            folder = Path(node).parent
            if (folder / "npm").exists():
                return folder
    print(f"• Node.js (the machine has none from version {OLDEST_NODE} on)", flush=True)
    pip = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input"]
    lock = ROOT / "requirements" / "node.txt"
    subprocess.run([*pip, "install", "--require-hashes", "-r", str(lock)], check=True)
    return own


def node_version(node: Path) -> int:
    """The major version of a `node` program; 0 when it does not run."""
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    return int(done.stdout.strip().removeprefix("v").split(".")[0])


def run_node(program: str | Path, *arguments: str) -> None:
    """Run one of Node's programs in the root folder; raise `Failed` when it fails."""
    environment = {**os.environ, "PATH": f"{node_folder()}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([program, *arguments], cwd=ROOT, env=environment)
    if done.returncode:
        raise Failed(f"{Path(program).name} {' '.join(arguments)} failed (see above)")


def npm(*arguments: str) -> None:
    """Run npm in the root folder."""
    run_node(node_folder() / "npm", *arguments)


def install() -> None:
    """Install the npm packages of the lock unless they are there already."""
    done = MODULES / ".installed-from"
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    if done.exists() and done.read_text(encoding="utf-8") == lock:
        return
    print("• front-end packages", flush=True)
    npm("ci", "--silent")
    done.write_text(lock, encoding="utf-8")


def check() -> None:
    """Check the types of the TypeScript sources."""
    install()
    run_node(MODULES / ".bin" / "tsc", "--noEmit", "--project", "tsconfig.json")
    print(f"{len(list(SOURCES.glob('*.ts')))} TypeScript files have no type errors")


def build() -> None:
    """Bundle every entry into one script and at most one style sheet."""
    install()
    print("• front end", flush=True)
    fresh = BUILT.with_name("built.new")
    shutil.rmtree(fresh, ignore_errors=True)
    run_node(
        MODULES / ".bin" / "esbuild",
        *(f"frontend/{entry}" for entry in ENTRIES),
        "--bundle",
        "--minify",
        "--format=iife",
        "--charset=utf8",
        "--legal-comments=linked",
        "--sourcemap=linked",
        f"--target={TARGET}",
        "--loader:.png=dataurl",
        "--log-level=warning",
        f"--outdir={fresh.relative_to(ROOT)}",
    )
    compress(fresh)
    shutil.rmtree(BUILT, ignore_errors=True)
    fresh.rename(BUILT)


def compress(folder: Path) -> None:
    """Put a .gz beside every script and style, which the server sends to browsers that take it."""
    for path in sorted(folder.iterdir()):
        if path.suffix in {".js", ".css"}:
            packed = gzip.compress(path.read_bytes(), compresslevel=9, mtime=0)
            path.with_name(f"{path.name}.gz").write_bytes(packed)


if __name__ == "__main__":
    try:
        {"build": build, "check": check}[sys.argv[1]]()
    except Failed as failure:
        sys.exit(str(failure))
