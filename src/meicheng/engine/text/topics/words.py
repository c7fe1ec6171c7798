"""Words that people use more often than before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import log, sqrt
from typing import NamedTuple

FEWEST = 4  # texts of the time in which a word must stand
SURE = 2.6  # z above which it is surely more often (one in two hundred by chance)
WHOLE = 0.8  # share of a word's places that have the same sign before or behind: a piece of a longer word
SAME = 0.8  # share of a word's texts in which a longer word around it stands: then that is the word
_RUN = re.compile(r"[\u3400-\u9fff]+")
_NO_WORD = frozenset(
    "的了在是我你他这那有和就不也都与及或被把将于请吗呢吧啊们个又还没很到上下来去说看"
)

# What every report asks for.
_ASKING = re.compile("希望|麻烦|有关|部门|尽快|早日|及时|核实|处理|解决|反映|领导|您好|谢谢")


class Telling(NamedTuple):
    """A word, in how many texts it stands now and stood before, and how sure the rise is (z)."""

    word: str
    now: int
    before: int
    z: float


def telling_words(
    now: Sequence[str], before: Sequence[str], *, most: int = 40, leave_out: Iterable[str] = ()
) -> list[Telling]:
    """The words of two to four characters that stand in more of the texts now than before.

    The measure is the log of the odds ratio with a prior that both times share, divided by its
    standard deviation (Monroe, Colaresi and Quinn 2008, Political Analysis 16, 372–403): with y of
    n texts now and x of m before, and a = (y + x) / (n + m) · 10 added to each,
    z = (log((y + a) / (n + 10 - y - a)) - log((x + a) / (m + 10 - x - a))) / √(1 / (y + a) + 1 / (x + a)).
    Of words that stand in each other in nearly the same texts the longest stays; pieces of words that
    are longer than four characters, which nearly always have the same sign beside them, are left out.

    >>> flood = ["门口积水严重", "路上积水很深", "积水没过脚", "又是积水"]
    >>> telling_words(flood, ["路灯不亮"] * 30)[0][:3]
    ('积水', 4, 0)
    """
    here, then = _counted(now), _counted(before)
    n, m = len(now), len(before)
    found = []
    for word, count in here.items():
        earlier = then[word]
        if count < FEWEST or not m:
            continue
        prior = 10 * (count + earlier) / (n + m)
        y, x = count + prior, earlier + prior
        rise = log(y / max(n + 10 - y, 0.5)) - log(x / max(m + 10 - x, 0.5))
        z = rise / sqrt(1 / y + 1 / x)
        if z >= SURE:
            found.append(Telling(word, count, earlier, round(z, 2)))
    found.sort(key=lambda one: (-one.z, -len(one.word), one.word))
    kept: list[Telling] = []
    out = set(leave_out)
    for one in found[: most * 6]:
        if one.word in out or any(_same(one, other, here) for other in found):
            continue
        if any(set(_pairs(one.word)) & set(_pairs(other.word)) for other in kept):
            continue  # a piece that reaches over the edge of a word that is there already
        if not _is_whole(one.word, now):
            continue
        kept.append(one)
        if len(kept) == most:
            break
    return kept


def _same(one: Telling, other: Telling, here: Counter[str]) -> bool:
    return (
        len(other.word) > len(one.word)
        and one.word in other.word
        and here[other.word] >= SAME * here[one.word]
    )


def _is_whole(word: str, texts: Iterable[str]) -> bool:
    """Whether what stands before and behind a word changes, as it does at the edges of words."""
    before: Counter[str] = Counter()
    behind: Counter[str] = Counter()
    places = 0
    for text in texts:
        for found in re.finditer(word, text):
            before[text[found.start() - 1 : found.start()]] += 1
            behind[text[found.end() : found.end() + 1]] += 1
            places += 1
    return not any(
        _RUN.fullmatch(sign) and count > WHOLE * places
        for beside in (before, behind)
        for sign, count in beside.most_common(1)
    )


def _pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(len(word) - 1)]


def _counted(texts: Iterable[str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for text in texts:
        seen: set[str] = set()
        for run in _RUN.findall(text):
            for size in (2, 3, 4):
                for at in range(len(run) - size + 1):
                    word = run[at : at + size]
                    if word[0] in _NO_WORD or word[-1] in _NO_WORD:
                        continue
                    if not _ASKING.search(word):
                        seen.add(word)
        counted.update(seen)
    return counted
