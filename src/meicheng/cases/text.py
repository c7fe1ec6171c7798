"""The words by which cases are found, cut into pieces that an index can hold.

Chinese is written without blanks, and most of its words have two characters, which an index of
trigrams cannot serve. So Chinese is cut into all its pairs of characters, Latin letters and digits
into all their threes (shorter ones stay whole), and both databases index the same pieces: a case
is found where it holds all pieces of what was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from django.db.models import Q

from .models import Case, CaseText

PLAIN = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")
MOST_CHARACTERS = 2000  # of one case; what is longer is found by its beginning
MOST_PIECES = 40  # of one question
STEP = 2000
RELATED = ("kind", "division__district", "site")


def pieces(text: str) -> list[str]:
    """The pieces of a text, each once, in order of their first place.

    >>> pieces("归德路井盖 LED-12")
    ['归德', '德路', '路井', '井盖', 'led', '12']
    >>> pieces("A-20261123")
    ['a', '202', '026', '261', '611', '112', '123']
    >>> pieces("ＬＥＤ灯"), pieces("井")
    (['led', '灯'], ['井'])
    """
    found: dict[str, None] = {}
    for run in PLAIN.findall(unicodedata.normalize("NFKC", text).lower()):
        size = 3 if run[0].isascii() else 2
        for start in range(max(1, len(run) - size + 1)):
            found[run[start : start + size]] = None
    return list(found)


def asked(words: str) -> list[str]:
    """The pieces that a question is found by; none where it is too short to be found by any.

    A single Chinese character is in no index unless it stands alone, so it narrows nothing beside
    others.

    >>> asked("井盖 破"), asked("井")
    (['井盖'], [])
    """
    return [one for one in pieces(words) if len(one) > 1 or one.isascii()][:MOST_PIECES]


def holding(words: str, *, open_only: bool = False) -> Q:
    """The cases whose words hold all that was typed, as a condition on cases (no SQL)."""
    grams = asked(words)
    if not grams:
        return Q(pk__in=[])
    texts = CaseText.objects.filter(grams__all=grams)
    if open_only:
        texts = texts.filter(open=True)
    return Q(pk__in=texts.values("pk"))


def text_of(case: Case) -> CaseText:
    """The words of a case, ready to be written (no SQL where its kind and places are at hand)."""
    # Of the number only the end: its day would be found in every address with such a number.
    words = [case.number.rpartition("-")[2], case.kind.name_zh, case.kind.name_en]
    for place in (case.division.district, case.division, case.site):
        if place is not None:
            words.append(place.name_zh)
    words += [case.address, case.description]
    grams = " ".join(pieces("\n".join(words)[:MOST_CHARACTERS]))
    return CaseText(case_id=case.pk, open=case.closed_at is None, grams=grams)


def write_texts(cases: Iterable[Case]) -> None:
    """Write the words of cases, in the caller's transaction (1 SQL statement each thousand)."""
    CaseText.objects.bulk_create(
        [text_of(case) for case in cases],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=["open", "grams"],
    )


def reopen_text(case: Case) -> None:
    """Say that a case was opened or closed (1 SQL statement)."""
    CaseText.objects.filter(pk=case.pk).update(open=case.closed_at is None)


def differences() -> Iterator[list[Case]]:
    """Cases whose words are missing or not those of the case, some at a time (for reindexing)."""
    last = 0
    while True:
        part = list(Case.objects.filter(pk__gt=last).select_related(*RELATED).order_by("pk")[:STEP])
        if not part:
            return
        last = part[-1].pk
        kept = CaseText.objects.in_bulk([case.pk for case in part])
        yield [case for case in part if not _same(kept.get(case.pk), text_of(case))]


def _same(kept: CaseText | None, right: CaseText) -> bool:
    return kept is not None and (kept.open, kept.grams) == (right.open, right.grams)
