"""Rows per second of `meicheng import reports`, beside csv.DictReader and one bulk insert.

The product's figure has everything in it: types, places, duplicates, cases with their real times,
events, counts. The plain one only puts the columns of the same rows into the reports' table.
Real files are read from MEICHENG_SHARED_DATA (default ../shared/data); a made-up file is always
measured, with the memory that the import took.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from tools import ROOT, Failed
from tools.bench import database, record, stopwatch

SHARED = Path(os.environ.get("MEICHENG_SHARED_DATA") or ROOT.parent / "shared" / "data")
FILES = {
    "nyc311_health": ("nyc311/health.csv", "nyc311"),
    "messages_hot": ("messages/hot.csv", "citizen-messages"),
}
MADE_UP_ROWS = 50_000
COLUMNS = ["message_id", "user", "subject", "created_at", "body", "against", "votes"]
WORDS = ["路灯不亮", "垃圾没有清运", "车辆占道停放", "井盖破损", "夜间施工噪声扰民", "公厕无人保洁"]


def main() -> None:
    """Measure every file on PostgreSQL with production's guarantees."""
    results: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="meicheng-bench-") as name, database() as url:
        os.environ["MEICHENG_VAR"] = name
        made_up = Path(name) / "messages.csv"
        write_messages(made_up, MADE_UP_ROWS)
        files = {"made_up_messages": (made_up, "citizen-messages")}
        for key, (relative, mapping) in FILES.items():
            if (SHARED / relative).exists():
                files[key] = (SHARED / relative, mapping)
            else:
                results[key] = f"not measured: {relative} is not in MEICHENG_SHARED_DATA"
        python("-m", "meicheng", "migrate")
        python("-m", "meicheng", "setup")
        for key, (path, mapping) in files.items():
            results[key] = measured(path, mapping)
        record("imports", results, database_url=url)


def measured(path: Path, mapping: str) -> dict[str, object]:
    """Import a file twice, then insert it plainly; rows per second of each."""
    words = ["-m", "meicheng", "import", "reports", str(path), "--mapping", mapping, "--json"]
    first, again = json.loads(python(*words)), json.loads(python(*words))
    if again["imported"] or again["duplicates"] != first["imported"]:
        raise Failed(f"the second run of {path.name} imported rows again: {again}")
    plain = json.loads(python("-m", "tools.bench.imports", str(path)))
    own, bare = first["read"] / first["seconds"], plain["rows"] / plain["seconds"]
    return {
        "rows": first["read"],
        "imported": first["imported"],
        "rejected": first["rejected"],
        "rows_per_second": round(own),
        "second_run_rows_per_second": round(again["read"] / again["seconds"]),
        "plain_rows_per_second": round(bare),
        "share_of_plain": round(own / bare, 3),
        # The largest of all processes so far: the made-up file is the first and the longest.
        "memory_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }


def python(*words: str) -> str:
    """The last line that a Python program prints."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "meicheng.project.settings"}
    command = [sys.executable, *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(words)} ended with exit code {done.returncode}")
    return (done.stdout.strip().splitlines() or [""])[-1]


def write_messages(path: Path, rows: int) -> None:
    """A file of made-up messages, the same every time."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        began = datetime(2024, 1, 1, 8)
        for row in range(rows):
            word, at = WORDS[row % len(WORDS)], began + timedelta(minutes=11 * row)
            body = f"{row // 7}号路口{word}，已经{row % 9 + 1}天，希望尽快处理。"
            writer.writerow([row, f"U{row % 5000}", word, f"{at:%Y/%m/%d %H:%M:%S}", body, 0, 1])


def insert_plainly(path: Path) -> None:
    """Put a file's columns into the reports' table and nothing more; prints rows and seconds."""
    import django

    django.setup()
    from meicheng.places.models import Division
    from meicheng.voices.models import Report

    division = Division.objects.get(parent=None)
    began = datetime.fromisoformat("2024-01-01T00:00:00+08:00")
    rows = 0
    with stopwatch() as watch, path.open(encoding="utf-8-sig", newline="") as file:
        batch: list[Report] = []
        for rows, row in enumerate(csv.DictReader(file), start=1):
            texts = list(row.values())
            batch.append(
                Report(
                    code=f"P{os.getpid()}-{rows}"[-14:],
                    source="file",
                    external_number=f"plain-{path.name}-{rows}",
                    subject=str(texts[2])[:300],
                    body=str(texts[4]),
                    division=division,
                    reported_at=began,
                    extra=row,
                )
            )
            if len(batch) == 1000:
                Report.objects.bulk_create(batch)
                batch.clear()
        Report.objects.bulk_create(batch)
    print(json.dumps({"rows": rows, "seconds": watch.seconds}))


if __name__ == "__main__":
    insert_plainly(Path(sys.argv[1]))
