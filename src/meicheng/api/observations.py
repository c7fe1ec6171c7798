"""Observations from another system: the same import as that of files, row by row."""

from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from meicheng.exchange.actions import allow_import
from meicheng.exchange.running import import_file
from meicheng.tables.kinds import kind_of

from .asking import Number
from .keys import need
from .once import Answer, key_of, once
from .schemas import Problem as ProblemSchema

router = Router()
MOST = 1000  # rows of one request; LISTED of an import's summary are fewer


class NewObservation(Schema):
    """One row, as a file of observations has it."""

    model_config = ConfigDict(extra="forbid")

    item: str = Field(max_length=120, description="An item, STANDARD/CRITERION or …/MATERIAL")
    subject: str = Field(max_length=60, description="Code of a site or a division")
    observed_at: str = Field(max_length=40, description="2026-09-01 09:30, in the city's time")
    value: str = Field(max_length=40, description="yes, a number, accepted, 17/20 …")
    weight: Number | None = Field(None, gt=0)
    source: str = Field("", max_length=120)
    key: str = Field("", max_length=64, description="Its own number, so that it counts once")


class NewObservations(Schema):
    """Rows to be taken."""

    model_config = ConfigDict(extra="forbid")

    observations: list[NewObservation] = Field(min_length=1, max_length=MOST)


class Rejection(Schema):
    """A row that was not taken; rows count from 1."""

    row: int
    column: str
    reason: str


class Taken(Schema):
    """What became of the rows; `read` is the sum of the other three."""

    read: int
    imported: int
    duplicates: int
    rejected: int
    rejections: list[Rejection]


@router.post(
    "/observations",
    response={200: Taken, 400: ProblemSchema, 403: ProblemSchema, 422: ProblemSchema},
    summary="Import observations",
)
def import_observations(request: HttpRequest, sent: NewObservations, dry_run: bool = False) -> Any:
    """Take rows as `meicheng import observations` does; with `dry_run` only check them.

    Rows that are in order are taken, what is here already is a duplicate, and each row that is
    wrong is named with its column and reason.
    """
    user = need(request, "observations:write")
    kind = kind_of("observations")
    allow_import(user, kind)
    key = key_of(request)

    def do() -> Answer:
        rejected: list[Rejection] = []
        with TemporaryDirectory() as folder:
            path = Path(folder, "observations.csv")
            _write(path, sent.observations)
            counts = import_file(
                kind,
                path,
                by=user,
                dry_run=dry_run,
                origin=f"api:{key}"[:60],
                on_rejected=lambda found: rejected.extend(
                    Rejection(row=one.row - 1, column=one.column, reason=one.reason)
                    for one in found
                ),
            )
        found = {name: value for name, value in counts.as_json().items() if name != "seconds"}
        return Status(200, found | {"rejections": [one.model_dump() for one in rejected]})

    return do() if dry_run else once(request, user, do)


def _write(path: Path, rows: list[NewObservation]) -> None:
    names = list(NewObservation.model_fields)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            said = row.model_dump()
            writer.writerow(["" if said[name] is None else said[name] for name in names])
