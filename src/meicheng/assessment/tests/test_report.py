"""An officer takes the report along, on paper or as a document."""

from __future__ import annotations

import io
import re

import pytest
from django.core.cache import cache
from docx import Document

from meicheng.assessment.periods import parse_period
from meicheng.assessment.queries import assess
from meicheng.assessment.report import as_pdf, paper_of
from meicheng.project.commands import run

QUARTER = parse_period("2026Q3")
ASKED = "framework=pair&edition=1&period=2026Q3&division=CITY"


@pytest.fixture
def seen(city, pair, look):
    """3 of 4 lanes (60 marks) and 1 of 2 markets (40) pass: 45 + 20 = 65."""
    for value in ["yes", "yes", "yes", "no"]:
        look(city.site("back-lane"), value)
    for value in ["yes", "no"]:
        look(city.site("farmers-market"), value)
    cache.clear()
    return pair


def section(paper, heading):
    return next(one for one in paper.sections if one.heading == heading)


def test_the_report_says_what_the_marks_say_and_its_losses_add_up(city, english, seen):
    paper = paper_of(seen, QUARTER, city.root)
    found = assess(seen, QUARTER, city.root)
    assert paper.sections[0].paragraphs[0] == "Estimated marks: 65.0 of 100."
    low, high = found.interval
    assert f"{low:.1f} to {high:.1f}" in paper.sections[0].paragraphs[1]
    assert [row[2] for row in section(paper, "By part").rows] == ["45.0", "20.0"]
    losses = section(paper, "Where marks are lost").rows
    assert [row[3] for row in losses] == ["20.00", "15.00", "35.00"]
    assert "+20.00" in {row[4] for row in section(paper, "What pays most").rows}


def test_the_word_document_holds_the_same_tables(city, client, seen):
    client.force_login(city.user("creation-office"))
    client.cookies["django_language"] = "en"
    answer = client.get(f"/assessment/report.docx?{ASKED}")
    document = Document(io.BytesIO(answer.content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "Estimated marks: 65.0 of 100." in text
    assert document.tables[0].cell(1, 2).text == "45.0"
    assert document.tables[0].rows[0]._tr.xpath("./w:trPr/w:tblHeader")
    name, full = (document.tables[0].columns[number].width for number in (0, 1))
    assert name > 2 * full
    assert "report-pair-2026Q3-CITY.docx" in answer["Content-Disposition"]


def test_the_pdf_has_pages_and_a_chinese_title(city, client, seen):
    client.force_login(city.user("creation-office"))
    content = client.get(f"/assessment/report.pdf?{ASKED}").content
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", content)) >= 1
    assert b"STSong-Light" in content


def test_a_place_of_which_nothing_is_known_gets_an_honest_page(city, english, pair):
    paper = paper_of(pair, QUARTER, city.root)
    assert paper.sections[0].paragraphs == ["Nothing is known of this place and period yet."]
    assert as_pdf(paper).startswith(b"%PDF-")


def test_the_command_writes_the_report_and_refuses_other_endings(seen, tmp_path, capfd):
    asked = ["assess", "pair", "--period", "2026Q3"]
    for name in ("report.pdf", "report.docx"):
        assert run([*asked, "--report", str(tmp_path / name)]) == 0
        assert (tmp_path / name).stat().st_size > 1000
    said = capfd.readouterr()
    assert "HiGHS" not in said.out + said.err
    assert run([*asked, "--report", str(tmp_path / "report.txt")]) == 2
    assert ".docx, .pdf" in capfd.readouterr().err
    assert not (tmp_path / "report.txt").exists()
