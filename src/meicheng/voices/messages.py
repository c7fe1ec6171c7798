"""Files of messages, whatever their columns are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from meicheng.exchange.reading import open_table
from meicheng.tables.kinds import Refused, kind_of

# What the columns of the words may be called.
WORDS = {
    "message_id": ("message_id", "留言编号", "编号", "number"),
    "subject": ("subject", "留言主题", "主题", "标题"),
    "body": ("body", "留言详情", "内容", "诉求内容"),
}


def rows_of_file(
    path: Path, columns: Mapping[str, Sequence[str]], *, needed: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV or XLSX file: the number of each, and its cells by the names of `columns`.

    Raises `Refused` for a file that is broken or lacks a column, naming the row or what it has.
    """
    table = open_table(path, kind_of("reports"))
    at = {
        name: next((table.columns.index(one) for one in called if one in table.columns), None)
        for name, called in columns.items()
    }
    for name in needed:
        if at[name] is None:
            raise Refused(
                _("The file has no column %(name)s (or: %(called)s); it has: %(columns)s")
                % {
                    "name": name,
                    "called": ", ".join(columns[name][1:]),
                    "columns": ", ".join(table.columns),
                }
            )
    for row in table.rows:
        if row.problem:
            raise Refused(
                _("Row %(row)d: %(problem)s") % {"row": row.number, "problem": row.problem}
            )
        yield (
            row.number,
            {
                name: row.cells[place].strip()
                if place is not None and place < len(row.cells)
                else ""
                for name, place in at.items()
            },
        )
