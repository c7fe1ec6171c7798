"""Which kind of problem a message tells of, by the words in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple, TypedDict

import yaml

from .cleaning import clean

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z0-9]+")
_LONGEST = 5  # words in the longest English phrase looked for
_HALF = 2.0  # a score of one half: a single telling word of four characters

_Found = tuple[str, int, dict[str, float]]  # word, its size, kinds that list it with weights


class KindWords(TypedDict, total=False):
    """The pack's words of one kind."""

    zh: list[str]
    en: list[str]
    weight: float


class Suggestion(NamedTuple):
    """A kind that the text may tell of; `score` lies between 0 and 1, `words` say why."""

    code: str
    score: float
    words: tuple[str, ...]


class KindFinder:
    """Finds kinds by words; made once for a list of kinds, asked for every message.

    `kinds` gives for every code its names in both languages; `words` the words beside the names,
    the product's own pack unless given.
    """

    def __init__(
        self, kinds: Mapping[str, Sequence[str]], words: Mapping[str, KindWords] | None = None
    ) -> None:
        pack = shipped_words() if words is None else words
        self._chinese: dict[str, dict[str, float]] = {}
        self._english: dict[tuple[str, ...], dict[str, float]] = {}
        for code, names in kinds.items():
            entry = pack.get(code, KindWords())
            weight = float(entry.get("weight", 1.0))
            listed = [*entry.get("zh", []), *entry.get("en", [])]
            named = [part for name in names for part in re.split("[、，,/]", name)]
            for word in dict.fromkeys(clean(word).lower() for word in [*named, *listed]):
                self._add(code, word, weight)

    def suggest(self, text: str, *, at_most: int = 3) -> list[Suggestion]:
        """The likeliest kinds of `text`, the best first; empty when no word tells.

        A word is worth half a point for a Chinese character and one for an English word, two at
        the most, shared by the kinds that list it. A word inside a longer one that was found does
        not count ("公厕" in "没有公厕"). The score is points / (points + 2).
        """
        text = clean(text).lower()
        points: dict[str, float] = {}
        why: dict[str, list[str]] = {}
        for word, size, owners in [*self._chinese_in(text), *self._english_in(text)]:
            for code, weight in owners.items():
                worth = weight * min(size, 4) / 2 / len(owners)
                points[code] = points.get(code, 0.0) + worth
                why.setdefault(code, []).append(word)
        ranked = sorted(points.items(), key=lambda pair: (-pair[1], pair[0]))
        return [
            Suggestion(code, round(score / (score + _HALF), 3), tuple(sorted(why[code])))
            for code, score in ranked[:at_most]
        ]

    def _chinese_in(self, text: str) -> list[_Found]:
        found = []
        for word in sorted((w for w in self._chinese if w in text), key=lambda w: (-len(w), w)):
            if word in text:
                found.append((word, len(word), self._chinese[word]))
                text = text.replace(word, "\0")
        return found

    def _english_in(self, text: str) -> list[_Found]:
        tokens = tuple(_singular(token) for token in _WORD.findall(text))
        found: dict[tuple[str, ...], _Found] = {}
        at = 0
        while at < len(tokens):
            for size in range(_LONGEST, 0, -1):
                phrase = tokens[at : at + size]
                owners = self._english.get(phrase)
                if owners is not None:
                    found[phrase] = (" ".join(phrase), 2 * len(phrase), owners)
                    at += len(phrase) - 1
                    break
            at += 1
        return list(found.values())

    def _add(self, code: str, word: str, weight: float) -> None:
        if _CHINESE.search(word):
            self._chinese.setdefault(word, {})[code] = weight
        elif tokens := tuple(_singular(token) for token in _WORD.findall(word)):
            self._english.setdefault(tokens[:_LONGEST], {})[code] = weight


def suggest_kind(
    text: str, kinds: Mapping[str, Sequence[str]], *, at_most: int = 3
) -> list[Suggestion]:
    """The likeliest of `kinds` (code → names) for a text, with the words that say so.

    >>> kinds = {"lamp-out": ("路灯不亮", "Street lamp out"), "manhole": ("井盖缺失", "Manhole")}
    >>> suggest_kind("小区门口路灯坏了", kinds)
    [Suggestion(code='lamp-out', score=0.429, words=('路灯坏',))]
    """
    return _finder(tuple((code, tuple(names)) for code, names in kinds.items())).suggest(
        text, at_most=at_most
    )


@cache
def shipped_words() -> Mapping[str, KindWords]:
    """The words that the product ships for its kinds."""
    pack = files("meicheng.data").joinpath("kind-words.yaml").read_text(encoding="utf-8")
    words: Mapping[str, KindWords] = yaml.safe_load(pack)
    return words


@cache
def _finder(kinds: tuple[tuple[str, tuple[str, ...]], ...]) -> KindFinder:
    return KindFinder(dict(kinds))


def _singular(token: str) -> str:
    """An English word without its plural ending, roughly and always in the same way."""
    if len(token) > 4 and token.endswith("ies"):
        return token[:-3] + "y"
    if len(token) > 4 and token.endswith(("ches", "shes", "xes", "sses")):
        return token[:-2]
    if len(token) > 3 and token.endswith("s") and not token.endswith(("ss", "us", "is")):
        return token[:-1]
    return token
