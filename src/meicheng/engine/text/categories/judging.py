"""How good a model is: held-back messages, their confusion table, calibration, worst mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .features import Message
from .training import held_back

BANDS = 10
_MISTAKES = 10


class Mistake(NamedTuple):
    """A held-back message that was put elsewhere: its place in the file, and how sure it was."""

    row: int
    category: str
    guessed: str
    probability: float


class Score(NamedTuple):
    """One category: how many messages it has, and how they were told (shares, 0 to 1)."""

    category: str
    messages: int
    precision: float  # of those put here, how many belong here
    recall: float  # of those that belong here, how many were put here
    f1: float


class Band(NamedTuple):
    """Messages whose likeliest category was said to be about as probable."""

    messages: int
    said: float
    right: float


@dataclass(frozen=True)
class Judgement:
    """What was found on messages held back from learning: all once, or of very many a fifth."""

    scores: tuple[Score, ...]
    table: tuple[tuple[int, ...], ...]  # table[true][guessed]
    bands: tuple[Band, ...]
    mistakes: tuple[Mistake, ...]
    messages: int  # that were held back
    learned: int  # that were learned from in the end

    @property
    def macro_f1(self) -> float:
        """The mean of all categories' F1, small ones counting as much as large ones."""
        return float(np.mean([score.f1 for score in self.scores]))

    @property
    def right(self) -> float:
        """The share of messages that were put where they belong."""
        return sum(row[at] for at, row in enumerate(self.table)) / self.messages

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: |said − right| over ten bands, weighted by messages."""
        return sum(b.messages * abs(b.said - b.right) for b in self.bands) / self.messages


def judge(
    messages: Sequence[Message],
    categories: Sequence[str],
    *,
    names: Mapping[str, Iterable[str]] | None = None,
    unlabelled: Sequence[Message] = (),
) -> Judgement:
    """Hold messages back in turn, learn from the others, and compare (five-fold validation)."""
    labels = sorted(set(categories))
    place = {name: at for at, name in enumerate(labels)}
    chances = np.zeros((len(messages), len(labels)))
    seen: list[int] = []
    for test, model in held_back(messages, categories, names=names, unlabelled=unlabelled):
        into = np.array([place[name] for name in model.categories])
        chances[np.ix_(np.array(test), into)] = model.probabilities([messages[at] for at in test])
        seen += test
    rows = np.array(sorted(seen))
    true = np.array([place[name] for name in categories])
    return compare(chances[rows], true[rows], labels, rows, len(messages))


def compare(
    chances: NDArray[np.float64],
    true: NDArray[np.int64],
    labels: Sequence[str],
    rows: NDArray[np.int64] | None = None,
    learned: int | None = None,
) -> Judgement:
    """Judge probabilities (messages × labels) by the true labels' places.

    `rows` are the messages' own numbers, by which mistakes are named; 0, 1, 2 … unless given.
    `learned` is how many messages there are in all, where only some were held back.

    Two messages, both said to be the first with 0.9 and 0.7, of which the second is not: precision
    1/2, recall 1, F1 2/3 for the first label; calibration (|0.9 − 1| + |0.7 − 0|) / 2 = 0.4:

    >>> found = compare(np.array([[0.9, 0.1], [0.7, 0.3]]), np.array([0, 1]), ["a", "b"])
    >>> round(found.scores[0].f1, 3), round(found.macro_f1, 3), round(found.calibration_error, 3)
    (0.667, 0.333, 0.4)
    """
    guessed = chances.argmax(axis=1)
    sure = chances.max(axis=1)
    table = np.zeros((len(labels), len(labels)), dtype=int)
    np.add.at(table, (true, guessed), 1)
    scores = []
    for at, label in enumerate(labels):
        hit, put, owned = table[at, at], table[:, at].sum(), table[at].sum()
        f1 = 2 * hit / (put + owned) if put + owned else 0.0
        precision = hit / put if put else 0.0
        recall = hit / owned if owned else 0.0
        scores.append(Score(label, int(owned), float(precision), float(recall), float(f1)))
    band = np.minimum((sure * BANDS).astype(int), BANDS - 1)
    right = guessed == true
    bands = [
        Band(int(inside.sum()), float(sure[inside].mean()), float(right[inside].mean()))
        for inside in (band == number for number in range(BANDS))
        if inside.any()
    ]
    wrong = sorted(np.flatnonzero(~right), key=lambda row: (-sure[row], row))[:_MISTAKES]
    return Judgement(
        scores=tuple(scores),
        table=tuple(tuple(int(cell) for cell in row) for row in table),
        bands=tuple(bands),
        mistakes=tuple(
            Mistake(
                int(row if rows is None else rows[row]),
                labels[true[row]],
                labels[guessed[row]],
                float(sure[row]),
            )
            for row in wrong
        ),
        messages=len(true),
        learned=learned if learned is not None else len(true),
    )
