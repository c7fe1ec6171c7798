"""Commands that run the product: migrate, serve, worker, check, manage."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import SystemCheckError


def commands(subparsers: Any) -> None:
    """Add the commands of running."""
    migrate = subparsers.add_parser("migrate", help="bring the database to this version")
    migrate.add_argument("-v", "--verbose", action="store_true", help="name every step")
    migrate.set_defaults(run=_migrate)

    serve = subparsers.add_parser("serve", help="serve the console, the portal and the API")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    serve.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    serve.add_argument("--threads", type=int, default=4, help="threads a process (default 4)")
    serve.set_defaults(run=_serve)

    worker = subparsers.add_parser("worker", help="run tasks and followers from the database")
    worker.add_argument("--once", action="store_true", help="stop when nothing waits")
    worker.set_defaults(run=_worker)

    check = subparsers.add_parser("check", help="check the installation")
    check.add_argument("--deploy", action="store_true", help="say what a production start lacks")
    check.set_defaults(run=_check)

    manage = subparsers.add_parser("manage", help="Django's own commands, for maintainers")
    manage.add_argument("words", nargs=argparse.REMAINDER)
    manage.set_defaults(run=_manage)


def _migrate(arguments: argparse.Namespace) -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    call_command("migrate", verbosity=int(arguments.verbose), interactive=False)
    if waiting:
        print(f"{waiting} steps brought the database to this version")
    else:
        print("The database is at this version")


def _serve(arguments: argparse.Namespace) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    print(f"Meicheng serves http://{arguments.host}:{arguments.port}/  (Ctrl-C stops)", flush=True)
    Granian(
        "meicheng.project.wsgi:application",
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=arguments.workers,
        blocking_threads=arguments.threads,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


def _worker(arguments: argparse.Namespace) -> None:
    from meicheng.ledger.worker import work

    work(once=arguments.once)


def _check(arguments: argparse.Namespace) -> int:
    from . import deploy  # noqa: F401  its checks register themselves

    try:
        call_command("check", deploy=arguments.deploy)
    except SystemCheckError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _manage(arguments: argparse.Namespace) -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["meicheng manage", *arguments.words])
