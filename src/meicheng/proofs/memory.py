"""All looks in the worker's memory: read once, then kept up to date with what is added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Max

from meicheng.engine.provenance import Candidate, Looks, Question

from .models import Look

OVERLAP = 500  # keys that are read again: a smaller one may be committed after a greater one
STEP = 100_000


class Memory:
    """The looks of every photograph that was used."""

    def __init__(self) -> None:
        self._looks = Looks()
        self._recent: set[int] = set()

    def forget(self) -> None:
        """Read everything anew the next time: another database is looked at."""
        self._looks, self._recent = Looks(), set()

    def near(self, asked: Question) -> list[Candidate]:
        """Photographs, by the keys of their files, that may be this one."""
        self._read()
        return self._looks.near(asked)

    def _read(self) -> None:
        highest = Look.objects.aggregate(highest=Max("pk"))["highest"] or 0
        if highest < self._looks.last:  # another database, or one that was emptied
            self.forget()
        after = self._looks.last - OVERLAP
        rows = Look.objects.filter(pk__gt=after).order_by("pk")
        stream = rows.values_list("pk", "whole", "inner", "middle").iterator(chunk_size=10_000)
        for batch in _batches(stream):
            new = [(key, looks) for key, *looks in batch if key not in self._recent]
            self._looks.add(new)
            self._recent.update(key for key, _looks in new)
        self._recent = {key for key in self._recent if key > self._looks.last - OVERLAP}


def _batches(rows: Iterable[tuple[int, ...]]) -> Iterator[list[tuple[int, ...]]]:
    part: list[tuple[int, ...]] = []
    for row in rows:
        part.append(row)
        if len(part) == STEP:
            yield part
            part = []
    yield part


MEMORY = Memory()
