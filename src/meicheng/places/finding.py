"""Finding divisions from what people write: a code, a name, or a position on the map."""

from __future__ import annotations

from collections.abc import Sequence

from meicheng.engine.space import Locator

from .models import Division


class DivisionFinder:
    """All divisions at once, for work on many rows (1 SQL statement, 1 more for positions)."""

    def __init__(self) -> None:
        self._all = list(Division.objects.defer("outline").order_by("path"))
        by_pk = {division.pk: division for division in self._all}
        for division in self._all:
            if division.district_id is not None:  # so that nobody has to ask for it
                division.district = by_pk[division.district_id]
        self._by_code = {division.code: division for division in self._all}
        self._by_name: dict[str, Division | None] = {}
        for division in self._all:
            for name in {division.name_zh, division.name_en}:
                if name:
                    # A name that two divisions bear finds neither.
                    folded = name.casefold()
                    self._by_name[folded] = None if folded in self._by_name else division
        self._locator: Locator | None = None
        self._drawn: bool | None = None

    @property
    def city(self) -> Division | None:
        """The division above all others; None in a city that has not been set up."""
        return self._all[0] if self._all else None

    def find(self, words: str) -> Division | None:
        """The division with this code, or with this name where only one bears it."""
        return self._by_code.get(words) or self._by_name.get(words.casefold())

    def named_in(self, address: str) -> Division | None:
        """The deepest division whose name stands in an address; None where none does.

        A name that several bear counts where a division above one of them is named as well.
        """
        folded = address.casefold()
        named = [
            one
            for one in self._all
            if (one.name_zh and one.name_zh in address)
            or (one.name_en and one.name_en.casefold() in folded)
        ]
        if not named:
            return None
        above = {one.path for one in named}

        def rank(one: Division) -> tuple[int, int]:
            known = sum(one.path.startswith(path) for path in above)
            return known, one.path.count("/")

        named.sort(key=rank, reverse=True)
        best = [one for one in named if rank(one) == rank(named[0])]
        return best[0] if len(best) == 1 else None

    def locate(self, points: Sequence[tuple[float, float]]) -> list[Division | None]:
        """The deepest division around each point (WGS-84); None outside all outlines."""
        if self._locator is None:
            drawn = Division.objects.exclude(outline=None).values_list("code", "path", "outline")
            self._locator = Locator(
                (code, path.count("/"), outline) for code, path, outline in drawn if outline
            )
        return [
            self._by_code[code] if code is not None else None
            for code in self._locator.find_all(points)
        ]

    @property
    def drawn(self) -> bool:
        """Whether the city's edge is known, so that a position can lie outside of it.

        It is where the city has an outline, or all its districts have one.
        """
        if self._drawn is None:
            drawn = set(Division.objects.exclude(outline=None).values_list("pk", flat=True))
            districts = [one for one in self._all if one.level == Division.Level.DISTRICT]
            city = self.city
            self._drawn = city is not None and (
                city.pk in drawn or (bool(districts) and all(one.pk in drawn for one in districts))
            )
        return self._drawn
