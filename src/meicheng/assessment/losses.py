"""Where marks are lost: by part, criterion, district, unit and kind of site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from meicheng.engine.scoring import Assessment, Entry, Place, account, total_by
from meicheng.engine.scoring.rules import price
from meicheng.organisation.models import Unit
from meicheng.places.models import Division, SiteKind
from meicheng.standards.actions import criteria_of
from meicheng.standards.models import Criterion, Framework
from meicheng.tables.charts import Chart, Series

from .counted import Counted, answers, problem_numbers
from .evidence import served_items, serving
from .naming import node_names, word
from .periods import Period

CUTS = ("node", "criterion", "district", "unit", "site_kind")
MOST_ROWS = 15  # of the chart; what is smaller is told together in its sentence


@dataclass(frozen=True)
class Part:
    """One row of the account: marks lost under one name, and the next cut of it."""

    code: str
    name: str
    marks: float
    share: float  # of what this table accounts for


@dataclass(frozen=True)
class Account:
    """The loss of an assessment cut one way; the parts add up to `total`."""

    by: str
    total: float
    parts: tuple[Part, ...]


def lost_marks(
    framework: Framework,
    period: Period,
    division: Division,
    result: Assessment,
    *,
    by: str,
    only: Mapping[str, str],
) -> Account:
    """The account of a loss cut `by` one of CUTS, within what `only` names (at most 7 SQL).

    A failure counts for the district it was found in and the unit that answers for the place;
    where a criterion is no matter of places, for the unit that leads it.
    """
    tops = _tops(framework)
    leads = dict(
        Criterion.objects.filter(framework=framework, lead__isnull=False).values_list(
            "code", "lead_id"
        )
    )

    def label(entry: Entry, cut: str) -> str:
        if cut == "node":
            return tops[entry.node]
        if cut == "criterion":
            return entry.criterion
        if cut == "unit":
            return entry.place.unit or f"role:{leads.get(entry.criterion, '')}"
        return entry.place.division if cut == "district" else entry.place.site_kind

    entries = [
        entry
        for entry in account(result, _failures(framework, period, division))
        if all(label(entry, cut) == wanted for cut, wanted in only.items())
    ]
    sums = total_by(entries, lambda entry: label(entry, by))
    names = _names(framework, by, sums)
    total = sum(sums.values())
    return Account(
        by=by,
        total=total,
        parts=tuple(
            Part(code, names.get(code, code), marks, marks / total) for code, marks in sums.items()
        ),
    )


def losses_chart(found: Account) -> Chart | None:
    """The largest losses drawn, with what all others are together. None without a loss."""
    if not found.parts:
        return None
    rows = [(part.name, part.marks) for part in found.parts[:MOST_ROWS]]
    return Chart(
        kind="rows",
        title=_("Where marks are lost, by %(cut)s") % {"cut": cut_words(found.by)},
        says=losses_words(found),
        labels_are=cut_words(found.by),
        labels=[name for name, _marks in rows],
        series=[Series(_("Marks lost"), [marks for _name, marks in rows])],
        unit=_("marks"),
        low=0,
        places=2,
    )


def losses_words(found: Account) -> str:
    """The account in a sentence: the whole, and the three largest parts of it."""
    largest = [
        _("%(name)s %(marks)s (%(share)s %%)")
        % {"name": part.name, "marks": f"{part.marks:.2f}", "share": f"{part.share * 100:.0f}"}
        for part in found.parts[:3]
    ]
    words = {"total": f"{found.total:.2f}", "largest": _(", ").join(largest)}
    whole = _("%(total)s marks lost in all, most by %(largest)s.") % words
    rest = found.parts[MOST_ROWS:]
    if not rest:
        return whole
    others = {"count": len(rest), "marks": f"{sum(part.marks for part in rest):.2f}"}
    return whole + " " + _("Not drawn are %(count)s smaller ones with %(marks)s together.") % others


def cut_words(cut: str) -> str:
    """What a cut is called."""
    return {
        "node": _("Part"),
        "criterion": _("Criterion"),
        "district": _("District"),
        "unit": _("Unit"),
        "site_kind": _("Kind of site"),
    }[cut]


def chosen_name(framework: Framework, cut: str, code: str) -> str:
    """The name of one thing that the account was narrowed to (at most 1 SQL statement)."""
    return _names(framework, cut, {code: 0.0}).get(code, code)


def _failures(
    framework: Framework, period: Period, division: Division
) -> dict[str, dict[Place, float]]:
    """What failed, by criterion and place: weight, and for a deduction what it costs (4 SQL)."""
    criteria = {criterion.code: criterion for criterion in framework.criteria.all()}
    served, opened = served_items(framework, criteria)
    by = ["item_id", "division__district__code", "unit_id_or_0", "site_kind_code", "value"]
    units = dict(Unit.objects.values_list("pk", "code"))
    found: dict[str, dict[Place, float]] = defaultdict(lambda: defaultdict(float))
    for counted in answers(period, division, by):
        item, district, unit, kind, value = counted.by
        place = Place(district or "", units.get(unit, ""), kind)
        for row in served.get(item, ()):
            if row.at(kind):
                rule = criteria[row.code].rule
                found[row.code][place] += _failed(rule, value, counted, opened[item])
    numbered = {item for items in serving(served, ["deduct"]).values() for item in items}
    by = ["item_id", "division__district__code", "unit_id", "site__kind_id"]
    for item, district, unit, kind, number in problem_numbers(period, division, numbered, by):
        place = Place(district or "", units.get(unit or 0, ""), kind or "")
        for row in served[item]:
            if row.rule == "deduct" and row.at(kind or ""):
                found[row.code][place] += price(criteria[row.code].rule, opened[item]) * number
    return found


def _failed(rule: Mapping[str, Any], value: str, counted: Counted, opens: str) -> float:
    """How much of what was answered failed under a rule; 0 for rules that count no answers."""
    kind = rule["kind"]
    if kind == "pass_rate":
        return counted.weight if value == "no" else 0.0
    if kind == "deduct":
        return price(rule, opens) * counted.observations if value == "no" else 0.0
    if kind == "share_of_answers" and value != "no_answer":
        return counted.weight * (1.0 - float(rule["counts"].get(value, 0.0)))
    return 0.0


def _tops(framework: Framework) -> dict[str, str]:
    """The top node above every node."""
    found: dict[str, str] = {}

    def walk(nodes: list[dict[str, Any]], top: str) -> None:
        for node in nodes:
            found[node["code"]] = top or node["code"]
            walk(node.get("children") or [], top or node["code"])

    walk(framework.document["nodes"], "")
    return found


def _names(framework: Framework, by: str, codes: Mapping[str, float]) -> dict[str, str]:
    """The names of what a table is cut by (at most 1 SQL statement)."""
    if by == "node":
        return node_names(framework)
    if by == "criterion":
        rows = criteria_of(framework.document["nodes"])
        return {row["code"]: f"{row['code']} {word(row['name'])}" for _node, row in rows}
    if by == "unit":
        names = {unit.code: unit.name for unit in Unit.objects.filter(code__in=list(codes))}
        return names | _role_names(codes)
    model: Any = Division if by == "district" else SiteKind
    names = {one.code: one.name for one in model.objects.filter(code__in=list(codes))}
    return names | {"": _("Whole city") if by == "district" else _("No matter of sites")}


def _role_names(codes: Mapping[str, float]) -> dict[str, str]:
    from meicheng.organisation.models import UnitRole

    wanted = {code: code.removeprefix("role:") for code in codes if code.startswith("role:")}
    roles = {role.code: role.name for role in UnitRole.objects.filter(code__in=wanted.values())}
    return {
        code: _("%(role)s (leads the criterion)") % {"role": roles[role]}
        if role in roles
        else _("No unit named")
        for code, role in wanted.items()
    }
