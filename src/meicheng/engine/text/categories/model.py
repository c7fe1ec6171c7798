"""A trained model: how likely each category is for a message, and the words that say so."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from .features import Block, Features, Fields, Message, read

FORMAT = 1
_WORDS = 5  # words that are shown as reasons


class BadModel(ValueError):
    """Stored bytes that are no model of this program; the message says why."""


class Guess(NamedTuple):
    """A category with its calibrated probability and the words that speak most for it."""

    category: str
    probability: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """One linear score for each category, turned into probabilities by one temperature.

    p(k) = exp(s(k) / T) / Σ exp(s(j) / T), where s is the score and T the temperature that made
    held-back messages likeliest (temperature scaling; Guo et al. 2017, "On Calibration of Modern
    Neural Networks"). Scores 1 and 0 at T = 0.5 give e² / (e² + 1) = 0.88 and 0.12.
    """

    categories: tuple[str, ...]
    features: Features
    weights: NDArray[np.float32]  # columns × categories
    bias: NDArray[np.float64]
    temperature: float

    def scores(self, messages: Sequence[Fields]) -> NDArray[np.float64]:
        """The linear scores, messages × categories."""
        found = np.empty((len(messages), len(self.categories)))
        at = 0
        for count, grams in self.features.of(messages):
            for column in range(len(self.categories)):
                worth = grams.values * self.weights[grams.columns, column]
                sums = np.bincount(grams.rows, worth, minlength=count)
                found[at : at + count, column] = sums + self.bias[column]
            at += count
        return found

    def probabilities(self, messages: Sequence[Message]) -> NDArray[np.float64]:
        """Calibrated probabilities, messages × categories; each row adds up to 1."""
        return softmax(self.scores([read(one) for one in messages]) / self.temperature)

    def guess(self, message: Message, *, at_most: int = 3) -> list[Guess]:
        """The likeliest categories, best first, each with the words that led to it."""
        chances = self.probabilities([message])[0]
        best = np.argsort(-chances, kind="stable")[:at_most]
        return [
            Guess(self.categories[one], float(chances[one]), self._words(message, int(one)))
            for one in best
        ]

    def _words(self, message: Message, category: int) -> tuple[str, ...]:
        """The stretches of the text that raise this category's score over the average of all.

        A stretch is as long as each pair of its characters weighs a third of the weightiest one.
        """
        fields = read(message)
        worth: dict[str, float] = {}
        for _count, grams in self.features.of([fields]):
            gains = self._gains[grams.columns, category] * grams.values
            for column, gain in zip(grams.columns, gains, strict=True):
                run = self.features.run_at(int(column))
                worth[run] = worth.get(run, 0.0) + float(gain)
        text = f"{fields.subject}\n{fields.body}"
        pairs = [
            worth.get(text[at : at + 2], 0.0) if text[at : at + 2].isalnum() else 0.0
            for at in range(len(text) - 1)
        ]
        least = max([*pairs, 0.0]) / 3
        words: dict[str, float] = {}
        start = 0
        for at, pair in enumerate([*pairs, 0.0]):
            if pair > least:
                continue
            if at > start:
                word = text[start : at + 1]
                words[word] = max(words.get(word, 0.0), sum(pairs[start:at]))
            start = at + 1
        return tuple(sorted(words, key=lambda word: (-words[word], word))[:_WORDS])

    @cached_property
    def _gains(self) -> NDArray[np.float32]:
        gains: NDArray[np.float32] = self.weights - self.weights.mean(axis=1, keepdims=True)
        return gains

    def to_bytes(self) -> bytes:
        """The model as one compressed file of plain numbers, readable without running code."""
        arrays: dict[str, NDArray[np.generic]] = {
            "weights": self.weights.astype(np.float16),
            "bias": self.bias,
        }
        head = {"format": FORMAT, "categories": self.categories, "temperature": self.temperature}
        head["blocks"] = [[block.field, block.size] for block in self.features.blocks]
        for number, block in enumerate(self.features.blocks):
            arrays[f"runs{number}"] = block.runs
            arrays[f"rarity{number}"] = block.rarity.astype(np.float32)
        arrays["head"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Model:
        """Read what `to_bytes` wrote; raises `BadModel`."""
        try:
            with np.load(io.BytesIO(stored), allow_pickle=False) as file:
                head = json.loads(file["head"].tobytes())
                if head["format"] != FORMAT:
                    raise BadModel(f"format {head['format']}; this program reads {FORMAT}")
                blocks = tuple(
                    Block(field, size, file[f"runs{n}"], file[f"rarity{n}"].astype(np.float64))
                    for n, (field, size) in enumerate(head["blocks"])
                )
                return cls(
                    categories=tuple(head["categories"]),
                    features=Features(blocks),
                    weights=file["weights"].astype(np.float32),
                    bias=file["bias"],
                    temperature=float(head["temperature"]),
                )
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            if isinstance(error, BadModel):
                raise
            raise BadModel(f"not a stored model: {error}") from error


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares that add up to 1 in each row, in proportion to the exponentials of the scores.

    >>> softmax(np.array([[2.0, 0.0]])).round(2).tolist()
    [[0.88, 0.12]]
    """
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares
