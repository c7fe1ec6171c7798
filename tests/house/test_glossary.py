"""One thing, one word: docs/glossary.md beside the catalogues, the workflow and the code."""

from __future__ import annotations

import re

import pytest

from meicheng.engine.workflow import TRANSITIONS
from meicheng.engine.workflow.states import State, Step
from meicheng.organisation.models import Membership
from tools import ROOT
from tools.messages import catalogue_of, key_of, rooms, texts_of

ROW = re.compile(r"^\| ([^|]+) \| ([^|]*[\u4e00-\u9fff][^|]*) \| ([^|]*) \|", re.MULTILINE)


def terms() -> dict[str, str]:
    """The glossary: English to Chinese."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return {english.strip(): chinese.strip() for english, chinese, _code in ROW.findall(text)}


def translations() -> dict[str, str]:
    """All catalogues: English as it begins a label to Chinese."""
    found = {}
    for room in rooms():
        for message in catalogue_of(room):
            if message.id and not message.context:
                found[key_of(message)[1]] = texts_of(message)[0]
    return found


def label(english):
    """A term as the beginning of a label: "Unit worker"."""
    return english[:1].upper() + english[1:]


def test_the_glossary_is_read_whole():
    assert len(terms()) > 60
    assert terms()["dispatch"] == "派遣"


def test_a_page_that_shows_a_term_shows_its_chinese():
    shown = translations()
    common = {english for english in terms() if label(english) in shown}
    assert len(common) >= 15
    different = {
        english: (terms()[english], shown[label(english)])
        for english in common
        if terms()[english] not in shown[label(english)]
    }
    assert different == {}


@pytest.mark.parametrize("transition", TRANSITIONS, ids=lambda transition: transition.code)
def test_every_step_of_a_case_is_in_the_glossary_or_only_begins_or_reports_work(transition):
    assert transition.label.zh in {*terms().values(), "开始处置", "处置反馈", "核查通过"}


def test_every_role_is_in_the_glossary_as_pages_name_it():
    shown = translations()
    for role in Membership.Role:
        english = role.name.replace("_", " ").lower()
        assert terms()[english] == shown[label(english)]


def test_states_are_named_alike_in_the_engine_and_in_forms():
    from meicheng.cases.models import STATE_LABELS

    shown = translations()
    english = {code: str(State(code).label.en) for code, _label in STATE_LABELS}
    assert {code: shown[words] for code, words in english.items()} == {
        state.value: state.label.zh for state in State
    }


def test_the_seven_public_steps_have_chinese_and_english():
    assert len({step.label.zh for step in Step}) == len({step.label.en for step in Step}) == 7
