"""The product's commands, each kept by the room that it belongs to.

A room offers commands in its `commands.py`: a function `commands(subparsers)` that adds parsers,
each with `set_defaults(run=function)`; the function takes the parsed arguments and returns the
exit code (None is 0).
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from types import ModuleType

from django.db import DatabaseError

from meicheng import __version__

from .environment import BadSetting

WORDS = """Meicheng (美城): see, list, date, solve, verify, strike off, mark, rank, report, keep.

First steps:  meicheng migrate · meicheng demo make --size small · meicheng serve"""


def run(words: Sequence[str]) -> int:
    """Parse a command line, run it, and return its exit code."""
    try:
        import django

        django.setup()
    except BadSetting as problem:
        print(f"meicheng: {problem}", file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser(
        prog="meicheng", description=WORDS, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"meicheng {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in _modules():
        module.commands(subparsers)
    arguments = parser.parse_args(words)
    try:
        return int(arguments.run(arguments) or 0)
    except DatabaseError:
        why = _not_ready()
        if not why:
            raise
        print(f"meicheng: {why}", file=sys.stderr)
        return 2


def _not_ready() -> str:
    """What keeps every command from the database; "" when the fault lies elsewhere."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as problem:
        return f"the database does not answer: {problem}".strip()
    return "the database is not at this version; run: meicheng migrate" if waiting else ""


def _modules() -> list[ModuleType]:
    """The `commands` modules of the project and of every room that has one."""
    from django.apps import apps
    from django.utils.module_loading import module_has_submodule

    modules = [importlib.import_module("meicheng.project.running")]
    for config in apps.get_app_configs():
        if config.name.startswith("meicheng.") and module_has_submodule(config.module, "commands"):
            modules.append(importlib.import_module(f"{config.name}.commands"))
    return modules
