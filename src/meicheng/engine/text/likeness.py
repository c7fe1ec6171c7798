"""How much two texts are alike."""

from __future__ import annotations

from .cleaning import clean


def similarity(one: str, other: str) -> float:
    """How alike two texts are: 0 nothing in common, 1 the same but for case, blanks and signs.

    The share of runs of three characters that both have among those that either has (Jaccard);
    the ends of a text count as characters, so that short texts can be compared too.

    "路灯" gives ^路灯 and 路灯$; "路灯坏" gives ^路灯, 路灯坏 and 灯坏$: one of four in common.

    >>> similarity("路灯", "路灯坏")
    0.25
    """
    first, second = _runs(one), _runs(other)
    if not first or not second:
        return 0.0
    return len(first & second) / len(first | second)


def _runs(text: str) -> set[str]:
    letters = "".join(sign for sign in clean(text).lower() if sign.isalnum())
    if not letters:
        return set()
    framed = f"^{letters}$"
    return {framed[n : n + 3] for n in range(len(framed) - 2)}
