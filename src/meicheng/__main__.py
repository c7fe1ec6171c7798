"""The command line: `meicheng --help`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run one of the product's commands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meicheng.project.settings")
    from meicheng.project.commands import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
