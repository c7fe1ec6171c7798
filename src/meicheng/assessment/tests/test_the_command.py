"""What `meicheng assess` says to somebody who types it."""

from __future__ import annotations

import pytest
from django.utils import translation

from meicheng.places.models import Division
from meicheng.project.commands import run

from .golden import bring, criterion, node, standard


@pytest.fixture
def says(capsys):
    """`says("assess", …)`: the exit code and everything that was printed, in English."""

    def said(*words):
        capsys.readouterr()
        with translation.override("en"):
            code = run(["assess", *words])
        return code, "".join(capsys.readouterr())

    return said


def test_the_marks_come_with_their_doubt_and_what_rules_them_out(city, says, tmp_path):
    out = criterion(
        "v", {"kind": "veto", "rules_out": "2"}, name={"zh": "事故", "en": "An accident"}
    )
    standard(
        node("1", 3, criterion("a", {"kind": "pass_rate"})),
        node("2", 1, criterion("b", {"kind": "pass_rate"}), out),
        **{"pass": {"at_least": 60}},
    )
    bring(tmp_path, ["g/a,CITY,2026-08-01,yes,,", "g/v,CITY,2026-08-01,occurred,,"])
    code, printed = says("g", "--period", "2026Q3")
    # (3 · 1 + 1 · 0)/4; b is not known
    assert code == 0
    assert "75.0 of 100 marks, without an interval" in printed
    assert "75.0 with what is missing as nothing; coverage 75%" in printed
    assert "Ruled out: v An accident" in printed
    assert "75.0 / 75.0" in printed
    assert "0.0 / 25.0" in printed


def test_what_is_not_here_is_said_with_what_is(city, says, tmp_path):
    assert says("g") == (2, "meicheng assess: No standard is here yet; `meicheng setup` loads the three that are shipped.\n")  # fmt: skip
    standard(node("1", 1, criterion("a", {"kind": "pass_rate"})))
    assert "Nothing is known" in says("g")[1]
    for words, expected in (
        (["h"], "There is no standard h; there are: g 1"),
        (["g", "--edition", "9"], "There is no standard g 9; there are: g 1"),
        (["g", "--division", "ATLANTIS"], "There is no division ATLANTIS"),
        (["g", "--report", str(tmp_path / "a.txt")], "“a.txt” must end in .docx, .pdf"),
        (["g", "--report", str(tmp_path / "none" / "a.pdf")], "There is no folder"),
    ):
        code, printed = says(*words)
        assert (code, expected in printed) == (2, True), printed


def test_a_city_may_have_any_code(db, says):
    standard(node("1", 1, criterion("a", {"kind": "pass_rate"})))
    assert says("g") == (
        2,
        "meicheng assess: No division is here yet; `meicheng setup` makes the city.\n",
    )
    Division.objects.create(
        code="3701", name_zh="某市", name_en="Some City", level="city", path="/3701/"
    )
    code, printed = says("g")
    assert code == 0
    assert "Some City" in printed
