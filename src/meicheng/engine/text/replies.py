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


LEAST_SUBSTANCE = 12  # characters of its own below which nothing was answered
LEAST_WHOLE = 30  # and below which it is hardly complete
EACH_PART = 25  # characters that each numbered question deserves
SHORT = 60  # a sentence up to that long that hands on or sends elsewhere says nothing else
ALIKE = 0.8  # the likeness from which a reply is a copy
LONGEST = 6000

_DATE = r"\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2}\s*日?"
_SIGNED = re.compile(rf"[\w、“”‘’（）()]{{0,20}}{_DATE}\s*[。.]?\s*$")
_INNER_SIGNED = re.compile(rf"(?<=[。！!]){_DATE}\s*(?=网|[“\"]?UU|您|你|$)")
_SENTENCE = re.compile(r"[^。！!？?；;\n]+[。！!？?；;\n]?")
_NAMED = re.compile(
    r"^(?:尊敬的)?[^：:，。！!\n]{0,30}[：:]\s*|^网(?:友|民)(?:朋友)?[“”\"‘’\w]*?[：:，]?(?=[您你]|$)"
)
_GREETING = re.compile(r"[您你]们?好[！!，,。：:]?")
_QUOTED = re.compile(r"[“\"][^”\"]{6,80}[”\"]")
_RECEIVED = re.compile(
    r"收悉|已阅|获悉|经?收到|(?:答复|回复|解释|说明|告知)如下|高度重视|感谢|谢谢|敬请|祝[您你]|来信收到"
)
_HANDED_ON = re.compile(
    r"转交|转至|转到|转办|已转|交办|发函|交由|移交|正?在(?:协调|调查|核实|处理|办理|交办)(?:处理|核实)?(?:当?中|之中)|"
    r"(?:及时|第一时间|尽快|向您)[^，。]{0,8}(?:回复|反馈|答复|告知|公布|回应)|密切关注|督促相关"
)
_ELSEWHERE = re.compile(
    r"(?:请|可以?|建议|需要?|欢迎|如有)[^。]{0,24}(?:咨询|反映|询问|联系|拨打|致电|留意|关注|点击|查看|提供|申请再|留下)"
)
_UNABLE = re.compile(
    r"(?:无法|不能|难以)[^，。]{0,12}(?:核实|调查|回复|联系|着手|查证|答复)|(?:欠|不)具体|过于笼统|(?:没有|无|未留)[您你]?的?联系方式"
)
_RULE = re.compile(
    r"《[^》]{2,50}(?:法|条例|办法|规定|规范|规程|通知|方案|意见|细则|标准|公告|通告|规划|决定|目录|导则|制度)[^》书]{0,20}》|"
    r"第[一二三四五六七八九十百\d]+条|\d+\s*号(?:令|文)|[〔\[（(【［]\s*\d{4}\s*[〕\]）)】］]\s*\d*\s*号|政府发文|文件(?:要求|精神|规定)"
)
_DAY = re.compile(
    r"\d{4}\s*年|\d{1,2}\s*月\s*\d{1,2}\s*日|(?<!\d)\d{1,2}日(?!志)|\d{1,2}\s*月(?:份|底|初|中旬|上旬|下旬)?(?!租)|"
    r"(?:今|明|去|本)年|(?:年|月|季度)底|[一二三四第]+季度|[上下]半年|\d+\s*个?(?:工作)?日(?:内|之内)|"
    r"\d+\s*(?:天|小时|周|个月)(?:内|之内)|春节前|国庆前"
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
    own = "".join(one for one in _SENTENCE.findall(rest) if not _sends_away(one))
    length = sum("\u4e00" <= sign <= "\u9fff" for sign in own)
    answers = length >= LEAST_SUBSTANCE
    parts = len(_PARTS.findall(question))
    whole = max(LEAST_WHOLE, EACH_PART * min(parts, 8))
    ground = _RULE.search(reply) or _DAY.search(rest)
    cold = _COLD.search(reply)
    courteous = _GREETS.search(reply) or _THANKS.search(reply)
    copied = next((one for one in earlier if similarity(_substance(clean(one)), rest) >= ALIKE), "")
    persons = find_personal(reply, landlines=False)
    return [
        Check(Asked.ANSWERS, answers),
        Check(Asked.COMPLETE, answers and length >= whole, str(parts) if parts > 1 else ""),
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
    text = _QUOTED.sub("", text)
    kept = []
    for sentence in _SENTENCE.findall(text):
        plain = _NAMED.sub("", _GREETING.sub("", _NAMED.sub("", sentence.strip())))
        clauses = re.split(r"(?<=[，,：:])", plain)
        kept.append("".join(one for one in clauses if not _RECEIVED.search(one)))
    return "".join(kept).strip(" ，,。；;：:\n")


def _sends_away(sentence: str) -> bool:
    """Whether a sentence only hands the matter on, sends elsewhere, or says that nothing can be said."""
    short = len(sentence) <= SHORT
    return short and any(one.search(sentence) for one in (_HANDED_ON, _ELSEWHERE, _UNABLE))
