"""How shares, marks and their doubt are written on a page."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.engine.frameworks import unit_words
from meicheng.engine.frameworks.plain import ANSWERS
from meicheng.standards.queries import said

register = template.Library()

# The ways to look at one standard's marks, in the order of their tabs: the page's name in the
# addresses, and its words.
TABS = (
    ("marks", gettext_lazy("Marks")),
    ("losses", gettext_lazy("Where marks are lost")),
    ("by-place", gettext_lazy("By place")),
    ("trend", gettext_lazy("Trend")),
    ("mock", gettext_lazy("Mock assessment")),
    ("what-if", gettext_lazy("What if")),
    ("steps", gettext_lazy("Next steps")),
    ("robust", gettext_lazy("Robustness")),
    ("duties", gettext_lazy("Duties")),
    ("plans", gettext_lazy("The city's plans")),
    ("gaps", gettext_lazy("Data gaps")),
)


@register.inclusion_tag("assessment/tabs.html")
def marks_tabs(query: str, current: str) -> dict[str, Any]:
    """The tabs over a page of marks; each keeps the standard, period and place of `query`."""
    return {
        "query": query,
        "tabs": [(reverse(f"assessment:{name}"), label, name == current) for name, label in TABS],
    }


@register.filter
def percent(share: float | None, places: int = 1) -> str:
    """A share as per cent; a dash where it is not known."""
    return "–" if share is None else f"{share * 100:.{places}f}%"


@register.filter
def between(interval: tuple[float, float]) -> str:
    """An interval of shares: 93.1–97.0%."""
    return f"{interval[0] * 100:.1f}–{interval[1] * 100:.1f}%"


@register.filter
def points(change: float) -> str:
    """A change in percentage points without its sign (the arrow says it)."""
    return f"{abs(change):.1f}"


@register.filter
def thousands(number: int | None) -> str:
    """A whole number with its thousands set apart."""
    return "–" if number is None else number_format(number, use_l10n=True, force_grouping=True)


@register.simple_tag
def interval_bar(
    value: float, interval: tuple[float, float] | None, full: float = 100
) -> SafeString:
    """A bar of the value with a line over its interval, with the same in words for readers."""
    bar = format_html('<i style="width:{}%"></i>', f"{value / full * 100:.1f}")
    scale = 100 if full == 1 else 1
    if interval is None:
        label = f"{value * scale:.1f}"
    else:
        low, high = (max(0.0, min(100.0, end / full * 100)) for end in interval)
        bar += format_html(
            '<b style="left:{}%;width:{}%"></b>', f"{low:.1f}", f"{max(0.6, high - low):.1f}"
        )
        label = _("%(value).1f, 95 %% interval %(low).1f to %(high).1f") % {
            "value": value * scale,
            "low": interval[0] * scale,
            "high": interval[1] * scale,
        }
    return format_html('<span class="ibar" role="img" aria-label="{}">{}</span>', label, bar)


@register.filter
def change_words(cell: object) -> str:
    """The change of a rate on the month before, and whether it is more than chance."""
    change = cell.change  # type: ignore[attr-defined]
    if change is None:
        return _("no figure for the month before")
    arrow = "▲" if change > 0 else "▼" if change < 0 else "="
    words = _("%(arrow)s %(points).1f points on the month before") % {
        "arrow": arrow,
        "points": abs(change),
    }
    return words if cell.real else words + _(", within chance")  # type: ignore[attr-defined]


@register.filter
def signed(value: float) -> str:
    """A change with its sign: +1.2; nothing has the sign +, on whichever side of it the sum came out.

    >>> signed(-0.01), signed(-0.06)
    ('+0.0', '-0.1')
    """
    return f"{round(value, 1) + 0.0:+.1f}"


@register.simple_tag
def change_of(now: float | None, before: float | None) -> str:
    """How much more there is now than before, with its sign; a dash where one is not known."""
    return "–" if now is None or before is None else signed(now - before)


@register.filter
def with_unit(value: float | None, unit: str) -> str:
    """A figure with its unit: 35 µg/m³; a dash where it is not known."""
    return "–" if value is None else said(unit_words(value, unit))


@register.filter
def plain(value: float | None) -> str:
    """A figure as a number field reads it; nothing where it is not known."""
    return "" if value is None else f"{value:.10g}"


@register.filter
def heat(share: float | None) -> str:
    """The class of a cell by its share; the number beside it says the same."""
    if share is None:
        return "none"
    return "good" if share >= 0.85 else "fair" if share >= 0.75 else "poor"


@register.filter
def of_kind(counts: dict[str, int], kind: str) -> int:
    """How many there are of a kind."""
    return counts.get(kind, 0)


@register.filter
def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


@register.filter
def value_words(value: str) -> str:
    """An observation's value as a reader says it; an answer's own code as it is."""
    known = {
        "yes": _("yes"),
        "no": _("no"),
        "na": _("does not apply"),
        "accepted": _("accepted"),
        "returned": _("returned"),
        "occurred": _("occurred"),
        "cleared": _("cleared"),
    }
    return said(ANSWERS[value]) if value in ANSWERS else known.get(value, value)


@register.filter
def rule_words(criterion: object) -> str:
    """A criterion's rule in words."""
    rule = criterion.rule  # type: ignore[attr-defined]
    kind = rule["kind"]
    if kind in {"target", "rate"}:
        for name, sign in (("at_least", "≥"), ("at_most", "≤"), ("equals", "=")):
            if name in rule:
                return f"{sign} {rule[name]:g}"
    return {
        "pass_rate": _("share of answers that pass"),
        "grade": _("grades by steps"),
        "target": _("target"),
        "trend": _("trend over years"),
        "deduct": _("marks off for each problem"),
        "share_of_answers": _("weighted share of answers"),
        "rate": _("rate counted from cases"),
        "materials": _("materials accepted of those needed"),
        "veto": _("rules out when it occurred"),
    }[kind]


@register.simple_tag(takes_context=True)
def page_link(context: template.Context, number: int) -> str:
    """This address with another page number."""
    query = context["request"].GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


@register.filter
def visit_of(observation: object) -> str:
    """The number of the visit that an observation comes from, or nothing."""
    origin: str = observation.origin  # type: ignore[attr-defined]
    return origin.removeprefix("visit:") if origin.startswith("visit:") else ""
