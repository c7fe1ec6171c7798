"""What docs/data-packs.md counts is what the packs hold."""

from __future__ import annotations

from collections import Counter

import pytest

from meicheng.engine.frameworks import read_document
from meicheng.standards.actions import FRAMEWORKS, read_pack
from tools import ROOT


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_counts_of_a_standard_on_the_page_are_those_of_its_file(name):
    text = (ROOT / "docs" / "data-packs.md").read_text(encoding="utf-8")
    standard, problems = read_document(read_pack(f"frameworks/{name}"))
    assert problems == []
    leaves = [leaf for _node, leaf in standard.all_criteria()]
    verified = Counter(leaf.verified for leaf in leaves)
    methods = Counter(leaf.method for leaf in leaves)
    cells = [
        len(leaves),
        *(verified[word] for word in ("source", "recalled", "proposed")),
        *(methods[m] for m in ("field", "statistic", "document", "survey", "case", "veto")),
    ]
    assert f"| {' | '.join(map(str, cells))} |" in text
    assert f"{len(leaves)} criteria" in text
