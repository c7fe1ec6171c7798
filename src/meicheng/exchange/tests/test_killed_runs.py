"""An import that is killed in the middle, as a real process, and run again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from tools import migrated

ROWS = 3_000
HEAD = "source_system,number,body,reported_at,state,closed_at\n"


@pytest.fixture
def meicheng(tmp_path):
    """Run the product's command on a database of its own; `wait=False` gives the process."""
    environment = {
        **os.environ,
        "MEICHENG_VAR": str(tmp_path),
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "meicheng.project.settings",
    }

    def run(*words, wait=True):
        process = subprocess.Popen(
            [sys.executable, "-m", "meicheng", *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if not wait:
            return process
        out, _none = process.communicate()
        assert process.returncode == 0, out
        return out

    shutil.copy(migrated.file(), tmp_path / "meicheng.sqlite3")
    run("setup")
    return run


def counted(folder):
    with sqlite3.connect(folder / "meicheng.sqlite3", timeout=30) as database:
        return database.execute("SELECT count(*) FROM voices_report").fetchone()[0]


def test_a_killed_import_is_run_again_and_nothing_is_lost_or_double(meicheng, tmp_path):
    file = tmp_path / "sent.csv"
    file.write_text(
        HEAD
        + "".join(
            f"x,{n},路灯不亮 {n},2026-0{n % 8 + 1}-01 08:00:00,closed,2026-09-0{n % 8 + 1} 08:00:00\n"
            for n in range(ROWS)
        ),
        encoding="utf-8",
    )
    words = ("import", "reports", str(file), "--json")
    process = meicheng(*words, wait=False)
    try:
        until = time.monotonic() + 60
        while not counted(tmp_path):
            assert time.monotonic() < until, "no row was written within a minute"
            assert process.poll() is None, "the import ended before it could be killed"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    before = counted(tmp_path)
    assert 0 < before < ROWS
    counts = json.loads(meicheng(*words).splitlines()[-1])
    assert (counts["read"], counts["duplicates"]) == (ROWS, before)
    assert counts["imported"] == ROWS - before
    assert counted(tmp_path) == ROWS
    meicheng("ledger", "rebuild", "--check")
    meicheng("ledger", "verify")
