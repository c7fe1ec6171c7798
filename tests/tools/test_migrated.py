"""The migrated database that tests copy is made anew when a migration or a library changes."""

from __future__ import annotations

import pytest

from tools import migrated


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A checkout with one migration."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "base.txt").write_text("django==5.2\n")
    (tmp_path / "src" / "room" / "migrations").mkdir(parents=True)
    (tmp_path / "src" / "room" / "migrations" / "0001_initial.py").write_text("first\n")
    monkeypatch.setattr(migrated, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "changed", ["requirements/base.txt", "src/room/migrations/0001_initial.py",
                "src/room/migrations/0002_more.py"]
)  # fmt: skip
def test_another_migration_or_library_has_another_name(tree, changed):
    name = migrated.version.__wrapped__
    before = name()
    assert name() == before
    (tree / changed).write_text("changed\n")
    assert name() != before
