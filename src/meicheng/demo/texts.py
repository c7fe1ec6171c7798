"""Words of the demo city: what people write of a problem, and what is noted of its handling.

The phrases stand in `phrases.yaml`; `{a|b}` is a choice and `[place]` a slot. A report is put
together from an opening, the place, what is wrong, for how long, what it does to people and what
they ask for, so that hardly two of them are the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import yaml

Node = str | tuple["Phrase", ...]
Phrase = tuple[Node, ...]

# Slips of the keyboard, as they occur in messages; one report in seventy has one.
SLIPS = [("的", "得"), ("在", "再"), ("坏", "怀"), ("已经", "以经"), ("垃圾", "拉圾"), ("希望", "希忘"),
         ("帐篷", "账蓬"), ("路灯", "路登"), ("井盖", "井概"), ("没人", "没人人")]  # fmt: skip
SLIP_SHARE = 1 / 70
# Weather is no news indoors and at a counter.
INDOORS = {"smoking-indoors", "poor-service", "food-hygiene", "place-hygiene", "weak-management",
           "consultation", "suggestion", "other", "random-building", "missing-facility",
           "small-adverts", "old-estate"}  # fmt: skip
# Asked of the city as a whole; no house number belongs to it.
PLACELESS = {"consultation", "suggestion"}
_HOURS = [
    (5, ["凌晨", "半夜"]),
    (8, ["今天一早", "早上", "清早"]),
    (11, ["上午", "今天上午"]),
    (13, ["中午", "午饭时间"]),
    (17, ["下午", "今天下午"]),
    (19, ["傍晚", "下班时"]),
    (24, ["晚上", "今晚", "夜里"]),
]


class Texts:
    """A writer of one city's words; the same seed writes the same."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._pick = self._random.random

    def say(self, phrase: Phrase, **slots: str) -> str:
        """One way of saying a phrase."""
        words = self._spoken(phrase)
        for name, value in slots.items():
            words = words.replace(f"[{name}]", value)
        return words

    def one(self, name: str, **slots: str) -> str:
        """One of the phrases of a list, as `redo` or `suspended`."""
        return self.say(self._choose(phrases()[name]), **slots)

    def one_slot(self, name: str) -> str:
        """One of the phrases of a slot, as `estate`."""
        return self.say(self._choose(phrases()["slots"][name]))

    def heading(self, kind: str) -> str:
        """A report's heading where nothing but its kind is known."""
        return self.say(self._choose(phrases()["kinds"][kind]["subject"]))

    def what(self, kind: str) -> str:
        """What is wrong, without where."""
        return self.say(self._choose(phrases()["kinds"][kind]["what"]))

    def done(self, kind: str, problem: str) -> str:
        """What was done about a problem, as the unit reports it, in words that fit it."""
        known = phrases()["kinds"][kind]["done"]
        fits = [
            sum(pair in problem for pair in pairs) + self._pick() * 1.5 for pairs in _pairs_of(kind)
        ]
        return self.say(known[fits.index(max(fits))])

    def report(
        self, kind: str, what: str, place: str, *, community: str, hour: int, weather: str
    ) -> str:
        """What a citizen writes of a problem (`what`) of this kind at this place and hour."""
        known = phrases()["kinds"][kind]
        slots = phrases()["slots"]
        choose, say, pick = self._choose, self.say, self._pick
        if kind in PLACELESS:
            parts = [
                say(choose(slots["hello"])),
                say(choose(slots["who"]), community=community),
                what,
            ]
            return self._ended([*parts, *self._harm(known, weather, 0.6)], "")
        parts = []
        opening = pick()
        if opening < 0.35:
            parts.append(say(choose(slots["hello"])))
            if pick() < 0.6:
                parts.append(say(choose(slots["who"]), community=community))
        elif opening < 0.6:
            parts.append(self._hour(hour) + say(choose(slots["saw"])))
            parts.append(place + "，" + say(choose(slots["found"])) + what)
            return self._ended([*parts, *self._harm(known, weather, 0.7)], self._ask(0.6))
        elif opening < 0.85 and kind not in INDOORS and weather in phrases()["weather"]:
            parts.append(say(choose(phrases()["weather"][weather])))
        parts.append(place + what)
        if pick() < 0.55:
            parts.append("，" + say(choose(slots["days"])))
        return self._ended([*parts, *self._harm(known, weather, 0.65)], self._ask(0.7))

    def hotline(
        self, kind: str, what: str, place: str, *, community: str, hour: int, weather: str
    ) -> str:
        """What the telephone desk notes down of a call."""
        known = phrases()["kinds"][kind]
        where = community if kind in PLACELESS else place
        lead = self._choose(
            ["来电人反映：", "来电反映", "市民来电称：", "市民反映，", "热线来电："]
        )
        long = (
            "，" + self.say(self._choose(phrases()["slots"]["days"])) if self._pick() < 0.5 else ""
        )
        parts = [lead, where, what, long, *self._harm(known, weather, 0.6)]
        return self._ended(parts, self._ask(0.75))

    def staff(self, what: str, place: str) -> str:
        """What a collector notes on the round."""
        lead = self._choose(["巡查发现：", "日常巡查，", "网格巡查发现", "采集员上报：", ""])
        end = self._choose(["。", "，已拍照。", "，请处置。", "，情况属实，请及时处置。"])
        return f"{lead}{place}{what}{end}"

    def maybe(self, share: float) -> bool:
        """True in this share of the asks."""
        return self._pick() < share

    def _spoken(self, phrase: Phrase) -> str:
        if len(phrase) == 1 and isinstance(phrase[0], str):
            return phrase[0]
        parts = []
        for node in phrase:
            parts.append(node if isinstance(node, str) else self._spoken(self._choose(node)))
        return "".join(parts)

    def _choose(self, options: Any) -> Any:
        return options[int(self._pick() * len(options))]

    def _hour(self, hour: int) -> str:
        for end, words in _HOURS:
            if hour < end:
                return str(self._choose(words))
        return ""

    def _harm(self, known: dict[str, Any], weather: str, share: float) -> list[str]:
        if self._pick() > share:
            return []
        in_weather = known["in"].get(weather)
        if in_weather and self._pick() < 0.6:
            return ["，" + self.say(self._choose(in_weather))]
        words = self.say(self._choose(known["harm"]))
        return ["，" + words] if words else []

    def _ask(self, share: float) -> str:
        if self._pick() > share:
            return ""
        return self.say(self._choose(phrases()["slots"]["ask"]))

    def _ended(self, parts: list[str], ask: str) -> str:
        words = "".join(parts)
        mark = self._choose(["，", "。", "！", "。"]) if ask else ""
        words = f"{words}{mark}{ask}".replace("，，", "，").rstrip("，")
        if words[-1] not in "。！？":
            words += self._choose(["。", "。", "！", "", "。"])
        if self._pick() < SLIP_SHARE:
            right, wrong = self._choose(SLIPS)
            words = words.replace(right, wrong, 1)
        return words


