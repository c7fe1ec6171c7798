"""Pages of long lists: as quick with a million rows as with a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
PAGE_SIZE = 50
COUNT_CAP = 10_000  # nobody turns so many pages; who needs more narrows the list


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list; `count` stops at a cap, and `capped` says that there are more."""

    rows: list[Row]
    number: int
    pages: int
    count: int
    capped: bool

    @property
    def numbers(self) -> list[int]:
        """The numbers of pages to offer around this one."""
        return list(range(max(1, self.number - 3), min(self.pages, self.number + 3) + 1))


def page_of(found: QuerySet[Row], number: int, whole: QuerySet[Row]) -> Page[Row]:
    """A page of what was found, in its order (3 SQL statements).

    The keys of the page come out of an index first; then only these rows are read, with whatever
    `whole` joins to them. A number after the last page gives the last.
    """
    count = found.order_by().values("pk")[: COUNT_CAP + 1].count()
    return cut_page(found.values_list("pk", flat=True), count, COUNT_CAP, number, whole)


def cut_page(
    keys: Sequence[int] | QuerySet[Any, int],
    count: int,
    cap: int,
    number: int,
    whole: QuerySet[Row],
) -> Page[Row]:
    """A page of keys in order, of which `count` are there and at most `cap` are shown (≤ 2 SQL)."""
    capped, count = count > cap, min(count, cap)
    pages = max(1, -(-count // PAGE_SIZE))
    number = max(1, min(number, pages))
    start = (number - 1) * PAGE_SIZE
    part = list(keys[start : start + PAGE_SIZE])
    by_key = whole.in_bulk(part)
    return Page([by_key[key] for key in part if key in by_key], number, pages, count, capped)


def page_number(written: str | None) -> int:
    """The page that an address asks for; the first where it says no number.

    >>> page_number("3"), page_number("x"), page_number(None)
    (3, 1, 1)
    """
    return int(written) if written and written.isdecimal() and len(written) < 6 else 1
