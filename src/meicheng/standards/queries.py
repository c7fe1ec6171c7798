"""What people look at in the standards: editions, their trees, criteria, and what one look serves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
    criteria: Mapping[str, int] = field(default_factory=dict)  # served, by standard
    looks: Mapping[str, int] = field(default_factory=dict)  # were it alone, by standard

    @property
    def saved(self) -> int:
        """Looks that the mapping saves at one site."""
        return self.separate - self.asked

    @property
    def share(self) -> float:
        """The saved share of the looks at one site."""
        return self.saved / self.separate if self.separate else 0.0

    @property
    def city_asked(self) -> int:
        """Looks for one round of all the city's sites of the kind."""
        return self.sites * self.asked

    @property
    def city_separate(self) -> int:
        """The same, were each standard looked at by itself."""
        return self.sites * self.separate

    @property
    def city_saved(self) -> int:
        """Looks that one round of all the city's sites of the kind saves."""
        return self.sites * self.saved


@dataclass(frozen=True)
class Looks:
    """What one look at each item saves against looking once for each standard."""

    standards: list[Framework]
    kinds: list[KindLooks]

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

    @property
    def city_separate(self) -> int:
        """Looks in one round, were each standard looked at by itself."""
        return self.city_asked + self.city_saved

    @property
    def city_share(self) -> float:
        """The share of a round's looks that is saved."""
        return self.city_saved / self.city_separate if self.city_separate else 0.0


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
    latest = _latest()
    criteria = _field_criteria(latest.values())
    items = list(Item.objects.filter(source=Item.Source.LOOK, active=True))
    kinds_of = _site_kinds_of(items)
    asked: Counter[str] = Counter()
    separate: Counter[str] = Counter()
    served: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    looks: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        for kind in kinds_of[item.pk]:
            ours = [code for code in item.criteria if counts_at(criteria.get(code), kind)]
            standards = {code.split("/")[0] for code in ours}
            for code in ours:
                served[kind][code.split("/")[0]].add(code)
            looks[kind].update(standards)
            if standards:
                asked[kind] += 1
                separate[kind] += len(standards)
    kinds = SiteKind.objects.annotate(
        standing=Count("sites", filter=Q(sites__active=True))
    ).order_by("name_zh")
    return Looks(
        standards=list(Framework.objects.filter(pk__in=latest.values()).defer("document")),
        kinds=sorted(
            (
                KindLooks(
                    kind,
                    kind.standing,
                    asked[kind.code],
                    separate[kind.code],
                    {code: len(found) for code, found in served[kind.code].items()},
                    dict(looks[kind.code]),
                )
                for kind in kinds
                if asked[kind.code]
            ),
            key=lambda row: (-row.city_saved, -row.saved),
        ),
    )


def counts_at(kinds: Sequence[str] | None, kind: str) -> bool:
    """Whether an answer at a kind of site counts for a criterion with these kinds of sites.

    None is a criterion that is not there; no kinds are all kinds.
    """
    return kinds is not None and (not kinds or kind in kinds)


def unused_items() -> list[Item]:
    """Items in use that no edition here counts anywhere, with their kinds of sites (3 SQL).

    They are kept and can be answered; their answers count for no mark.
    """
    items = list(Item.objects.filter(active=True).prefetch_related("site_kinds"))
    kinds_of = {item.pk: [kind.code for kind in item.site_kinds.all()] for item in items}
    criteria: dict[str, list[list[str]]] = defaultdict(list)
    rows = Criterion.objects.values_list("framework__code", "code", "site_kinds")
    for framework, code, kinds in rows:
        criteria[f"{framework}/{code}"].append(kinds)
    return [
        item
        for item in items
        if not any(
            item.source != Item.Source.LOOK
            or not kinds_of[item.pk]
            or any(counts_at(kinds, kind) for kind in kinds_of[item.pk])
            for code in item.criteria
            for kinds in criteria.get(code, ())
        )
    ]


def _latest() -> dict[str, int]:
    """The key of each standard's latest edition, by the standard's code (1 SQL statement)."""
    latest: dict[str, int] = {}
    for pk, code in Framework.objects.order_by("code", "-edition").values_list("pk", "code"):
        latest.setdefault(code, pk)
    return latest


def _field_criteria(frameworks: Iterable[int]) -> dict[str, list[str]]:
    """FRAMEWORK/CRITERION of what is seen on site, with its kinds of sites (1 SQL statement)."""
    rows = Criterion.objects.filter(framework__in=frameworks, method="field")
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
