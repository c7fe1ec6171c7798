"""How long 30 cities in the lake take to be scored, beside a GROUP BY written by hand.

`MEICHENG_LAKE_ROWS` says how many answers are made (10 million unless said). Each way runs in a
process of its own, so that its peak of memory is its own, in turns, the best of three; ours gives marks
with intervals, the other fetches what it summed. Seconds of processor are told too, which other work
on the machine disturbs less.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools import ROOT, Failed
from tools.bench import record

ROWS = int(os.environ.get("MEICHENG_LAKE_ROWS", "10000000"))
CITIES = 30
ROUNDS = 3
ASK = """
import json, resource, sys, time
from pathlib import Path
folder, items = Path(sys.argv[1]), json.loads(sys.argv[2])
"""
TELL = """
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"seconds": time.perf_counter() - begun, "said": said,
    "processor": used.ru_utime + used.ru_stime - spent, "gigabytes": used.ru_maxrss / 1e6}))
"""
TIMED = """
spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
begun = time.perf_counter()
"""
OURS = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meicheng.project.settings")
import django; django.setup()
from meicheng.assessment.periods import parse_period
from meicheng.lake import scoring
TIMED
found = scoring.score_lake([folder], "sanitary-city", parse_period("2026"))
said = sum(one.observations for one in found)
"""
PLAIN = """
import duckdb
TIMED
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
rows = connection.execute(
    "SELECT city, item, site, site_kind, district, value, count(*), sum(weight), sum(weight * number) "
    f"FROM read_parquet('{folder}/observations/*/*/*.parquet', hive_partitioning = true) "
    "WHERE sampled AND list_contains(?, item) GROUP BY ALL", [items]).fetchall()
said = sum(row[6] for row in rows)
"""


def main() -> None:
    """Make the lake, ask it both ways in turns, and record the best of each."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder, "lake")
        made = [sys.executable, "-m", "meicheng", "lake", "make", str(lake)]
        subprocess.run([*made, "--cities", str(CITIES), "--rows", str(ROWS)], cwd=ROOT, check=True)
        items = json.dumps(_items())
        rounds = [(_asked(lake, OURS, items), _asked(lake, PLAIN, items)) for _ in range(ROUNDS)]
    ours, plain = (min(way, key=lambda one: one["seconds"]) for way in zip(*rounds, strict=True))
    used = [min(one["processor"] for one in way) for way in zip(*rounds, strict=True)]
    if ours["said"] != plain["said"]:
        raise Failed("both ways must count the same answers")
    record(
        "lake",
        {
            "rows": ROWS,
            "cities": CITIES,
            "seconds": round(ours["seconds"], 2),
            "gigabytes": round(ours["gigabytes"], 2),
            "plain_seconds": round(plain["seconds"], 2),
            "plain_gigabytes": round(plain["gigabytes"], 2),
            "ratio": round(ours["seconds"] / plain["seconds"], 2),
            "processor_seconds": round(used[0], 2),
            "plain_processor_seconds": round(used[1], 2),
            "processor_ratio": round(used[0] / used[1], 2),
        },
    )


def _items() -> list[str]:
    from meicheng.standards.packs import read_pack

    bank = read_pack("site-checklists")["items"]
    return [
        item["code"]
        for item in bank
        if any(code.startswith("sanitary-city/") for code in item.get("criteria", []))
    ]


def _asked(lake: Path, way: str, items: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", ASK + way.replace("TIMED", TIMED) + TELL, str(lake), items],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout[done.stdout.index('{"seconds') :])
    return found
