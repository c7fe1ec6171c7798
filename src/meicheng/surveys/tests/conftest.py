"""A small city that asks: a questionnaire, people in communities, a wave that is open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards.actions import save_framework
from meicheng.standards.packs import read_pack
from meicheng.surveys.actions import keep_questionnaire, plan_wave
from meicheng.surveys.drawing import Asked
from meicheng.surveys.tickets import give_out, keep_draft, read_code, send_answer, ticket_of

FIVE = [
    {"name": "good", "label": {"zh": "满意", "en": "Satisfied"}, "score": 1},
    {"name": "fair", "label": {"zh": "一般", "en": "Neither"}, "score": 0.5},
    {"name": "bad", "label": {"zh": "不满意", "en": "Dissatisfied"}, "score": 0},
    {"name": "no_answer", "label": {"zh": "说不清", "en": "Cannot say"}},
]
FORM = {
    "settings": {"form_id": "clean", "title": {"zh": "干净吗", "en": "Is it clean?"}, "minutes": 3},
    "survey": [
        {"type": "begin_group", "name": "you", "label": {"zh": "关于您", "en": "About you"}},
        {"type": "select_one sex", "name": "sex", "label": {"zh": "性别", "en": "You are"},
         "required": True, "margin": True},
        {"type": "end_group"},
        {"type": "begin_group", "name": "city", "label": {"zh": "本市", "en": "The city"},
         "appearance": "table-list"},
        {"type": "select_one five", "name": "streets", "label": {"zh": "街道", "en": "Streets"},
         "required": True, "item": "asked/1.1", "index": "happiness"},
        {"type": "select_one five", "name": "parks", "label": {"zh": "公园", "en": "Parks"},
         "index": "happiness"},
        {"type": "end_group"},
        {"type": "text", "name": "why", "label": {"zh": "为什么", "en": "Why"},
         "relevant": "${streets} = 'bad'"},
    ],
    "choices": {
        "sex": [{"name": "f", "label": {"zh": "女", "en": "Female"}},
                {"name": "m", "label": {"zh": "男", "en": "Male"}}],
        "five": FIVE,
    },
}  # fmt: skip
STANDARD = {
    "framework": "asked", "edition": "1", "name": {"zh": "问", "en": "Asked"}, "nodes": [
        {"code": "1", "name": {"zh": "一", "en": "One"}, "weight": 100, "criteria": [
            {"code": "1.1", "name": {"zh": "群众满意", "en": "People are satisfied"}, "weight": 100,
             "method": "survey", "rule": {"kind": "share_of_answers", "counts": {"good": 1, "fair": 0.5}},
             "verified": "proposed"}]}],
}  # fmt: skip


@pytest.fixture
def office(city):
    return city.user("creation-office")


@pytest.fixture
def form(city, office):
    from meicheng.engine.frameworks import read_document

    standard, problems = read_document({**read_pack("frameworks/sanitary-city-2021"), **STANDARD})
    assert problems == []
    save_framework(standard)
    Division.objects.filter(level="community").update(population=2620)
    return keep_questionnaire(office, FORM)


@pytest.fixture
def days(db):
    today = city_day(timezone.now())
    return {"opens": today, "closes": today + timedelta(days=20)}


@pytest.fixture
def wave(city, office, form, days):
    return plan_wave(
        office, questionnaire=form, title="干净吗", division=city.division("CITY"), key="one",
        asked=Asked("households", [city.division("CITY")], "district", 60), **days,
    )  # fmt: skip


@pytest.fixture
def answer():
    """Sends an answer with an invitation's code."""

    def send(code, **said):
        keep_draft(ticket_of(code), read_code(code), {"sex": "f", "streets": "good", **said})
        send_answer(code)

    return send


@pytest.fixture
def codes(office, wave):
    """The codes of all invitations, with their cells."""
    return give_out(office, wave, list(wave.cells.all()))


@pytest.fixture(autouse=True)
def _in_english(db):
    with translation.override("en"):
        yield
