"""A reply is looked at before it is sent: what stands out, and what is left alone."""

import pytest

from meicheng.engine.text.replies import Asked, look_at_reply

QUESTION = "柳池一巷的路灯三天没亮了，晚上看不见路，什么时候能修好？"
GOOD = (
    "您好！关于您反映的柳池一巷路灯不亮的问题，我中心已于11月3日到现场查看，系电缆被挖断，"
    "现已更换电缆和灯具，当晚恢复照明；今后每周巡查一次。感谢您的监督。2026年11月5日"
)


def wanting(reply, question=QUESTION, earlier=()):
    return {
        one.asked
        for one in look_at_reply(reply, question=question, earlier=earlier)
        if not one.good
    }


def test_a_reply_that_says_what_was_done_and_when_needs_no_second_look():
    assert wanting(GOOD) == set()


@pytest.mark.parametrize(
    ("reply", "missing"),
    [
        ("您好！您的留言已收悉。2026年11月5日", {Asked.ANSWERS, Asked.COMPLETE, Asked.GROUNDS}),
        (
            "您好，您反映的问题已转交城管局办理，感谢支持！",
            {Asked.ANSWERS, Asked.COMPLETE, Asked.GROUNDS},
        ),
        ("请向电力公司反映。", set(Asked) - {Asked.OWN, Asked.DISCREET}),
        (GOOD.replace("您好！", "").replace("感谢您的监督。", ""), {Asked.POLITE}),
        (GOOD + "此事不归我们管，不要再投诉。", {Asked.POLITE}),
        (GOOD.replace("于11月3日", ""), {Asked.GROUNDS}),
        (GOOD + "联系人：王小明，13800001234", {Asked.DISCREET}),
        ("", {Asked.ANSWERS, Asked.COMPLETE, Asked.GROUNDS, Asked.POLITE}),
    ],
)
def test_what_is_missing_is_named(reply, missing):
    assert wanting(reply) == missing


def test_many_questions_deserve_more_words():
    many = "1.何时修好？\n2.谁负责？\n3.能否补偿？\n4.以后怎样防止？\n5.找谁反映？"
    assert Asked.COMPLETE in wanting(GOOD, question=many)


def test_a_copy_of_an_earlier_reply_is_noticed_though_its_date_differs():
    earlier = GOOD.replace("2026年11月5日", "2026年10月2日")
    assert wanting(GOOD, earlier=["另一件事已经办好。", earlier]) == {Asked.OWN}


@pytest.mark.parametrize(
    "odd", ["😀" * 50, "<script>alert(1)</script>", "a" * 100_000, "；" * 5000]
)
def test_odd_words_are_looked_at_in_no_time(odd):
    assert len(look_at_reply(odd, question=odd, earlier=[odd])) == len(Asked)
