"""How the bulletin writes months and shares, and where its figures lead."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format

from meicheng.appraisal.months import bounds, last_day


def month_words(month: int) -> str:
    """The month as people write it: 2026年9月, September 2026."""
    return date_format(date(month // 100, month % 100, 1), "YEAR_MONTH_FORMAT")


def percent(share: float | None) -> str:
    """A share as printed, to one place."""
    return "–" if share is None else f"{share * 100:.1f}%"


def cases_href(**query: object) -> str:
    return f"{reverse('cases:list')}?{urlencode({k: v for k, v in query.items() if v})}"


def ranking_href(month: int) -> str:
    return f"{reverse('appraisal:ranking')}?{urlencode({'month': f'{month // 100}-{month % 100:02d}'})}"


def month_query(month: int) -> dict[str, str]:
    return {
        "group": "all",
        "since": f"{bounds(month)[0]:%Y-%m-%d}",
        "until": f"{last_day(month):%Y-%m-%d}",
    }
