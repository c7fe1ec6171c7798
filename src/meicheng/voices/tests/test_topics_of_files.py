"""Hot topics of a file of messages."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from meicheng.demo.little import City
from meicheng.engine.text.tests.test_topics import MIXER, OTHER, PARKING
from meicheng.project.commands import run

HEADINGS = ["message_id", "subject", "body", "created_at", "votes", "against"]


def write(path: Path, rows: list[list[object]], headings: list[str] = HEADINGS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def rows() -> list[list[object]]:
    found: list[list[object]] = []
    for day, text in enumerate(MIXER, 1):
        found.append([f"M{day}", f"云湾花园{text}", text, f"2026/9/{day} 20:00:00", 0, 0])
    for day, text in enumerate(PARKING, 1):
        found.append([f"P{day}", "", f"丽水新城{text}", f"2026-08-0{day}", 30 * (day == 2), 0])
    return [
        *found,
        *[[f"O{n}", "", text, "2026-07-01 08:00:00", "", ""] for n, text in enumerate(OTHER)],
    ]


def test_the_hottest_topics_and_their_messages_are_written_as_workbooks(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = write(tmp_path / "messages.csv", rows())
    out = tmp_path / "out"
    assert run(["voices", "topics", str(file), "--out", str(out), "--top", "5"]) == 0
    printed = capsys.readouterr().out
    assert "18 messages, 2 topics" in printed
    topics = openpyxl.load_workbook(out / "hot-topics.xlsx").active
    said = openpyxl.load_workbook(out / "hot-topic-messages.xlsx").active
    assert topics is not None
    assert said is not None
    first = [cell.value for cell in topics[3]]
    assert first[0] == 1
    assert first[3] == 4
    assert first[8] == "丽水新城"  # thirty voted for it
    assert "捆绑" in str(first[10])
    assert [row[1].value for row in said.iter_rows(min_row=3)] == [
        "P1", "P2", "P3", "P4", "M1", "M2", "M3", "M4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("headings", "row", "words"),
    [
        (["message_id", "body"], ["1", "路灯不亮"], "created_at"),
        (HEADINGS, ["1", "", "路灯不亮", "昨天", "0", "0"], "昨天"),
        (HEADINGS, ["1", "", "路灯不亮", "2026-01-01", "many", "0"], "many"),
    ],
)
def test_a_file_that_lacks_a_column_or_a_time_is_refused_and_nothing_is_written(
    city: City,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    headings: list[str],
    row: list[object],
    words: str,
):
    file = write(tmp_path / "messages.csv", [row], headings)
    assert run(["voices", "topics", str(file), "--out", str(tmp_path / "out")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
