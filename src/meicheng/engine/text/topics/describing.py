"""A topic in words taken from its messages: whom it concerns, and what it is in one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

# Groups as citizens name them; who complains names her own. Never a person, never a name.
GROUPS = (
    "业主", "居民", "住户", "村民", "市民", "群众", "租户", "商户", "学生", "家长", "老师", "教师", "孩子", "老人", "农民工",
    "工人", "职工", "员工", "司机", "车主", "乘客", "行人", "购房者", "消费者", "退伍军人", "患者", "残疾人", "游客", "毕业生",
    "人才", "环卫工", "摊贩", "投资者", "受害者", "拆迁户",
)  # fmt: skip
_MOST = 2
_LONGEST = 42  # characters of the one line
_SENTENCE = re.compile(r"[。！？!?；;\n]")
_POLITE = re.compile(
    r"^(?:尊敬的[^，,：:。！!]{0,20}[，,：:。！!]\s*)?(?:您好|你好|领导好|领导您好)?[，,：:。！!\s]*"
)


def concerned(texts: Sequence[str]) -> str:
    """The groups of people that the most texts name, at most two, each in a fifth of them or more.

    >>> concerned(["小区业主反映", "业主和学生都出不去", "路灯坏了"])
    '业主、学生'
    """
    named = Counter(group for text in texts for group in GROUPS if group in text)
    least = max(1, len(texts) / 5)
    order = sorted(named.items(), key=lambda pair: (-pair[1], GROUPS.index(pair[0])))
    return "、".join(group for group, count in order[:_MOST] if count >= least)


def in_one_line(messages: Sequence[tuple[str, str]], likeness: Sequence[float]) -> str:
    """The subject that says best what all say, or where there is none the first sentence.

    The one that is most like the middle of all, a little less for each character over twenty.

    >>> in_one_line([("路灯不亮", ""), ("", "您好，归德路路灯不亮三天了。请处理")], [0.4, 0.9])
    '归德路路灯不亮三天了'
    """
    lines = [_line(subject, body) for subject, body in messages]
    worth = [
        value - 0.008 * max(0, len(line) - 20) - (1 if len(line) < 4 else 0)
        for line, value in zip(lines, likeness, strict=True)
    ]
    best = lines[max(range(len(lines)), key=lambda one: (worth[one], -one))]
    return best if len(best) <= _LONGEST else best[: _LONGEST - 1] + "…"


def _line(subject: str, body: str) -> str:
    text = " ".join((subject or body).split())
    return _SENTENCE.split(_POLITE.sub("", text) or text)[0].strip("，,：:。 ") or text[:_LONGEST]
