"""Run every benchmark, or the named ones, each in a process of its own.

`python -m tools.bench` takes long; `python -m tools.bench NAME ...` runs some.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tools import ROOT
from tools.bench import RESULTS

HERE = Path(__file__).parent
LONG = {"soak"}  # run only when they are named


def said(name: str) -> str:
    """The first line of what a benchmark says of itself."""
    path = HERE / f"{name}.py"
    source = path if path.exists() else HERE / name / "__init__.py"
    words = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    only = " (only when it is named)" if name in LONG else ""
    return words.split(": `python")[0].splitlines()[0] + only


def main(names: list[str]) -> int:
    """Run benchmarks; 0 when all ran to their end."""
    known = sorted(p.stem for p in HERE.glob("[!_]*"))
    if {"-h", "--help"} & set(names):
        print(f"{__doc__}\n" + "\n".join(f"  {name:9} {said(name)}" for name in known))
        return 0
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    broken = []
    chosen = names or [name for name in known if name not in LONG]
    for name in chosen:
        print(f"\n━━ {name}", flush=True)
        code = f"from tools.bench.{name} import main; main()"
        if subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode:
            broken.append(name)
    print(f"\n{len(chosen) - len(broken)} benchmarks ran; results in {RESULTS.relative_to(ROOT)}/")
    if broken:
        print(f"broken: {', '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
