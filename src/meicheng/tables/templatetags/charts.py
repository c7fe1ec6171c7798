"""`{% chart it %}`: a chart with the sentence it shows, the table behind it and its exports."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from django import template
from django.utils.formats import number_format

from meicheng.tables.charts import Chart

register = template.Library()


@register.inclusion_tag("tables/chart.html")
def chart(it: Chart, xlsx: str = "") -> dict[str, Any]:
    """A `<figure>` with the chart; `xlsx` is the address of its workbook, where it has one.

    The page loads `{% bundle "charts" %}` in its head. Without scripts the table stands open.
    """
    # Two charts of a page may not share the names of their parts.
    number = crc32(f"{it.title}/{it.says}".encode())
    return {
        "chart": it,
        "number": f"chart-{number:x}",
        "xlsx": xlsx,
        "rows": [
            [row[0], *("–" if value is None else _figure(value, it.places) for value in row[1:])]
            for row in it.rows
        ],
    }


def _figure(value: float, places: int) -> str:
    # Django cuts digits off rather than rounding; adding 0 makes -0 a 0.
    return number_format(
        round(value, places) + 0.0, decimal_pos=places, use_l10n=True, force_grouping=True
    )
