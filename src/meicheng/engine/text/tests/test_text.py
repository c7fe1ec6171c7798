"""Citizens' words are cleaned, compared and understood as far as single words go."""

import time
from importlib.resources import files

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from meicheng.engine.text import KindFinder, clean, similarity, suggest_kind

PACK = yaml.safe_load(files("meicheng.data").joinpath("case-kinds.yaml").read_text("utf-8"))
WORDS = yaml.safe_load(files("meicheng.data").joinpath("kind-words.yaml").read_text("utf-8"))
KINDS = {kind["code"]: (kind["zh"], kind["en"]) for kind in PACK["kinds"]}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Ａ７县　路灯不亮，已５天", "A7县 路灯不亮，已5天"),
        ("\t\t尊敬的领导：\r\n\r\n\r\n\r\n  您好 \n", "尊敬的领导：\n\n您好"),
        ("<p>第一段</p><p>第二<b>段</b></p>", "第一段\n第二段"),
        ("a&amp;nbsp;b&lt;br&gt;c", "a b\nc"),
        ("前<script>alert(1)</script><style>p{}</style><!-- x -->后", "前后"),
        ("3<5 且 7 > 6", "3<5 且 7 > 6"),
        ("零\u200b宽\ufeff和\x07控制\x00字", "零宽和控制字"),
        ("坏\ud83d字", "坏字"),
        ("", ""),
        (" \u3000\n ", ""),
    ],
)
def test_remains_of_web_pages_and_wide_keyboards_go(written, meant):
    assert clean(written) == meant


@given(st.text() | st.text("<>&;/abcbrps!-\n\t \u3000Ａ１lt#0"))
def test_a_clean_text_stays_as_it_is_and_can_be_stored(written):
    once = clean(written)
    assert clean(once) == once
    assert once.encode().decode() == once


@pytest.mark.parametrize(
    "nonsense",
    [
        *[piece * (100_000 // len(piece)) for piece in ("<script>", "<!--", "<", "<a ", "&lt;")],
        "&" + "amp;" * 25_000,
        "&" + "#38;" * 25_000 + "lt;b>",
        "<a" * 30_000 + ">" * 30_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_hundred_thousand_characters_of_nonsense_do_not_hold_up_the_desk(nonsense):
    begin = time.process_time()
    once = clean(nonsense)
    assert clean(once) == once
    # Quadratic work would take minutes; linear work takes some hundredths of a second.
    assert time.process_time() - begin < 10


def test_texts_are_compared_by_their_runs_of_three_characters():
    # ^路灯 路灯不 灯不亮 不亮$ against ^路灯 路灯坏 灯坏了 坏了$: one of seven
    assert similarity("路灯不亮", "路灯坏了") == pytest.approx(1 / 7)
    assert similarity("路灯不亮！", " 路灯 不亮") == 1
    assert similarity("Street LAMP", "street lamp") == 1
    assert similarity("路灯", "井盖") == 0
    assert similarity("", "") == similarity("，", "路灯") == 0


@given(st.text(), st.text())
def test_likeness_is_the_same_both_ways_and_a_share(one, other):
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other) <= 1


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("小区门口的路灯坏了三天了，晚上太黑", "lamp-out"),
        ("幸福路中段井盖松动，车一过就响", "manhole"),
        ("楼下商贩占道摆摊，行人只能走马路", "occupied-pavement"),
        ("工地夜间施工噪音扰民，孩子睡不着", "noise"),
        ("单元门口垃圾桶满了没人清运，已经溢出", "full-bins"),
        ("电动三轮车载客闯红灯", "unlicensed-tricycle"),
        ("老头乐到处乱窜，没有牌照", "unplated-four-wheeler"),
        ("下雨就积水，污水横流", "standing-water"),
        ("河道垃圾多，河水发臭", "dirty-water"),
        ("楼道堆物堵塞消防通道", "blocked-fire-lane"),
        ("盲道被占，轮椅过不去", "missing-barrier-free"),
        ("饭店后厨脏，吃出异物", "food-hygiene"),
        ("有人遛狗不牵绳", "uncivil-dog"),
        ("附近没有公厕，希望增设", "missing-facility"),
        ("Pothole and cracked pavement in front of the school", "broken-pavement"),
        ("Street lamps out along the river", "lamp-out"),
        ("Loud music from the loudspeakers all night", "noise"),
        ("There are rats and cockroaches behind the market", "pests"),
        ("请问怎么办理居住证，需要什么材料", "consultation"),
    ],
)
def test_a_message_suggests_its_kind(message, kind):
    assert suggest_kind(message, KINDS)[0].code == kind


def test_a_suggestion_names_the_words_and_its_arithmetic():
    words = {"a": {"zh": ["路灯"]}, "b": {"zh": ["路灯不亮", "灯不亮"]}, "c": {"en": ["lamp post"]}}
    finder = KindFinder({"a": (), "b": (), "c": ()}, words)
    # four characters: 2 points of 2 + 2; the shorter words inside do not count again
    assert finder.suggest("路灯不亮") == [("b", 0.5, ("路灯不亮",))]
    # elsewhere in the text they do: two characters, 1 point of 1 + 2
    assert finder.suggest("路灯不亮，那盏路灯")[1] == ("a", 0.333, ("路灯",))
    assert finder.suggest("Two lamp-posts fell")[0] == ("c", 0.5, ("lamp post",))


def test_a_word_of_two_kinds_counts_half_for_each_and_weak_words_count_less():
    words = {"a": {"zh": ["垃圾"]}, "b": {"zh": ["垃圾"], "weight": 0.5}}
    found = KindFinder({"a": (), "b": ()}, words).suggest("垃圾")
    assert found == [("a", 0.2, ("垃圾",)), ("b", 0.111, ("垃圾",))]  # ½/2½ and ¼/2¼


def test_a_message_without_a_telling_word_suggests_nothing():
    assert suggest_kind("您好，谢谢！", KINDS) == []
    assert suggest_kind("", KINDS) == []


def test_only_kinds_that_the_city_uses_are_suggested():
    assert suggest_kind("路灯坏了", {"manhole": KINDS["manhole"]}) == []


def test_every_kind_has_words_in_both_languages_and_no_word_stands_twice_under_it():
    assert WORDS.keys() == KINDS.keys()
    for code, entry in WORDS.items():
        for language in ("zh", "en"):
            listed = entry[language]
            assert len(listed) == len(set(listed)), code
            # No word tells of "other"; every other kind has enough to be found by.
            assert code == "other" or len(listed) >= 5, code


def test_the_name_of_a_kind_suggests_the_kind():
    for code, names in KINDS.items():
        for name in names:
            assert code in [one.code for one in suggest_kind(name, KINDS, at_most=2)], name
