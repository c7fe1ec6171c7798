"""How long the first steps of the product's own start take: import, and a command's answer."""

from __future__ import annotations

import subprocess
import sys

from tools import ROOT
from tools.bench import record, spread, stopwatch

ROUNDS = 7


def main() -> None:
    """Time a bare interpreter, Django's start and `meicheng --help`."""
    commands = {
        "python_alone": "pass",
        "django_setup": (
            "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'meicheng.project.settings';"
            "import django; django.setup()"
        ),
        "meicheng_version": (
            "import sys; sys.argv = ['meicheng', '--version'];"
            "from meicheng.__main__ import main; main()"
        ),
    }
    results: dict[str, object] = {}
    for name, code in commands.items():
        seconds = []
        for _ in range(ROUNDS):
            with stopwatch() as watch:
                command = [sys.executable, "-c", code]
                subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            seconds.append(watch.seconds)
        results[name] = spread(seconds)
    record("start", results)
