"""What many people talk about, from texts made here."""

from __future__ import annotations

import random

import pytest

from meicheng.engine.text.topics import (
    Gazetteer,
    Said,
    Topic,
    find_topics,
    finding,
    heat_of,
    hottest,
    learn_names,
)

MIXER = [
    "小区旁边的搅拌站半夜施工，噪音太大，粉尘也大",
    "搅拌站离居民楼不到百米，天天噪音粉尘，没法睡觉",
    "请查处违建的搅拌站，夜里噪音扰民，粉尘污染",
    "搅拌站凌晨还在生产，噪音和粉尘影响老人孩子",
]
PARKING = [
    "开发商捆绑销售车位，不买车位不让签购房合同",
    "车位捆绑销售，开发商强迫业主买车位",
    "投诉开发商违法捆绑销售车位",
    "不买车位就不给房子，捆绑销售车位太过分",
]
OTHER = [
    "公交车等了四十分钟", "孩子的入学手续怎么办", "医保卡里的钱能不能给家人用", "路口红灯时间太长", "图书馆周一能不能开门",
    "河边钓鱼的人太多", "落户需要什么材料", "出租车拒载", "快递放在楼道里", "树枝挡住了窗户",
]  # fmt: skip


def said(text: str, day: float, **more: object) -> Said:
    return Said("", text, day, **more)  # type: ignore[arg-type]


def messages() -> list[Said]:
    """Two topics, one of them at two places, among what single people say."""
    found = [said(f"云湾花园{text}", day) for day, text in enumerate(MIXER)]
    found += [said(f"我家在丽水新城，{text}。", 10 + day) for day, text in enumerate(PARKING)]
    found += [said(f"竹影家园：{text}", 20 + day) for day, text in enumerate(PARKING)]
    found += [said(text, 3 * day) for day, text in enumerate(OTHER)]
    random.Random(5).shuffle(found)
    return found


def texts_of(topic: Topic, said: list[Said]) -> set[str]:
    return {said[member].body for member in topic.members}


def test_the_same_problem_at_two_places_is_two_topics_and_single_words_are_none():
    given = messages()
    topics = find_topics(given).topics
    assert {(topic.place, len(topic.members)) for topic in topics} == {
        ("云湾花园", 4), ("丽水新城", 4), ("竹影家园", 4)
    }  # fmt: skip
    for topic in topics:
        assert all(topic.place in text for text in texts_of(topic, given))


def test_what_people_say_of_another_subject_at_the_same_place_is_another_topic():
    given = [said(f"丽水新城{text}", day) for day, text in enumerate(PARKING)]
    given += [said(f"丽水新城{text}", day) for day, text in enumerate(MIXER)]
    topics = find_topics(given).topics
    assert sorted(len(topic.members) for topic in topics) == [4, 4]
    assert all(len({"车位" in text for text in texts_of(topic, given)}) == 1 for topic in topics)


def test_what_is_of_one_kind_at_one_place_needs_fewer_words_in_common():
    words = ["渣土车带泥上路，工地不管", "工地没有围挡，刮风眯眼睛", "施工从来不洒水，工地灰尘飞扬",
             "马路被工地弄得坑洼不平"]  # fmt: skip
    # The same words elsewhere and long after, so that each of them is a word that occurs.
    filler = [said(text, 400 * turn) for turn, text in enumerate(words, 2)]
    filler += [said(f"{OTHER[n % 10]}{n}", n) for n in range(100)]
    apart = [said(f"安和路{text}", day) for day, text in enumerate(words)]
    of_kind = [said(f"安和路{text}", day, kind="dust") for day, text in enumerate(words)]
    known = {"安和路": ""}

    def sizes(given: list[Said]) -> list[int]:
        found = find_topics([*given, *filler], known=known).topics
        return [len(one.members) for one in found if one.place == "安和路"]

    assert max(sizes(of_kind), default=0) > max(sizes(apart), default=0)


def test_a_long_list_of_one_place_is_one_topic_although_it_is_read_in_parts(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(finding, "AT_ONCE", 25)
    given = [said(f"丽水新城{PARKING[n % 4]}", n / 2) for n in range(100)]
    given += [said(f"{OTHER[n % 10]}{n}", n / 4) for n in range(500)]
    topics = find_topics(given).topics
    assert [len(topic.members) for topic in topics if topic.place == "丽水新城"] == [100]


def test_the_order_of_the_messages_changes_nothing():
    given = messages()
    ways = set()
    for _turn in range(3):
        random.Random(_turn).shuffle(given)
        found = find_topics(given).topics
        ways.add(frozenset(frozenset(texts_of(topic, given)) for topic in found))
    assert len(ways) == 1


def test_the_city_s_own_names_are_found_without_being_learned():
    given = [said(f"归德里{text}", day) for day, text in enumerate(MIXER)]
    (topic,) = find_topics(given, known={"归德里": "柳池区"}).topics
    assert topic.place == "归德里"


def test_names_are_learned_at_their_true_beginning_and_common_words_are_none():
    names = learn_names(
        f"{before}{name}{after}"
        for name in ("云湾花园", "安和路", "东风小学")
        for before in ("我住在", "投诉", "A3区", "关于")
        for after in ("门口太脏", "的问题", "路灯不亮")
    )
    assert set(names) == {"云湾花园", "安和路", "东风小学"}


def test_what_the_city_knows_and_what_is_no_name_is_not_learned():
    given = [
        said(f"{before}{where}{after}", day)
        for day, (before, after) in enumerate(
            (a, b) for a in ("柳池区", "听说，", "看，") for b in ("路灯坏了", "没人管", "很脏")
        )
        for where in ("归德路", "洒水车只走大路", "垃圾堵了半条路", "三轮车占着公交站", "云湾花园")
    ]
    assert set(find_topics(given, known=["归德路", "柳池区"]).names) == {"云湾花园"}


def test_a_name_that_holds_another_is_found_whole():
    assert Gazetteer(["安和路", "安和路小学"]).find("安和路小学门口，安和路上") == [
        (0, "安和路小学"), (8, "安和路"),
    ]  # fmt: skip


def test_votes_and_new_messages_make_it_hotter_and_answers_and_time_cooler():
    plain = heat_of([(0, 0, 0, False)], at=0).index
    assert heat_of([(0, 10, 0, False)], at=0).index > plain
    assert heat_of([(0, 0, 10, False)], at=0).index < plain
    assert heat_of([(0, 0, 0, True)], at=0).index == plain / 2
    assert heat_of([(0, 0, 0, False)], at=30).index == plain / 2
    assert heat_of([(5, 0, 0, False)], at=0).index == 0  # not said yet


@pytest.mark.parametrize("seed", range(5))
def test_the_hottest_day_is_the_one_that_trying_all_days_finds(seed: int):
    draw = random.Random(seed)
    given = [
        (draw.randint(0, 200), draw.randint(0, 30), draw.randint(0, 5), draw.random() < 0.4)
        for _ in range(40)
    ]
    day, heat = hottest(given)
    best = max(heat_of(given, at=one[0]).index for one in given)
    assert heat.index == pytest.approx(best)
    assert heat_of(given, at=day).index == pytest.approx(best)


def test_texts_without_a_word_and_no_text_at_all_are_no_topic():
    assert find_topics([]).topics == []
    assert (
        find_topics([said("", 0), said("!!!", 1), said("😀", 2), said("a" * 9000, 3)]).topics == []
    )
