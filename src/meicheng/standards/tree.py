"""One edition of a standard as people read it: its tree, and one criterion with what serves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext as _

from meicheng.engine import frameworks as engine
from meicheng.engine.scoring import score
from meicheng.engine.words import Words
from meicheng.organisation.models import UnitRole
from meicheng.places.models import SiteKind

from .models import CaseKind, Criterion, Framework, Item
from .packs import material_words, read_pack
from .queries import said


@dataclass(frozen=True)
class Leaf:
    """A criterion on a page; `marks` is its part of the standard's full marks."""

    code: str
    name: str
    method: str
    method_label: str
    evidence: str
    rule: str
    marks: float
    lead: str
    verified: str
    verified_label: str


@dataclass(frozen=True)
class Branch:
    """A node with its own criteria; `depth` is 0 for a top node."""

    code: str
    name: str
    depth: int
    marks: float
    bonus: bool
    leaves: list[Leaf]


@dataclass(frozen=True)
class Other:
    """A criterion of some standard that the same item serves."""

    framework: Framework
    code: str
    name: str


@dataclass(frozen=True)
class Serving:
    """An item that is looked at for a criterion, with what else the same look serves."""

    item: Item
    kinds: list[str]
    others: list[Other]


@dataclass(frozen=True)
class CriterionPage:
    """One criterion with everything that belongs to it."""

    leaf: Leaf
    path: list[str]
    note: str
    support: list[str]
    themes: list[str]
    serving: list[Serving]
    needed: list[str]

    @property
    def others(self) -> int:
        """How many criteria elsewhere the same looks serve."""
        return len({(o.framework.pk, o.code) for row in self.serving for o in row.others})


class _Names:
    """The names that a standard's codes stand for, in the reader's language (3 SQL statements)."""

    def __init__(self) -> None:
        self.roles = {role.code: role.name for role in UnitRole.objects.all()}
        self.kinds = {kind.code: kind.name for kind in SiteKind.objects.all()}
        self.cases = {
            kind.code: Words(kind.name_zh, kind.name_en) for kind in CaseKind.objects.all()
        }

    def leaf(self, leaf: engine.Criterion, marks: float) -> Leaf:
        return Leaf(
            code=leaf.code,
            name=said(leaf.name),
            method=leaf.method,
            method_label=said(engine.METHODS[leaf.method]),
            evidence=self._evidence(leaf),
            rule=said(engine.rule_words(leaf.rule, leaf.unit, self.cases)),
            marks=marks,
            lead=self.roles.get(leaf.lead, leaf.lead),
            verified=leaf.verified,
            verified_label=said(engine.VERIFIED[leaf.verified]) if leaf.verified else "",
        )

    def _evidence(self, leaf: engine.Criterion) -> str:
        if leaf.site_kinds:
            return _(", ").join(self.kinds.get(kind, kind) for kind in leaf.site_kinds)
        if leaf.rule["kind"] == "materials":
            return _(", ").join(said(material_words(material)) for material in leaf.rule["needs"])
        return ""


def tree(framework: Framework) -> list[Branch]:
    """The nodes of a standard with their criteria, parents first (3 SQL statements)."""
    standard = engine.framework_from(framework.document)
    empty = score(framework.document, {})
    marks = {leaf.code: leaf.full_marks for leaf in empty.criteria}
    node_marks = {node.code: node.full_marks for node in empty.nodes}
    names = _Names()
    return [
        Branch(
            code=node.code,
            name=said(node.name),
            depth=depth,
            marks=node_marks[node.code],
            bonus=node.bonus,
            leaves=[names.leaf(leaf, marks[leaf.code]) for leaf in node.criteria],
        )
        for depth, node in _walk(standard.nodes, 0)
    ]


def criterion_page(framework: Framework, code: str) -> CriterionPage | None:
    """One criterion, or None where the edition has no such code (8 SQL statements at most)."""
    standard = engine.framework_from(framework.document)
    found = next((leaf for _node, leaf in standard.all_criteria() if leaf.code == code), None)
    if found is None:
        return None
    names = _Names()
    full = {leaf.code: leaf.full_marks for leaf in score(framework.document, {}).criteria}
    themes = _themes()
    return CriterionPage(
        leaf=names.leaf(found, full[code]),
        path=_path(standard.nodes, code),
        note=said(found.note) if found.note else "",
        support=[names.roles.get(role, role) for role in found.support],
        themes=[said(themes[theme]) for theme in found.themes if theme in themes],
        serving=_serving(framework, found, names) if found.method == "field" else [],
        needed=[said(material_words(name)) for name in found.rule.get("needs", [])],
    )


def _serving(framework: Framework, leaf: engine.Criterion, names: _Names) -> list[Serving]:
    own = f"{framework.code}/{leaf.code}"
    looks = Item.objects.filter(source=Item.Source.LOOK, active=True)
    items = [
        item
        for item in looks.select_related("opens", "role").prefetch_related("site_kinds")
        if own in item.criteria
    ]
    standards: dict[str, Framework] = {}
    for edition in Framework.objects.defer("document").order_by("code", "-edition"):
        standards.setdefault(edition.code, edition)
    standards[framework.code] = framework
    wanted = {code.partition("/")[2] for item in items for code in item.criteria}
    criteria = {
        (row.framework_id, row.code): row
        for row in Criterion.objects.filter(framework__in=standards.values(), code__in=wanted)
    }
    rows = []
    for item in items:
        kinds = [kind.code for kind in item.site_kinds.all()]
        here = [kind for kind in kinds if not leaf.site_kinds or kind in leaf.site_kinds]
        if not here:
            continue
        others = []
        for code in item.criteria:
            standard_code, _slash, criterion_code = code.partition("/")
            standard = standards.get(standard_code)
            other = criteria.get((standard.pk, criterion_code)) if standard else None
            if (
                code != own
                and standard
                and other
                and (not other.site_kinds or set(other.site_kinds) & set(here))
            ):
                others.append(Other(standard, other.code, other.name))
        rows.append(Serving(item, [names.kinds[kind] for kind in here], others))
    return rows


def _walk(nodes: tuple[engine.Node, ...], depth: int) -> Iterator[tuple[int, engine.Node]]:
    for node in nodes:
        yield depth, node
        yield from _walk(node.children, depth + 1)


def _path(nodes: tuple[engine.Node, ...], code: str) -> list[str]:
    """The names of the nodes above a criterion, from the top."""
    for node in nodes:
        if any(leaf.code == code for leaf in node.criteria):
            return [said(node.name)]
        if below := _path(node.children, code):
            return [said(node.name), *below]
    return []


@cache
def _themes() -> dict[str, Words]:
    return {
        row["code"]: Words(row["zh"], row.get("en", "")) for row in read_pack("themes")["themes"]
    }
