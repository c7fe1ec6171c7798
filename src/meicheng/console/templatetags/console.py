"""What the staff's templates say often."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from meicheng.console import navigation as menu
from meicheng.notices.queries import unread_count
from meicheng.organisation.models import Membership, User
from meicheng.organisation.permissions import may, memberships
from meicheng.places.models import Division

register = template.Library()
BEFORE, AFTER = 24, 56  # characters shown around what was found


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> list[menu.Group]:
    """The menu for whoever looks."""
    return menu.navigation(context["request"])


@register.simple_tag(takes_context=True)
def bell(context: dict[str, Any]) -> int:
    """How many notices whoever looks has not read (1 SQL statement)."""
    user = context["request"].user
    return unread_count(user) if isinstance(user, User) else 0


@register.simple_tag
def page_exists(path: str) -> bool:
    """Whether some room answers at this address."""
    return menu.page_exists(path)


@register.simple_tag
def bundle(name: str, styles: bool = True) -> SafeString:
    """The built script and style of this name, where the front end has been built."""
    parts = SafeString("")
    if styles and finders.find(f"built/{name}.css"):
        parts += format_html('<link rel="stylesheet" href="{}">', static(f"built/{name}.css"))
    if finders.find(f"built/{name}.js"):
        parts += format_html('<script defer src="{}"></script>', static(f"built/{name}.js"))
    return parts


@register.simple_tag
def inline_styles(*names: str) -> SafeString:
    """Style sheets as a part of the page, for whom a request more costs a second."""
    return SafeString(f"<style>{''.join(map(_sheet, names))}</style>")


@cache
def _sheet(name: str) -> str:
    path = finders.find(name)
    return Path(path).read_text(encoding="utf-8") if isinstance(path, str) else ""


@register.filter
def page_language(code: str) -> str:
    """The language of a page as HTML names it.

    >>> page_language("zh-hans")
    'zh-Hans'
    """
    return "zh-Hans" if code.startswith("zh") else code


@register.filter
def roles_of(user: User) -> str:
    """The roles that the user holds, with where: "Dispatcher, Old Town"."""
    held = []
    for membership in memberships(user):
        where = membership.unit or membership.division
        held.append(f"{Membership.Role(membership.role).label} · {where.name if where else ''}")
    return "；".join(held) or _("No role yet: an administrator gives one")


@register.simple_tag(takes_context=True)
def may_here(context: dict[str, Any], action: str, division: Division) -> bool:
    """Whether whoever looks may do `action` in this division: no link leads to a refusal."""
    user = context["request"].user
    return isinstance(user, User) and may(user, action, division=division)


@register.filter
def thousands(value: int | float | None) -> str:
    """A whole number with separators.

    >>> thousands(1204)
    '1,204'
    """
    return "" if value is None else f"{value:,.0f}"


@register.filter
def percent(value: float | None, digits: int = 1) -> str:
    """A share as percent, or a dash where there is none.

    >>> percent(0.9524), percent(None)
    ('95.2%', '—')
    """
    return "—" if value is None else f"{value * 100:.{digits}f}%"


@register.filter
def moment(at: datetime | None) -> str:
    """A time in the city, short: 11-23 19:42, with the year where it is not this one."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    this_year = local.year == timezone.localtime().year
    return local.strftime("%m-%d %H:%M" if this_year else "%Y-%m-%d %H:%M")


@register.filter
def day(at: date | datetime | None) -> str:
    """A day as the language writes it: 2026年11月23日."""
    if at is None:
        return "—"
    if isinstance(at, datetime):
        at = timezone.localtime(at).date()
    return date_format(at, "DATE_FORMAT")


@register.filter
def short_hash(value: str) -> str:
    """The beginning and end of a hash.

    >>> short_hash("9f3c77b04ec21d5be8a1")
    '9f3c…a1'
    """
    return f"{value[:4]}…{value[-2:]}" if len(value) > 8 else value


@register.filter
def excerpt(text: str, words: str) -> str:
    """The part of a text around the first of the words that it holds, else its beginning.

    >>> excerpt("巷口有井盖破损", "井盖")
    '巷口有井盖破损'
    """
    folded = text.casefold()
    places = [folded.find(word) for word in words.casefold().split()]
    first = min((place for place in places if place >= 0), default=0)
    begin, end = max(0, first - BEFORE), first + AFTER
    return "…" * (begin > 0) + text[begin:end].strip() + "…" * (end < len(text))


@register.filter
def marked(text: str, words: str) -> SafeString:
    """A text in which the words that were looked for are marked.

    >>> marked("井盖<b>破损", "井盖 <b>")
    '<mark>井盖</mark><mark>&lt;b&gt;</mark>破损'
    """
    found = sorted({word for word in (words or "").split() if word}, key=len, reverse=True)
    if not found:
        return conditional_escape(text)
    parts = re.split(f"({'|'.join(map(re.escape, found))})", text, flags=re.IGNORECASE)
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", part) if place % 2 else part,)
            for place, part in enumerate(parts)
        ),
    )


@register.simple_tag
def y_of(height: float) -> str:
    """Where a bar of this height, in hundredths, begins in a drawing of 84 units."""
    return f"{84 - float(height_of(height)):.1f}"


@register.simple_tag
def height_of(height: float) -> str:
    """How high a bar is drawn; what is not nothing can be seen."""
    return f"{max(1.5 if height else 0.0, height * 0.84):.1f}"
