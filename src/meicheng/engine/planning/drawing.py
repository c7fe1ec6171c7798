"""Drawing sites by lot, so that anybody can draw them again and find the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from heapq import nsmallest


def draw(codes: Iterable[str], count: int, seed: str) -> list[str]:
    """`count` of the codes, all sets of as many equally likely; all where there are fewer.

    Each code gets a number from the hash of the seed and itself; the lowest are drawn, lowest
    first. So the draw depends on nothing but the seed and the codes, in whatever order they come;
    a code that joins or leaves changes at most one other of those drawn; and who has the seed can
    draw again.

    Source: simple random sampling by sequence of permanent random numbers, E. Ohlsson,
    Coordination of samples using permanent random numbers, in Business Survey Methods (1995), 153-169.

    >>> draw(["A", "B", "C", "D"], 2, "seed") == draw(["D", "C", "B", "A"], 2, "seed")
    True
    """
    return nsmallest(max(0, count), set(codes), key=lambda code: (lot(code, seed), code))


def draw_by_kind(
    codes: Mapping[str, Iterable[str]], plan: Mapping[str, int], seed: str
) -> dict[str, list[str]]:
    """`plan[kind]` of each kind's codes, drawn as `draw` does; kinds without any are left out."""
    drawn = {kind: draw(codes.get(kind, ()), count, seed) for kind, count in plan.items()}
    return {kind: found for kind, found in drawn.items() if found}


def lot(code: str, seed: str) -> int:
    """The number that a code draws under a seed: even over 0 to 2**64 - 1."""
    said = f"{seed}/{code}".encode()
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest(), "big")


def frame_hash(codes: Iterable[str]) -> str:
    """A hash of all codes that could be drawn, so that none can be said later to have been one.

    >>> frame_hash(["B", "A"]) == frame_hash(["A", "B"])
    True
    """
    said = "\n".join(sorted(set(codes))).encode()
    return hashlib.blake2b(said, digest_size=16).hexdigest()
