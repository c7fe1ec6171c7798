"""How many are asked where, and with what chance: strata, perhaps clusters, and a lot for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meicheng.engine.planning.drawing import draw


@dataclass(frozen=True)
class Frame:
    """Those who could be asked at one place: their codes, or how many numbers the list there has.

    cell: its code ("LC0101/household"); stratum: what it is drawn within ("LC/household").
    """

    cell: str
    stratum: str
    codes: Sequence[str] = ()
    count: int = 0

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.codes) or self.count

    def all_codes(self) -> list[str]:
        """Their codes; numbers on a list are "LC0101/household/137"."""
        return list(self.codes) or [f"{self.cell}/{n}" for n in range(1, self.count + 1)]


@dataclass(frozen=True)
class DrawnCell:
    """Who is asked at one place, and the chance that each of them had."""

    cell: str
    stratum: str
    codes: tuple[str, ...]
    of: int
    chance: float


def allocate(sizes: Mapping[str, int], count: int, *, least: int = 2) -> dict[str, int]:
    """Share `count` out in proportion to sizes: at least `least` each, never more than there are.

    Shares are rounded down; what is left goes to the largest remainders (Hamilton's method).

    >>> allocate({"a": 700, "b": 250, "c": 50}, 20)
    {'a': 14, 'b': 4, 'c': 2}
    """
    found = {name: min(size, least) for name, size in sizes.items()}
    left = min(count, sum(sizes.values())) - sum(found.values())
    open_sizes = {name: size for name, size in sizes.items() if size > found[name]}
    whole = sum(open_sizes.values())
    # What proportion alone would give, over what everybody has already.
    wanted = {
        name: max(0.0, count * size / sum(sizes.values()) - found[name])
        for name, size in open_sizes.items()
    }
    total = sum(wanted.values())
    while left > 0 and open_sizes:
        parts = {
            name: (left * wanted[name] / total if total else left * size / whole)
            for name, size in open_sizes.items()
        }
        given = {name: min(int(part), sizes[name] - found[name]) for name, part in parts.items()}
        if not any(given.values()):
            order = sorted(parts, key=lambda name: (int(parts[name]) - parts[name], name))
            given = dict.fromkeys(order[:left], 1)
        for name, more in given.items():
            found[name] += more
            left -= more
        open_sizes = {name: size for name, size in open_sizes.items() if size > found[name]}
        whole = sum(open_sizes.values())
        total = sum(wanted[name] for name in open_sizes)
    return found


def draw_sample(
    frames: Sequence[Frame], count: int, seed: str, *, clusters: int = 0
) -> list[DrawnCell]:
    """Draw `count` to be asked: shared out over the strata by size, then by lot within each.

    With `clusters`, that many cells of a stratum are drawn first, all with the same chance, and
    those to be asked within them; else from every cell. The chance of everybody is known:
    (clusters drawn / clusters) · (drawn in the cell / all in the cell). The same frames and seed
    give the same draw.

    Source: W. G. Cochran, Sampling Techniques (1977), chapters 5 and 11.

    >>> cells = [Frame("A", "s", count=100), Frame("B", "s", count=300)]
    >>> [(one.cell, len(one.codes), one.chance) for one in draw_sample(cells, 20, "seed")]
    [('A', 5, 0.05), ('B', 15, 0.05)]
    """
    strata: dict[str, list[Frame]] = defaultdict(list)
    for frame in sorted(frames, key=lambda one: one.cell):
        if frame.size:
            strata[frame.stratum].append(frame)
    sizes = {name: sum(one.size for one in cells) for name, cells in sorted(strata.items())}
    drawn = []
    for stratum, number in allocate(sizes, count).items():
        cells, first = strata[stratum], 1.0
        if clusters and clusters < len(cells):
            names = set(draw([one.cell for one in cells], clusters, f"{seed}/{stratum}"))
            first = len(names) / len(cells)
            cells = [one for one in cells if one.cell in names]
        shares = allocate({one.cell: one.size for one in cells}, number, least=1)
        for one in cells:
            codes = tuple(draw(one.all_codes(), shares[one.cell], seed))
            if codes:
                chance = first * len(codes) / one.size
                drawn.append(DrawnCell(one.cell, stratum, codes, one.size, chance))
    return drawn
