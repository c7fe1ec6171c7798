"""Taking in the facts of the field: roles, kinds, items and standards from the shipped packs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meicheng.engine import frameworks as engine
from meicheng.organisation.models import UnitRole, WorkingGroup
from meicheng.places.models import SiteKind

from .models import CaseKind, CityPlan, Criterion, Framework, Item
from .packs import material_words, pack_text
from .packs import read_pack as read_pack  # others take it from here
from .queries import known_codes

FRAMEWORKS = ("sanitary-city-2021", "civilised-city-2021", "urban-management-service-2020")
# Evidence that is one observation for the criterion itself: a figure, an answer, a grade given to
# documents. Cases are counted, and sites are looked at by the bank's items.
OBSERVED_DIRECTLY = {"statistic", "survey", "veto", "document"}


class Frozen(ValueError):
    """An edition in use that a file would change; says what differs and what to do instead."""

    def __init__(self, standard: engine.Framework, differing: list[engine.Difference]) -> None:
        self.differing = differing
        super().__init__(
            _(
                "%(code)s %(edition)s has been used for marks and is frozen, and this file differs "
                "in %(count)d places. Give it an edition of its own (the field `edition`), and add "
                "a crosswalk so that trends run on."
            )
            % {"code": standard.code, "edition": standard.edition, "count": len(differing)}
        )

    def lines(self) -> list[tuple[str, str]]:
        """Each part that differs by its code, with how."""
        language = (get_language() or "zh")[:2]
        return [(one.code or "standard", one.words.say(language)) for one in self.differing]


@dataclass
class Loaded:
    """How many rows of each table were added or, with `replace`, written again."""

    counts: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        said = _(
            "%(roles)d roles, %(site_kinds)d kinds of sites, %(case_kinds)d kinds of cases, "
            "%(working_groups)d working groups, %(items)d items, %(standards)d standards, %(plans)d plans"
        )
        return said % self.counts


@transaction.atomic
def load_packs(*, frameworks: Sequence[str] = FRAMEWORKS, replace: bool = False) -> Loaded:
    """Bring in the shipped packs; a second run adds nothing.

    What the city has edited since stays as it is, unless `replace` is set; an edition of a
    standard that has been used for marks (frozen) is never replaced.
    """
    loaded = Loaded()
    loaded.counts["roles"] = _write(
        UnitRole,
        [UnitRole(code=row["code"], **_names(row)) for row in read_pack("roles")["roles"]],
        key=["code"],
        replace=replace,
    )
    loaded.counts["site_kinds"] = _write(
        SiteKind,
        [
            SiteKind(code=row["code"], **_names(row))
            for row in read_pack("site-kinds")["site_kinds"]
        ],
        key=["code"],
        replace=replace,
    )
    loaded.counts["case_kinds"] = _write(
        CaseKind, list(case_kinds_of(read_pack("case-kinds"))), key=["code"], replace=replace
    )
    loaded.counts["working_groups"] = _write(
        WorkingGroup,
        [
            WorkingGroup(code=row["code"], lead_role_id=row.get("lead"), **_names(row))
            for row in read_pack("city")["working_groups"]
        ],
        key=["code"],
        replace=replace,
    )
    loaded.counts["items"] = _load_items(read_pack("site-checklists")["items"], replace=replace)
    loaded.counts["standards"] = sum(_load_framework(name, replace=replace) for name in frameworks)
    loaded.counts["plans"] = _write(CityPlan, list(plans_of_packs()), key=["code"], replace=replace)
    return loaded


def case_kinds_of(pack: dict[str, Any]) -> Iterator[CaseKind]:
    """The kinds of cases of a pack, in its order (not yet in the database)."""
    for position, row in enumerate(pack["kinds"]):
        closes = row.get("closes_when", {})
        yield CaseKind(
            code=row["code"],
            group=row["group"],
            role_id=row["role"],
            severity=row.get("severity", 1),
            stages=row.get("stages")
            or [{"do": {"zh": "处置", "en": "solve"}, "limit": row["limit"]}],
            asks=row.get("asks", []),
            closes_when_zh=closes.get("zh", ""),
            closes_when_en=closes.get("en", ""),
            campaign=row.get("campaign", False),
            verified=row.get("verified", "proposed"),
            position=position,
            **_names(row),
        )


PLAN_LISTS = {
    "plans_to_align": CityPlan.Group.PLAN,
    "four_looks": CityPlan.Group.LOOK,
    "four_goods": CityPlan.Group.GOOD,
    "problem_fields": CityPlan.Group.FIELD,
}


def plans_of_packs() -> Iterator[CityPlan]:
    """The city's plans with what stands behind them (not yet in the database).

    Their names stand in the pack `city`, what they lean on in the pack `plans`.
    """
    behind = {row["code"]: row for row in read_pack("plans")["plans"]}
    city = read_pack("city")
    named = [(group, row) for name, group in PLAN_LISTS.items() for row in city[name]]
    for position, (group, row) in enumerate(named):
        its = behind.get(row["code"], {})
        yield CityPlan(
            code=row["code"],
            group=group,
            themes=its.get("themes", []),
            criteria=its.get("criteria", []),
            verified=its.get("verified", "proposed"),
            position=position,
            **_names(row),
        )


@transaction.atomic
def save_framework(standard: engine.Framework | Mapping[str, Any]) -> Framework:
    """Write one edition of a standard with its criteria and the items observed for them directly.

    An edition that is there is replaced; the same again changes nothing. Raises `ValueError` with
    every reason when a document is no standard, and `Frozen` when the edition is in use: marks were
    computed from it, and a change is a new edition.
    """
    if not isinstance(standard, engine.Framework):
        found, problems = engine.read_document(standard, known_codes())
        if found is None:
            raise ValueError("\n".join(map(str, problems)))
        standard = found
    keys: dict[str, Any] = {"code": standard.code, "edition": standard.edition}
    there = Framework.objects.select_for_update().filter(**keys).first()
    if there is not None and there.document == standard.document():
        return there
    if there is not None and there.frozen_at is not None:
        before = engine.framework_from(there.document)
        raise Frozen(standard, engine.differences(before, standard))
    framework, _made = Framework.objects.update_or_create(
        **keys,
        defaults={
            "name_zh": standard.name.zh,
            "name_en": standard.name.en,
            "full_marks": standard.full_marks,
            "pass_at_least": standard.pass_at_least,
            "official": standard.official,
            "document": standard.document(),
        },
    )
    leaves = list(standard.all_criteria())
    framework.criteria.all().delete()
    Criterion.objects.bulk_create(
        [
            Criterion(
                framework=framework,
                code=leaf.code,
                name_zh=leaf.name.zh,
                name_en=leaf.name.en,
                node=node.code,
                weight=leaf.weight,
                method=leaf.method,
                rule=leaf.rule,
                unit=leaf.unit,
                site_kinds=list(leaf.site_kinds),
                lead_id=leaf.lead or None,
                support=list(leaf.support),
                themes=list(leaf.themes),
                position=position,
            )
            for position, (node, leaf) in enumerate(leaves)
        ],
        batch_size=500,
    )
    _write(
        Item,
        list(_direct_items(framework.code, [leaf for _node, leaf in leaves])),
        key=["code"],
        replace=True,
        keep=["active"],
    )
    return framework


def criteria_of(nodes: Iterable[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The leaves of a framework's tree, each with the code of its node, in the standard's order."""
    for node in nodes:
        for criterion in node.get("criteria", []):
            yield node["code"], criterion
        yield from criteria_of(node.get("children", []))


