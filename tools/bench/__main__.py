"""Run every benchmark, or the named ones, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools import ROOT
from tools.bench import RESULTS

LONG = {"soak"}  # run only when they are named


def main(names: list[str]) -> int:
    """Run benchmarks; 0 when all ran to their end."""
    known = sorted(p.stem for p in Path(__file__).parent.glob("[!_]*"))
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
