"""The engine that reads the lake: DuckDB on this machine, or Spark on one or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from .export import BadLake
from .tables import TABLES

Engine = Literal["duckdb", "spark"]


class Tables:
    """The lake's tables in one engine."""

    def __init__(self, folders: Sequence[Path], engine: Engine) -> None:
        self.folders = [str(folder.resolve()) for folder in folders]
        if engine == "duckdb":
            self.backend: Any = ibis.duckdb.connect()
        else:
            self.backend = _spark()
        self.engine = engine

    def read(self, name: str) -> Any:
        """A table of all lakes with its partitions as columns of text. Raises `BadLake`."""
        _schema, depth = TABLES[name]
        for folder in self.folders:
            _check(Path(folder), name)
        stars = "/".join(["*"] * depth)
        if self.engine == "duckdb":
            paths = [f"{folder}/{name}/{stars}/*.parquet" for folder in self.folders]
            found = self.backend.read_parquet(
                paths, table_name=name, hive_partitioning=True, hive_types_autocast=False
            )
        else:
            session = self.backend._session
            frames = [session.read.parquet(f"{folder}/{name}") for folder in self.folders]
            whole = frames[0]
            for frame in frames[1:]:
                whole = whole.unionByName(frame)
            whole.createOrReplaceTempView(f"lake_{name}")
            found = self.backend.table(f"lake_{name}")
        return found

    def given(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Any:
        """Some rows of ours, one at least, as a table that the engine can join."""
        table = pa.Table.from_pylist([dict(row) for row in rows])
        if self.engine == "duckdb":
            return ibis.memtable(table)
        frame = self.backend._session.createDataFrame(table.to_pandas())
        frame.createOrReplaceTempView(f"given_{name}")
        return self.backend.table(f"given_{name}")


def _check(folder: Path, name: str) -> None:
    """Raise `BadLake` where a lake lacks a table or one of its columns, by the first of its files."""
    schema, depth = TABLES[name]
    words = {"folder": folder, "table": name}
    path = next((folder / name).glob("/".join(["*"] * depth + ["*.parquet"])), None)
    if path is None:
        raise BadLake(_("%(folder)s has no table %(table)s; export it again") % words)
    try:
        there = pq.read_schema(path).names
    except (pa.ArrowInvalid, OSError):
        words["table"] = path.relative_to(folder)
        raise BadLake(_("%(folder)s: %(table)s cannot be read; export it again") % words) from None
    if lacking := [column for column in schema.names if column not in there]:
        words["columns"] = ", ".join(lacking)
        raise BadLake(
            _("%(folder)s: the table %(table)s lacks %(columns)s; export it again") % words
        )


def _spark() -> Any:
    """A Spark session of this machine, or the cluster's that runs already."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise BadLake(_("Spark is not installed here: pip install pyspark")) from None
    session = (
        SparkSession.builder.appName("meicheng-lake")
        .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "8")
        .getOrCreate()
    )
    session.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
    return ibis.pyspark.connect(session)