def _load_framework(name: str, *, replace: bool) -> int:
    standard, problems = engine.read_yaml(pack_text(f"frameworks/{name}"), known_codes())
    if standard is None:
        raise ValueError(f"{name}: " + "\n".join(map(str, problems)))
    there = Framework.objects.filter(code=standard.code, edition=standard.edition).first()
    if there is not None and (there.frozen_at is not None or not replace):
        return 0
    save_framework(standard)
    return 1


def _direct_items(framework: str, leaves: Iterable[engine.Criterion]) -> Iterator[Item]:
    """An item for each figure, answer and veto, and for each material that a document needs."""
    for position, leaf in enumerate(leaves):
        code = f"{framework}/{leaf.code}"
        common = {
            "criteria": [code],
            "role_id": leaf.lead or None,
            "photo": Item.Photo.NO,
            # Behind the bank's own items in every list.
            "position": 10_000 + position,
        }
        zh, en = leaf.name.zh, leaf.name.en
        if leaf.rule["kind"] == "materials":
            for material in leaf.rule["needs"]:
                words = material_words(material)
                yield Item(
                    code=f"{code}/{material}",
                    source=Item.Source.MATERIAL,
                    name_zh=f"{zh}（{words.zh}）"[:200],
                    name_en=f"{en} ({words.en})"[:200] if en else "",
                    **common,
                )
        elif leaf.method in OBSERVED_DIRECTLY:
            yield Item(code=code, source=Item.Source.CRITERION, name_zh=zh, name_en=en, **common)


def _load_items(rows: list[dict[str, Any]], *, replace: bool) -> int:
    before = set(Item.objects.values_list("code", flat=True))
    items = [
        Item(
            code=row["code"],
            severity=row.get("severity", 1),
            photo=row.get("photo", Item.Photo.ON_FAIL),
            opens_id=row.get("opens"),
            role_id=row.get("role"),
            criteria=row.get("criteria", []),
            position=position,
            **_names(row["name"]),
        )
        for position, row in enumerate(rows)
    ]
    count = _write(Item, items, key=["code"], replace=replace, keep=["active"])
    written = {row["code"]: row for row in rows if replace or row["code"] not in before}
    ids = dict(Item.objects.filter(code__in=written).values_list("code", "pk"))
    through = Item.site_kinds.through
    through.objects.filter(item_id__in=ids.values()).delete()
    through.objects.bulk_create(
        [
            through(item_id=ids[code], sitekind_id=kind)
            for code, row in written.items()
            for kind in dict.fromkeys(row["site_kinds"])
        ],
        batch_size=500,
    )
    return count


def _write(
    table: type[models.Model],
    rows: list[Any],
    *,
    key: list[str],
    replace: bool,
    keep: Sequence[str] = (),
) -> int:
    """Add the rows whose key is missing; with `replace` also write over those that are there."""
    there = {tuple(found) for found in table._default_manager.values_list(*key)}
    missing = [row for row in rows if tuple(getattr(row, name) for name in key) not in there]
    if not replace:
        table._default_manager.bulk_create(missing, batch_size=200)
        return len(missing)
    columns = [
        column.name
        for column in table._meta.concrete_fields
        if not column.primary_key and column.name not in {*key, *keep}
    ]
    table._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=key, update_fields=columns, batch_size=200
    )
    return len(rows)


def _names(row: dict[str, Any]) -> dict[str, str]:
    return {"name_zh": row["zh"], "name_en": row.get("en", "")}
