"""What a message is to the model: its single characters and pairs of characters, in two fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..cleaning import clean

_PAIR = 21  # bits that hold any Unicode code point
_AT_ONCE = 512  # messages whose signs are counted in one sweep
_SUBJECT = 40  # characters that stand for a missing subject


class Message(NamedTuple):
    """A citizen's words: a subject, which may be missing, and a body."""

    subject: str
    body: str


class Fields(NamedTuple):
    """A message as it is read: clean, in small letters, each field on one line."""

    body: str
    subject: str


def read(message: Message) -> Fields:
    """The fields of a message.

    Who writes no subject says what it is about at the beginning, so that stands for it.

    >>> read(Message("", "路灯<b>不亮</b>"))
    Fields(body='路灯不亮', subject='路灯不亮')
    """
    body = " ".join(clean(message.body).lower().split())
    subject = " ".join(clean(message.subject).lower().split())
    return Fields(body or subject, subject or body[:_SUBJECT])


class Grams(NamedTuple):
    """Which columns a batch of messages has and how heavily, ordered by row."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """One size of runs in one field: the runs that are known, sorted, and their rarity."""

    field: int  # 0 body, 1 subject
    size: int  # characters in a run: 1 or 2
    runs: NDArray[np.uint64]
    rarity: NDArray[np.float64]  # ln((1 + texts) / (1 + texts with the run)) + 1

    def grams(self, rows: NDArray[np.int64], signs: NDArray[np.uint64]) -> Grams:
        """The weights of the runs in these texts; each text's are of length 1 together.

        A run that occurs n times weighs (1 + ln n) × rarity, then all are divided by the root of
        the sum of their squares (tf–idf, Salton and Buckley 1988, "ltc").
        """
        rows, found = _runs(rows, signs, self.size)
        if not len(self.runs):
            return Grams(rows[:0], rows[:0], np.zeros(0))
        at = np.minimum(np.searchsorted(self.runs, found), len(self.runs) - 1)
        known = self.runs[at] == found
        pairs, times = np.unique(rows[known] * len(self.runs) + at[known], return_counts=True)
        row, column = np.divmod(pairs, len(self.runs))
        values = (1 + np.log(times)) * self.rarity[column]
        length = np.sqrt(np.bincount(row, values**2)) if len(row) else np.zeros(0)
        return Grams(row, column, values / length[row] if len(row) else values)


@dataclass(frozen=True)
class Features:
    """The blocks of a model, side by side."""

    blocks: tuple[Block, ...]

    @property
    def width(self) -> int:
        """How many columns there are."""
        return sum(len(block.runs) for block in self.blocks)

    def of(self, messages: Sequence[Fields]) -> Iterator[tuple[int, Grams]]:
        """For every batch of messages how many they are and what they hold."""
        for start in range(0, len(messages), _AT_ONCE):
            batch = messages[start : start + _AT_ONCE]
            fields = [_signs(texts) for texts in zip(*batch, strict=True)]
            offset, parts = 0, []
            for block in self.blocks:
                rows, columns, values = block.grams(*fields[block.field])
                parts.append(Grams(rows, columns + offset, values))
                offset += len(block.runs)
            rows, columns, values = (np.concatenate(part) for part in zip(*parts, strict=True))
            order = np.argsort(rows, kind="stable")
            yield len(batch), Grams(rows[order], columns[order], values[order])

    def run_at(self, column: int) -> str:
        """The characters that a column counts."""
        for block in self.blocks:
            if column < len(block.runs):
                code = int(block.runs[column])
                low = code & ((1 << _PAIR) - 1)
                return chr(low) if block.size == 1 else chr(code >> _PAIR) + chr(low)
            column -= len(block.runs)
        raise IndexError(column)


def learn_features(messages: Sequence[Fields], *, at_least: tuple[int, int] = (2, 3)) -> Features:
    """The runs that occur in at least so many of the messages (single signs, pairs).

    Labels are not looked at, so every text that the city has may be given.
    """
    fields = [_signs(texts) for texts in zip(*messages, strict=True)]
    blocks = []
    for field, (rows, signs) in enumerate(fields):
        for size, least in zip((1, 2), at_least, strict=True):
            row, found = _runs(rows, signs, size)
            runs, inverse = np.unique(found, return_inverse=True)
            once, _times = np.unique(row * max(len(runs), 1) + inverse, return_counts=True)
            texts = np.bincount(once % max(len(runs), 1), minlength=len(runs))
            kept = texts >= least
            rarity = np.log((1 + len(messages)) / (1 + texts[kept])) + 1
            blocks.append(Block(field, size, runs[kept], rarity))
    return Features(tuple(blocks))


def _signs(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """All characters of the texts as code points, and for each the text that it stands in."""
    encoded = [text.encode("utf-32-le", "replace") for text in texts]
    signs = np.frombuffer(b"".join(encoded), dtype="<u4").astype(np.uint64)
    return np.repeat(np.arange(len(texts)), [len(one) // 4 for one in encoded]), signs


def _runs(
    rows: NDArray[np.int64], signs: NDArray[np.uint64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    if size == 1:
        return rows, signs
    inside = rows[1:] == rows[:-1]
    pairs = (signs[:-1] << np.uint64(_PAIR)) | signs[1:]
    return rows[1:][inside], pairs[inside]
