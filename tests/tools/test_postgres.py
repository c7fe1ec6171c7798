"""A PostgreSQL server for tests, whoever starts it."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest

from tools import Failed, postgres


def folder_of(url: str) -> Path:
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return Path(row[0]).parent


def test_a_server_answers_and_leaves_nothing_behind():
    with postgres.server(work_mem="7MB") as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("SHOW work_mem").fetchone() == ("7MB",)
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        folder = folder_of(url)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
    assert not folder.exists()


def test_a_benchmark_server_keeps_its_promises_to_the_disk():
    with postgres.server(durable=True) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_programs_that_the_account_may_not_read_are_copied(monkeypatch):
    monkeypatch.setattr(postgres, "_runs", lambda *_: False)
    with postgres.server() as url:
        copied = (folder_of(url) / "programs").exists()
    assert copied == (os.geteuid() == 0)


def test_a_wrong_setting_is_told_with_the_servers_own_words():
    with (
        pytest.raises(Failed, match="no_such_setting"),
        postgres.server(no_such_setting="1"),
    ):
        pytest.fail("started")
