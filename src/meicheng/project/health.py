"""Whether the product is alive, and whether it is ready to serve."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse


def alive(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"alive": True})


def ready(_request: HttpRequest) -> JsonResponse:
    """The database answers, is at this version, and takes tasks; 503 with what is wrong else."""
    state = {"database": "ok", "migrations": "ok", "tasks": "ok"}
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if waiting:
            state["migrations"] = f"{len(waiting)} not applied: run `meicheng migrate`"
        else:
            from django_tasks_db.models import DBTaskResult

            DBTaskResult.objects.exists()
    except DatabaseError as error:
        state["database"] = type(error).__name__
    fine = all(value == "ok" for value in state.values())
    return JsonResponse({"ready": fine, **state}, status=200 if fine else 503)
