"""The words of messages as short vectors: each keeps its most telling pairs of characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ..categories.features import _PAIR, Block, Fields, _signs, learn_features

LEARNED_FROM = 60_000  # texts that tell how rare a pair is; more change little
KEPT = 24  # pairs of a message
TOO_COMMON = 0.2  # share of the texts above which a pair tells nothing
ENOUGH = 50  # texts that have to hold it besides
_AT_ONCE = 1024


@dataclass(frozen=True)
class Vectors:
    """For each text up to `KEPT` columns and weights, of length 1 together; -1 where there are fewer."""

    block: Block
    columns: NDArray[np.int32]
    weights: NDArray[np.float32]

    def matrix(self, rows: NDArray[np.int64]) -> csr_matrix:
        """The vectors of these texts as a sparse matrix."""
        columns, weights = self.columns[rows], self.weights[rows]
        used = columns >= 0
        ends = np.concatenate([[0], np.cumsum(used.sum(axis=1))])
        shape = (len(rows), max(1, len(self.block.runs)))
        return csr_matrix((weights[used], columns[used], ends), shape=shape)

    def pair(self, column: int) -> str:
        """The two characters that a column counts."""
        code = int(self.block.runs[column])
        return chr(code >> _PAIR) + chr(code & ((1 << _PAIR) - 1))


def learn_pairs(texts: Sequence[str], *, fewest: int = 2) -> Block:
    """The pairs of characters that tell something, with how rare they are (see `categories`)."""
    step = max(1, len(texts) // LEARNED_FROM)
    sample = texts[::step]
    block = learn_features([Fields(text, "") for text in sample], at_least=(2, fewest)).blocks[1]
    first = (block.runs >> np.uint64(_PAIR)).astype(np.int64)
    second = (block.runs & np.uint64((1 << _PAIR) - 1)).astype(np.int64)
    word = (first >= 0x3400) & (first <= 0x9FFF) & (second >= 0x3400) & (second <= 0x9FFF)
    rare = (
        block.rarity > np.log((1 + len(sample)) / (1 + max(ENOUGH, TOO_COMMON * len(sample)))) + 1
    )
    kept = word & rare
    return Block(0, 2, block.runs[kept], block.rarity[kept])


def vectors_of(texts: Sequence[str], block: Block) -> Vectors:
    """The most telling pairs of each text, weighted by tf-idf."""
    columns = np.full((len(texts), KEPT), -1, dtype=np.int32)
    weights = np.zeros((len(texts), KEPT), dtype=np.float32)
    for start in range(0, len(texts), _AT_ONCE):
        part = texts[start : start + _AT_ONCE]
        row, column, value = block.grams(*_signs(part))
        order = np.lexsort((-value, row))
        row, column, value = row[order], column[order], value[order]
        begins = np.searchsorted(row, np.arange(len(part)))
        place = np.arange(len(row)) - begins[row]
        kept = place < KEPT
        row, column, value, place = row[kept], column[kept], value[kept], place[kept]
        columns[start + row, place] = column
        weights[start + row, place] = value
    lengths = np.sqrt((weights**2).sum(axis=1, keepdims=True))
    np.divide(weights, lengths, out=weights, where=lengths > 0)
    return Vectors(block, columns, weights)
