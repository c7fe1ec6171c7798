"""What people look at in the standards: editions, their trees, criteria, and what one look serves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import get_language

from meicheng.engine import frameworks as engine
from meicheng.engine.frameworks import Known, shipped
from meicheng.engine.words import Words
from meicheng.organisation.models import UnitRole
from meicheng.places.models import SiteKind

from .models import CaseKind, Criterion, Framework, Item


@dataclass(frozen=True)
class Part:
    """How many of something, and what share of all that is."""

    code: str
    label: str
    count: int
    share: float


@dataclass(frozen=True)
class Edition:
    """One edition of a standard on the list."""

    framework: Framework
    source: str
    criteria: int
    methods: list[Part]
    verified: list[Part]


@dataclass(frozen=True)
class KindLooks:
    """What one visit to a site of a kind takes: with one bank of items, and standard by standard."""

    kind: SiteKind
    sites: int
    asked: int
    separate: int

    @property
    def saved(self) -> int:
        """Looks that the mapping saves at one site."""
        return self.separate - self.asked


@dataclass(frozen=True)
class Looks:
    """What one look at each item saves against looking once for each standard."""

    kinds: list[KindLooks]
    unused: list[Item]

    @property
    def asked(self) -> int:
        """Looks at one site of each kind."""
        return sum(row.asked for row in self.kinds)

    @property
    def separate(self) -> int:
        """The same, were each standard looked at by itself."""
        return sum(row.separate for row in self.kinds)

    @property
    def saved(self) -> int:
        """Looks that the mapping saves at one site of each kind."""
        return self.separate - self.asked

    @property
    def share(self) -> float:
        """The share of looks saved."""
        return self.saved / self.separate if self.separate else 0.0

    @property
    def city_asked(self) -> int:
        """Looks in one round of all the city's sites."""
        return sum(row.sites * row.asked for row in self.kinds)

    @property
    def city_saved(self) -> int:
        """Looks that the mapping saves in one round of all the city's sites."""
        return sum(row.sites * row.saved for row in self.kinds)


def known_codes() -> Known:
    """The codes that a standard may name in this city (3 SQL statements); themes are shipped."""
    return Known(
        site_kinds=frozenset(SiteKind.objects.values_list("code", flat=True)),
        roles=frozenset(UnitRole.objects.values_list("code", flat=True)),
        themes=shipped().themes,
        case_kinds=frozenset(CaseKind.objects.values_list("code", flat=True)),
    )


def said(words: Words) -> str:
    """Words in the reader's language; Chinese where there are no others."""
    return words.say(get_language() or "zh") or words.zh


def editions() -> list[Edition]:
    """All editions, the latest of each standard first (1 SQL statement)."""
    found = []
    for framework in Framework.objects.all():
        standard = engine.framework_from(framework.document)
        leaves = [leaf for _node, leaf in standard.all_criteria()]
        found.append(
            Edition(
                framework=framework,
                source=standard.source,
                criteria=len(leaves),
                methods=_parts(Counter(leaf.method for leaf in leaves), engine.METHODS),
                verified=_parts(Counter(leaf.verified for leaf in leaves), engine.VERIFIED),
            )
        )
    return found


def shared_looks() -> Looks:
    """What one look saves over the latest edition of each standard (5 SQL statements)."""
    criteria = _latest_criteria()
    items = list(Item.objects.filter(source=Item.Source.LOOK, active=True))
    kinds_of = _site_kinds_of(items)
    asked: Counter[str] = Counter()
    separate: Counter[str] = Counter()
    used = set()
    for item in items:
        for kind in kinds_of[item.pk]:
            standards = {
                code.split("/")[0]
                for code in item.criteria
                if code in criteria and (not criteria[code] or kind in criteria[code])
            }
            if standards:
                used.add(item.pk)
                asked[kind] += 1
                separate[kind] += len(standards)
    kinds = SiteKind.objects.annotate(
        standing=Count("sites", filter=Q(sites__active=True))
    ).order_by("name_zh")
    return Looks(
        kinds=[
            KindLooks(kind, kind.standing, asked[kind.code], separate[kind.code])
            for kind in kinds
            if asked[kind.code]
        ],
        unused=[item for item in items if item.pk not in used],
    )


def _latest_criteria() -> dict[str, list[str]]:
    """FRAMEWORK/CRITERION of each standard's latest edition, with its kinds of sites."""
    latest: dict[str, int] = {}
    for pk, code in Framework.objects.order_by("code", "-edition").values_list("pk", "code"):
        latest.setdefault(code, pk)
    rows = Criterion.objects.filter(framework__in=latest.values(), method="field")
    return {
        f"{framework}/{code}": kinds
        for framework, code, kinds in rows.values_list("framework__code", "code", "site_kinds")
    }


def _site_kinds_of(items: Iterable[Item]) -> Mapping[int, list[str]]:
    """The kinds of sites of items by their keys (1 SQL statement)."""
    through = Item.site_kinds.through
    found = defaultdict(list)
    rows = through.objects.filter(item_id__in=[item.pk for item in items])
    for item, kind in rows.values_list("item_id", "sitekind_id"):
        found[item].append(kind)
    return found


def _parts(counts: Counter[str], names: Mapping[str, Words]) -> list[Part]:
    total = sum(counts.values())
    return [
        Part(code, said(words), counts[code], counts[code] / total)
        for code, words in names.items()
        if counts[code]
    ]


def framework_of(code: str, edition: str) -> Framework | None:
    """One edition of a standard (1 SQL statement)."""
    return Framework.objects.filter(code=code, edition=edition).first()
