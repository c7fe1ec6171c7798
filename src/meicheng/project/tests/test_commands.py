"""The command line before the database is there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def meicheng(folder, *words, **environment):
    """Run the product's command in a process of its own, with its files in `folder`."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "meicheng", *words],
        env={**kept, "MEICHENG_VAR": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
        | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "words", [["setup"], ["export", "sites", "sites.csv"], ["ledger", "verify"]]
)
def test_a_fresh_database_is_told_to_be_migrated_first(tmp_path, words):
    done = meicheng(tmp_path, *words)
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "meicheng: the database is not at this version; run: meicheng migrate"
    )


def test_a_database_that_does_not_answer_is_named(tmp_path):
    done = meicheng(tmp_path, "setup", DATABASE_URL="sqlite:////nowhere/at/all.sqlite3")
    assert done.returncode == 2
    assert "the database does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_that_cannot_be_used_is_named(tmp_path):
    done = meicheng(tmp_path, "check", MEICHENG_UPLOAD_MB="plenty")
    assert done.returncode == 2
    assert "MEICHENG_UPLOAD_MB is 'plenty'; expected a whole number" in done.stderr


def test_a_database_is_brought_to_this_version_once(tmp_path):
    first, again = meicheng(tmp_path, "migrate"), meicheng(tmp_path, "migrate")
    assert "steps brought the database to this version" in first.stdout
    assert again.stdout.strip() == "The database is at this version"
