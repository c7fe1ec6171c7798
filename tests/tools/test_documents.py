"""Links in documents."""

from __future__ import annotations

import pytest

from tools import documents


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "ROOT", tmp_path)
    monkeypatch.setattr(documents, "documents", lambda: sorted(tmp_path.rglob("*.md")))
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "house.md").write_text("# The house\n\n## Two floors\n", encoding="utf-8")
    return tmp_path


def test_links_that_lead_somewhere_pass(folder):
    (folder / "README.md").write_text(
        "# Read\n[a](docs/house.md) [b](docs/house.md#two-floors) [c](#read) [d](https://e.example)\n"
    )
    assert documents.dead_links() == []


def test_a_link_to_nothing_and_one_to_a_missing_heading_are_named(folder):
    (folder / "README.md").write_text("[a](docs/gone.md) ![p](p.png) [b](docs/house.md#attic)\n")
    assert documents.dead_links() == [
        "README.md: docs/gone.md leads nowhere",
        "README.md: p.png leads nowhere",
        "README.md: docs/house.md#attic: no such heading",
    ]


def test_a_link_inside_code_is_no_link(folder):
    (folder / "README.md").write_text("```\n[a](gone.md)\n```\n")
    assert documents.dead_links() == []


def test_pages_link_to_pages(folder):
    (folder / "README.md").write_text("# Read\n[a](docs/house.md#two-floors)\n")
    assert documents.build_site(folder / "site") == 2
    assert 'href="docs/house.html#two-floors"' in (folder / "site" / "README.html").read_text()
