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


def allocate(
    sizes: Mapping[str, int], count: int, *, least: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Share `count` out in proportion to sizes: at least `least` each, never more than there are.

    Shares are rounded down; what is left goes to the largest remainders (Hamilton's method). Where
    the least add up to more than `count`, they stand.

    >>> allocate({"a": 700, "b": 250, "c": 50}, 20, least={"c": 2})
    {'a': 13, 'b': 5, 'c': 2}
    """
    found = {name: min(size, (least or {}).get(name, 0)) for name, size in sizes.items()}
    left = min(count, sum(sizes.values())) - sum(found.values())
    # What proportion alone would give, over what everybody has already.
    among = sum(sizes.values()) or 1
    wanted = {name: max(0.0, count * size / among - found[name]) for name, size in sizes.items()}
    while left > 0:
        open_to = [name for name, size in sizes.items() if size > found[name]]
        total = sum(wanted[name] for name in open_to)
        parts = {
            name: left * (wanted[name] / total if total else 1 / len(open_to)) for name in open_to
        }
        given = {name: min(int(part), sizes[name] - found[name]) for name, part in parts.items()}
        if not any(given.values()):
            order = sorted(parts, key=lambda name: (int(parts[name]) - parts[name], name))
            given = dict.fromkeys(order[:left], 1)
        for name, more in given.items():
            found[name] += more
            left -= more
            wanted[name] = parts[name] - more
    return found


def draw_sample(
    frames: Sequence[Frame], count: int, seed: str, *, clusters: int = 0, least: int = 1
) -> list[DrawnCell]:
    """Draw `count` to be asked: shared out over the strata by size, then by lot within each.

    With `clusters`, that many cells of a stratum are drawn first, all with the same chance, and
    those to be asked within them; else from every cell. In a cell that is drawn from, at least
    `least` are asked, or all. The chance of everybody is known:
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
    needed = {
        name: least * min(clusters or len(cells), len(cells)) for name, cells in strata.items()
    }
    for stratum, number in allocate(sizes, count, least=needed).items():
        cells, first = strata[stratum], 1.0
        if clusters and clusters < len(cells):
            names = set(draw([one.cell for one in cells], clusters, f"{seed}/{stratum}"))
            first = len(names) / len(cells)
            cells = [one for one in cells if one.cell in names]
        places = {one.cell: one.size for one in cells}
        shares = allocate(places, number, least=dict.fromkeys(places, least))
        for one in cells:
            codes = tuple(draw(one.all_codes(), shares[one.cell], seed))
            if codes:
                chance = first * len(codes) / one.size
                drawn.append(DrawnCell(one.cell, stratum, codes, one.size, chance))
    return drawn
