"""A chart is a table that is also drawn: its numbers, its words, and the workbook of both.

A view makes a `Chart`, a template shows it with `{% chart it %}`, and `chart_workbook` exports it:

    Chart(
        kind="lines",
        title=_("Marks by month"),
        says=_("The marks rose from 71 to 78 within a year."),
        labels_are=_("Month"),
        labels=["2026-01", "2026-02"],
        series=[Series(_("Estimate"), [71.0, 78.0])],
    )
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import xlsxwriter
from django.utils.translation import gettext as _

from . import exports

Kind = Literal["lines", "bars", "rows", "ranges"]
Look = Literal["strong", "light", "dotted"]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """A value for each label, None where nothing is known; perhaps with 95 % intervals.

    look: "strong" is what the chart is about, "light" what it is compared with, "dotted" a third.
    """

    name: str
    values: Sequence[float | None]
    intervals: Sequence[Interval | None] = ()
    look: Look = "strong"


@dataclass(frozen=True)
class Line:
    """A line across the chart at a value, with its name: what is needed to pass, a mean.

    upright: in a chart of "lines", stand at a label (counted from 0) instead: when something began.
    """

    at: float
    name: str
    upright: bool = False


@dataclass(frozen=True)
class Chart:
    """What is drawn, and what is said of it.

    kind: "lines" over labels in order (months), "bars" upright (a histogram), "rows" a lying bar for
    each label, "ranges" one row for each label with its value as a point and its interval as a line.
    says: what the chart shows, as a sentence; it stands above the chart and is its alt text.
    labels_are: what the labels are, the heading of the table's first column ("Month").
    lines: values to hold against; across the values, or for "bars" across the labels, where `at`
    counts the labels from 0 and may lie between two.
    low, high: the ends of the value axis where the numbers themselves do not give them.
    """

    kind: Kind
    title: str
    says: str
    labels_are: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""
    lines: Sequence[Line] = ()
    low: float | None = None
    high: float | None = None
    places: int = 1

    @property
    def headings(self) -> list[str]:
        """The headings of the table behind the chart."""
        found = [self.labels_are]
        for one in self.series:
            found.append(f"{one.name} ({self.unit})" if self.unit else one.name)
            if one.intervals:
                found += [_("95 % interval, lower end"), _("95 % interval, upper end")]
        return found

    @property
    def rows(self) -> list[list[Any]]:
        """The table behind the chart: a label, then numbers or None, as `headings` names them."""
        found: list[list[Any]] = []
        for index, label in enumerate(self.labels):
            row: list[Any] = [label]
            for one in self.series:
                row.append(one.values[index])
                if one.intervals:
                    row += one.intervals[index] or (None, None)
            found.append(row)
        return found

    @property
    def drawn(self) -> dict[str, Any]:
        """What the script needs to draw it."""
        return {
            "kind": self.kind,
            "title": self.title,
            "labels": list(self.labels),
            "series": [
                {
                    "name": one.name,
                    "values": list(one.values),
                    "intervals": [interval and list(interval) for interval in one.intervals],
                    "look": one.look,
                }
                for one in self.series
            ],
            "unit": self.unit,
            "lines": [
                {"at": line.at, "name": line.name, "upright": line.upright} for line in self.lines
            ],
            "low": self.low,
            "high": self.high,
        }


def chart_workbook(charts: Sequence[Chart], filters: Sequence[str]) -> bytes:
    """The tables behind charts as a workbook, a sheet each; the filters stand in the first row."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    for number, chart in enumerate(charts, start=1):
        figures = book.add_format({"num_format": f"0.{'0' * chart.places}" if chart.places else 0})
        sheet = book.add_worksheet(_sheet_name(chart.title, number))
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, len(chart.headings), 16)
        sheet.write_row(0, 0, [*filters, chart.title])
        sheet.write_row(1, 0, chart.headings, bold)
        for index, row in enumerate(chart.rows, start=2):
            sheet.write_string(index, 0, str(row[0]))
            for column, value in enumerate(row[1:], start=1):
                if value is not None:
                    sheet.write_number(index, column, value, figures)
        sheet.freeze_panes(2, 1)
        exports.counted(len(chart.labels))
    book.close()
    return buffer.getvalue()


def _sheet_name(title: str, number: int) -> str:
    """A title as a sheet may be called: no sign that Excel refuses, at most 31 characters."""
    kept = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)
    return f"{number} {kept}".strip()[:31]
