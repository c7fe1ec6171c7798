"""`meicheng permissions`: who may do what."""

from __future__ import annotations

import argparse
from typing import Any


def commands(subparsers: Any) -> None:
    """Add the command."""
    shown = subparsers.add_parser("permissions", help="who may do what, as a table")
    shown.set_defaults(run=_permissions)


def _permissions(_arguments: argparse.Namespace) -> int:
    from .matrix import SHORT, table

    print(" · ".join(f"{short}: {role.value}" for role, short in SHORT.items()))
    print("u unit · d division · p the unit's division · c the whole city · a anywhere\n")
    print(table())
    return 0