@cache
def phrases() -> dict[str, Any]:
    """All phrases, read and taken apart once."""
    text = files("meicheng.demo").joinpath("phrases.yaml").read_text(encoding="utf-8")
    read = yaml.load(text, yaml.CSafeLoader)
    found: dict[str, Any] = {
        name: _parsed_all(value) for name, value in read.items() if isinstance(value, list)
    }
    for name in ("slots", "weather"):
        found[name] = {key: _parsed_all(value) for key, value in read[name].items()}
    found["kinds"] = {
        code: {
            **{key: _parsed_all(kind[key]) for key in ("subject", "what", "harm", "done")},
            "in": {key: _parsed_all(value) for key, value in kind.get("in", {}).items()},
        }
        for code, kind in read["kinds"].items()
    }
    return found


@cache
def _pairs_of(kind: str) -> list[frozenset[str]]:
    """The pairs of characters in each of a kind's ways of being done."""
    return [
        frozenset(_pairs_in("".join(_leaves(phrase))))
        for phrase in phrases()["kinds"][kind]["done"]
    ]


def _pairs_in(words: str) -> Iterator[str]:
    for first, second in pairwise(words):
        if "\u4e00" <= first <= "\u9fff" and "\u4e00" <= second <= "\u9fff":
            yield first + second


def _leaves(phrase: Phrase) -> Iterator[str]:
    for node in phrase:
        if isinstance(node, str):
            yield node
        else:
            for option in node:
                yield "。"
                yield from _leaves(option)


def parse(written: str) -> Phrase:
    """A phrase taken apart: plain words, and choices as tuples of phrases, which may hold choices.

    >>> parse("{很|}快")
    ((('很',), ('',)), '快')
    """
    phrase, rest = _parsed(written, 0, "")
    if rest != len(written):
        raise ValueError(f"a brace too many in {written!r}")
    return phrase


def _parsed(written: str, at: int, ends: str) -> tuple[Phrase, int]:
    nodes: list[Node] = []
    words = ""
    while at < len(written) and written[at] not in ends:
        if written[at] != "{":
            words += written[at]
            at += 1
            continue
        if words:
            nodes.append(words)
            words = ""
        options = []
        while True:
            option, at = _parsed(written, at + 1, "|}")
            options.append(option)
            if at >= len(written):
                raise ValueError(f"a brace is not closed in {written!r}")
            if written[at] == "}":
                break
        nodes.append(tuple(options))
        at += 1
    if words or not nodes:
        nodes.append(words)
    return tuple(nodes), at


def _parsed_all(written: list[str]) -> list[Phrase]:
    return [parse(one) for one in written]
