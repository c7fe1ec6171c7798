"""A look at a reply before it is sent: five questions, each answered with its reason, none binding.

Does it answer? Is it complete? Does it name the rule or the day? Is it polite? Is it a copy of an
earlier one? Judged by what is left of it once greetings, receipts, thanks and signatures are gone.
How often this agrees with a person is told in docs/voices.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .cleaning import clean
from .likeness import similarity
from .personal import find_personal


class Asked(StrEnum):
    """What is asked of a reply."""

    ANSWERS = "answers"
    COMPLETE = "complete"
    GROUNDS = "grounds"  # the rule that it rests on, or the day of what was or will be done
    POLITE = "polite"
    OWN = "own"  # no copy of an earlier reply
    DISCREET = "discreet"  # names no person and no private number


@dataclass(frozen=True)
class Check:
    """One question and its answer; `found` is what it was judged by, "" where that was missing."""

    asked: Asked
    good: bool
    found: str = ""


LEAST_SUBSTANCE = 18  # characters of its own below which nothing was answered
LEAST_WHOLE = 55  # and below which it is hardly complete
EACH_PART = 40  # characters that each numbered question deserves
ALIKE = 0.8  # the likeness from which a reply is a copy
LONGEST = 6000

_DATE = r"\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2}\s*日?"
_SIGNED = re.compile(rf"[\w、“”‘’（）()]{{0,20}}{_DATE}\s*[。.]?\s*$")
_INNER_SIGNED = re.compile(rf"(?<=[。！!]){_DATE}\s*(?=网|[“\"]?UU|您|你|$)")
_ADDRESS = re.compile(
    r"^(?:尊敬的)?[^：:，。！!\n]{0,30}[：:]|网(?:友|民)(?:朋友)?[“”\"‘’\w]*[：:，]?|[您你]好[！!，,。：:]?"
)
_QUOTED = re.compile(r"[“《\"][^”》\"]{6,80}[”》\"]")
_EMPTY = re.compile(
    r"[^。！!？?；;\n]{0,40}(?:已?收悉|已阅|已获悉|已经收到|已收到)[^。！!？?；;，,\n]{0,12}[。！!；;，,]?"
    r"|现?(?:将|就)?[^。，,]{0,12}(?:情况|问题)?(?:答复|回复|解释|说明)如下[：:，,。]?"
    r"|[^。！!\n]{0,12}(?:感谢|谢谢)[^。！!\n]{0,40}[。！!]?|祝[您你][^。！!]{0,20}[。！!]?|敬请[^。！!]{0,14}[。！!]?"
    r"|[^。！!？?\n]{0,10}高度重视[，,。]?"
)
_HANDED_ON = re.compile(
    r"[^。！!\n]{0,60}(?:已|将|并)?(?:转交|转至|转到|转办|交办|发函|交由|移交)[^。！!\n]{0,60}[。！!]?"
    r"|[^。！!\n]{0,40}(?:正在|在)(?:协调|调查|核实)?(?:处理|办理|核实|调查)(?:当?中|之中)[。！!]?"
    r"|[^。！!\n]{0,30}(?:及时|第一时间)[^。！!\n]{0,10}(?:回复|反馈|答复|告知)[^。！!\n]{0,12}[。！!]?"
    r"|请[您你]?(?:直接)?(?:向|到|与|咨询)[^。！!\n]{0,24}(?:反映|咨询|询问|联系|申请)[。！!]?"
    r"|[^。！!\n]{0,40}(?:详情|具体)请(?:点击|查看|见)[^。！!\n]{0,20}[。！!，,]?"
)
_RULE = re.compile(
    r"《[^》]{2,60}》|第[一二三四五六七八九十百\d]+条|\d+\s*号(?:令|文)|[〔\[（(【［]\s*\d{4}\s*[〕\]）)】］]\s*\d*\s*号?|政府发文"
)
_DAY = re.compile(
    r"\d{4}\s*年|\d{1,2}\s*月\s*\d{1,2}\s*日|\d{1,2}\s*月(?:份|底|初|中旬|上旬|下旬)?(?!租)|(?:今|明|去|本)年|(?:年|月|季度)底|"
    r"[一二三四第]+季度|[上下]半年|\d+\s*个?(?:工作)?日(?:内|之内)|\d+\s*(?:天|小时|周|个月)(?:内|之内)|春节前|国庆前"
)
_GREETS = re.compile(r"[您你]好|尊敬的|[您你]们好")
_THANKS = re.compile(r"感谢|谢谢|抱歉|歉意|谅解|祝[您你]|理解")
_COLD = re.compile(
    r"不归我|与我们?无关|不关我|爱找谁|自己想办法|无理取闹|不要再(?:问|投诉|反映)|懒得"
)
_PARTS = re.compile(r"(?:^|[\n。；;？?\s])(?:[（(]?[一二三四五六七八九\d]{1,2}[）)、.．])")


def look_at_reply(reply: str, *, question: str, earlier: Iterable[str] = ()) -> list[Check]:
    """The checks of a reply to a question, beside earlier replies of the same desk.

    >>> [one.asked.value for one in look_at_reply("您好！留言已收悉。", question="路灯何时修好？")
    ...  if not one.good]
    ['answers', 'complete', 'grounds']
    """
    reply, question = clean(reply[:LONGEST]), clean(question[:LONGEST])
    rest = _substance(reply)
    own = _HANDED_ON.sub("", rest)
    common = _in_common(question, own)
    answers = len(own) >= LEAST_SUBSTANCE or (len(own) >= 8 and bool(common))
    parts = len(_PARTS.findall(question))
    whole = max(LEAST_WHOLE, EACH_PART * min(parts, 8))
    unsigned = _INNER_SIGNED.sub("", _SIGNED.sub("", reply))
    ground = _RULE.search(unsigned) or _DAY.search(_SIGNED.sub("", rest))
    cold = _COLD.search(reply)
    courteous = _GREETS.search(reply) or _THANKS.search(reply)
    copied = next((one for one in earlier if similarity(_substance(clean(one)), rest) >= ALIKE), "")
    persons = find_personal(reply, landlines=False)
    return [
        Check(Asked.ANSWERS, answers, "、".join(common[:5])),
        Check(Asked.COMPLETE, answers and len(own) >= whole, str(parts) if parts > 1 else ""),
        Check(Asked.GROUNDS, ground is not None, ground[0] if ground else ""),
        Check(
            Asked.POLITE,
            cold is None and courteous is not None,
            cold[0] if cold else courteous[0] if courteous else "",
        ),
        Check(Asked.OWN, not copied or not rest, copied[:60]),
        Check(Asked.DISCREET, not persons, "、".join(one.shown for one in persons[:5])),
    ]


def _substance(reply: str) -> str:
    """What a reply says besides greetings, receipts, thanks and signatures."""
    text = _INNER_SIGNED.sub("", _SIGNED.sub("", reply.strip()))
    text = _QUOTED.sub(lambda found: found[0] if found[0].startswith("《") else "", text)
    for empty in (_ADDRESS, _EMPTY):
        text = empty.sub("", text)
    return text.strip(" ，,。；;：:\n")


def _in_common(question: str, reply: str) -> list[str]:
    """Runs of two Chinese characters that both hold, those of common words left out."""
    asked = [question[n : n + 2] for n in range(len(question) - 1)]
    return [
        one for one in dict.fromkeys(asked)
        if one in reply and re.fullmatch(r"[\u4e00-\u9fff]{2}", one) and not set(one) & _COMMON
    ]  # fmt: skip


_COMMON = frozenset("的了是在有和也就都而及与着或一个我您你们这那不请问好为能可以")
