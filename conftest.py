"""What all tests share: marks for `make test`'s runs, a small city on a database of its own."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.core.cache import cache

from tools import migrated

if TYPE_CHECKING:
    from meicheng.demo.little import City

ROOT = Path(__file__).parent
# The same examples in every run, however busy the machine is.
hypothesis.settings.register_profile("house", derandomize=True, deadline=None)
hypothesis.settings.load_profile("house")
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--browser-path", help="the Chromium to drive (default: the one on PATH)")
    parser.addoption("--pictures", help="the folder for the README's pictures (default: none)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches the database and what drives a browser, so that runs can choose.

    What drives a browser comes first, so that it stays with one worker, who has one city to serve.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        parent = item.getparent(pytest.Class)
        in_case = parent is not None and hasattr(parent.obj, "databases")
        if in_case or fixtures & DATABASE_FIXTURES or item.get_closest_marker("django_db"):
            item.add_marker("database")
        if item.path.is_relative_to(ROOT / "tests" / "browser"):
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """The tests' database begins as a copy of one that is migrated."""
    from django.db import connection

    if connection.vendor == "postgresql":
        name = migrated.database(os.environ["DATABASE_URL"])
        connection.settings_dict["TEST"]["TEMPLATE"] = name
        yield
        return
    # It lives in memory as long as somebody has it open.
    with closing(sqlite3.connect(connection.creation._get_test_db_name(), uri=True)) as memory:
        with closing(sqlite3.connect(migrated.file())) as file:
            file.backup(memory)
        yield


@pytest.fixture(autouse=True)
def _files_apart(request: pytest.FixtureRequest) -> None:
    """A database test keeps its files in its own folder and waits for no slow password hash."""
    if request.node.get_closest_marker("database"):
        settings = request.getfixturevalue("settings")
        settings.MEDIA_ROOT = request.getfixturevalue("tmp_path") / "files"
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        # Rolled-back rows give their keys back, so nothing kept under a key may outlive a test.
        cache.clear()
        from meicheng.cases import clock

        clock.start_over()


@pytest.fixture
def city(db: None) -> City:
    """A small world with what a test needs; see `meicheng.demo.little.City`."""
    from meicheng.demo.little import City

    return City()
