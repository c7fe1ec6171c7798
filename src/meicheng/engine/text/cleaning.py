"""Text as people meant it: without remains of web pages, machines and wide keyboards."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from html import unescape

# Full-width letters, digits and the signs of numbers; Chinese punctuation is full-width by right.
_NARROW: dict[int, int | str] = {
    code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()
}
_NARROW |= {ord("＋"): "+", ord("－"): "-", ord("．"): ".", ord("％"): "%", ord("／"): "/"}
_NARROW |= {ord("＠"): "@", ord("＃"): "#", ord("＿"): "_"}
_LINE_TAG = re.compile(r"<(?:br|hr)\s*/?>|</(?:p|div|li|tr|h[1-6])\s*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_LINES = re.compile(r" ?\n ?")
_ROUNDS = 6  # an export may be escaped more than once, never this often
_NO_MARKUP = dict.fromkeys(map(ord, "<>&"))
_EMPTY_LINES = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """The text without tags, entities, control and invisible signs and needless blanks.

    Full-width letters and digits become narrow, Chinese punctuation stays. Paragraphs stay apart
    by one empty line at most. What is clean already is not changed.

    >>> clean("Ａ７县&nbsp;&nbsp;的<b>路灯</b>\\t不亮<br/>５天了。")
    'A7县 的路灯 不亮\\n5天了。'
    """
    for _round in range(_ROUNDS):
        before, text = text, _once(text)
        if text == before:
            return text
    # Still tags in tags or escapes of escapes: made to keep a computer busy, so their signs go.
    return _once(text.translate(_NO_MARKUP))


def _once(text: str) -> str:
    text = unescape(text)
    if "<" in text:  # most texts hold no tags, and looking for each kind takes a while
        text = _without(text, "<!--", "-->")
        text = _without(text, "<script", "</script>")
        text = _without(text, "<style", "</style>")
        text = _TAG.sub("", _LINE_TAG.sub("\n", text))
    text = unicodedata.normalize("NFC", text).translate(_NARROW)
    text = _LINE_ENDS.sub("\n", text)
    text = _SPACES.sub(" ", text)
    odd = [sign for sign in set(text) if sign != "\n" and not _is_meant(sign)]
    if odd:
        text = text.translate(dict.fromkeys(map(ord, odd)))
    return _EMPTY_LINES.sub("\n\n", _AROUND_LINES.sub("\n", text)).strip()


@cache  # there are no more signs than Unicode has
def _is_meant(sign: str) -> bool:
    """Not a control sign, an invisible one, half of a broken pair, or a code with no sign."""
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _without(text: str, begin: str, end: str) -> str:
    """Text without what stands from `begin` to `end`; in one pass however often they occur."""
    low = text.lower()
    if begin not in low or len(low) != len(text):
        return text
    parts, at = [], 0
    while (start := low.find(begin, at)) >= 0 and (stop := low.find(end, start)) >= 0:
        parts.append(text[at:start])
        at = stop + len(end)
    parts.append(text[at:])
    return "".join(parts)
