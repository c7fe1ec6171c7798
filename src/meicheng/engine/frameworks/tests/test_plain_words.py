"""Every rule of every standard can be said in a sentence, in both languages."""

import pytest
from hypothesis import given

from meicheng.engine.frameworks import METHODS, VERIFIED, rule_words
from meicheng.engine.frameworks.format import AMONG, RATES
from meicheng.engine.frameworks.format import METHODS as ALL_METHODS
from meicheng.engine.frameworks.format import VERIFIED as MARKS
from meicheng.engine.frameworks.plain import AMONG as AMONG_WORDS
from meicheng.engine.frameworks.plain import RATES as RATE_WORDS
from meicheng.engine.words import Words

from .makers import frameworks


@given(frameworks())
def test_any_rule_has_words(standard):
    for _node, leaf in standard.all_criteria():
        words = rule_words(leaf.rule, leaf.unit)
        assert words.zh
        assert words.en


def test_every_word_of_the_format_has_a_name():
    assert METHODS.keys() == set(ALL_METHODS)
    assert VERIFIED.keys() == set(MARKS)
    assert RATE_WORDS.keys() == set(RATES)
    assert AMONG_WORDS.keys() == set(AMONG)


@pytest.mark.parametrize(
    ("rule", "unit", "zh", "en"),
    [
        (
            {"kind": "target", "at_most": 7.8, "or": "falling"},
            "permille",
            "不超过 7.8‰ 得满分，或比上年下降，否则不得分",
            "Full marks up to 7.8‰, or when lower than the year before, else none",
        ),
        (
            {"kind": "grade", "steps": [{"share": 1, "above": 85}, {"share": 0.6, "above": 80}]},
            "percent",
            "高于 85% 得 100%，高于 80% 得 60%，否则不得分",
            "100% above 85%, 60% above 80%, else none",
        ),
        (
            {"kind": "deduct", "per": 0.02, "by_kind": {"burning": 0.05}},
            "",
            "每发现一处问题扣该项分值的 2%（焚烧 5%），扣完为止",
            "Each problem found costs 2% of the marks (Burning 5%), down to none",
        ),
        (
            {"kind": "rate", "of": "on_time_closed", "among": "due", "at_least": 95},
            "",
            "按时结案率（占到期案件）：达到 95% 得满分，否则不得分",
            "Share of cases due closed in time: full marks from 95%, else none",
        ),
    ],
)
def test_a_rule_is_said_as_an_officer_would_say_it(rule, unit, zh, en):
    assert rule_words(rule, unit, {"burning": Words("焚烧", "Burning")}) == Words(zh, en)
