"""Categories are learned from sorted messages, with probabilities that mean what they say."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meicheng.engine.text.categories import (
    BadModel,
    CannotLearn,
    Message,
    Model,
    judge,
    names_of,
    train,
)
from meicheng.engine.text.categories.features import learn_features, read
from meicheng.engine.text.categories.training import folds

WORDS = {
    "城乡建设": ["路灯不亮", "井盖破损", "违章建筑", "物业收费", "小区漏水", "占道经营"],
    "教育文体": ["学校收费", "老师补课", "幼儿园入学", "学区划分", "教室拥挤", "中考加分"],
    "卫生计生": ["医院挂号", "疫苗接种", "药品价格", "医生态度", "独生子女", "门诊排队"],
}


def messages(count: int, seed: int = 1) -> tuple[list[Message], list[str]]:
    """Made-up messages whose category stands in one phrase among words that tell nothing."""
    chance = random.Random(seed)
    found, categories = [], []
    for number in range(count):
        category = list(WORDS)[number % len(WORDS)]
        phrase = chance.choice(WORDS[category])
        place = f"第{chance.randrange(90)}街"
        found.append(
            Message("", f"您好，我住在{place}，这里{phrase}已经很久了，希望尽快解决，谢谢。")
        )
        categories.append(category)
    return found, categories


@pytest.fixture(scope="module")
def learned() -> Model:
    return train(*messages(90))


def test_a_message_is_put_where_its_words_belong_and_the_words_are_named(learned: Model):
    best = learned.guess(Message("", "门口井盖破损，有人摔倒，请来修"))[0]
    assert best.category == "城乡建设"
    assert any("井盖" in word for word in best.words)


def test_probabilities_of_a_message_add_up_to_one(learned: Model):
    chances = learned.probabilities([Message("", "学校收费"), Message("", "天气"), Message("", "")])
    assert chances.sum(axis=1) == pytest.approx([1, 1, 1])
    assert chances[0].max() > chances[1].max()  # who says nothing telling is put nowhere for sure


@pytest.mark.parametrize(
    "words", ["", "路", "😀😀😀", "<script>alert(1)</script>", "'; DROP TABLE", "x" * 9]
)
def test_odd_words_get_a_category_without_a_fault(learned: Model, words: str):
    assert len(learned.guess(Message("", words))) == 3


def test_a_stored_model_says_the_same(learned: Model):
    again = Model.from_bytes(learned.to_bytes())
    asked = messages(12, seed=7)[0]
    assert again.probabilities(asked) == pytest.approx(learned.probabilities(asked), abs=0.002)


def test_what_is_no_model_is_refused():
    with pytest.raises(BadModel, match="not a stored model"):
        Model.from_bytes(b"PK\x03\x04 nothing of the kind")


def test_one_category_is_too_few_to_learn_from():
    with pytest.raises(CannotLearn, match="at least two categories with two messages each"):
        train([Message("", "路灯"), Message("", "路")], ["城乡建设", "城乡建设"])


def test_the_same_messages_teach_the_same_model():
    assert train(*messages(30)).to_bytes() == train(*messages(30)).to_bytes()


def test_two_categories_are_told_apart_by_one_line():
    found, categories = messages(60)
    kept = [at for at, name in enumerate(categories) if name != "卫生计生"]
    model = train([found[at] for at in kept], [categories[at] for at in kept])
    assert model.guess(Message("", "幼儿园入学难"))[0].category == "教育文体"
    assert model.guess(Message("", "楼下占道经营"))[0].category == "城乡建设"


def test_names_of_subjects_help_where_messages_are_few():
    found, categories = messages(6)
    names = names_of([("卫生计生", "公共卫生", "传染病防治"), ("城乡建设", "市政管理", "其他")])
    asked = Message("", "传染病防治做得不够")
    at = sorted(set(categories)).index("卫生计生")
    without = train(found, categories).probabilities([asked])[0, at]
    assert train(found, categories, names=names).probabilities([asked])[0, at] > without


def test_messages_held_back_judge_the_model():
    found, categories = messages(60)
    judgement = judge(found, categories)
    assert judgement.messages == judgement.learned == 60
    assert judgement.macro_f1 > 0.95
    assert sum(map(sum, judgement.table)) == 60


def test_no_word_of_a_held_back_label_leaks_into_its_judgement():
    """Labels given by lot cannot be learned: what is right stays about what chance gives."""
    found, categories = messages(120)
    shuffled = [*categories]
    random.Random(3).shuffle(shuffled)
    assert judge(found, shuffled).right < 0.55


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=60))
def test_each_category_is_spread_evenly_over_the_folds(categories: list[str]):
    turn = folds(categories)
    for name in set(categories):
        counts = Counter(turn[[at for at, one in enumerate(categories) if one == name]].tolist())
        many = [counts.get(fold, 0) for fold in range(5)]
        assert max(many) - min(many) <= 1


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8))
def test_weights_of_a_field_have_length_one(texts: list[str]):
    """Against a count by hand: every run of one and two characters of every field."""
    fields = [read(Message("", text)) for text in texts]
    features = learn_features(fields, at_least=(1, 1))
    ((count, grams),) = features.of(fields)
    assert count == len(texts)
    lengths = np.bincount(grams.rows, grams.values**2, minlength=count)
    for row, one in enumerate(fields):
        parts = sum(bool(field) + (len(field) > 1) for field in one)
        assert lengths[row] == pytest.approx(parts)
        runs = {run for field in one for size in (1, 2) for run in _runs(field, size)}
        columns = grams.columns[grams.rows == row]
        assert {features.run_at(int(column)) for column in columns} == runs


def _runs(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(len(text) - size + 1)]
