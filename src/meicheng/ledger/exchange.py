"""Observations in files: what was seen, filed, measured or answered, one in each row."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.engine.frameworks import UNITS
from meicheng.places.finding import DivisionFinder
from meicheng.places.models import Site
from meicheng.standards.models import Criterion, Item
from meicheng.tables import values
from meicheng.tables.identity import own_number, own_pk
from meicheng.tables.kinds import Column, Filters, Kind, Outcome, Rejection, Row, Taking

from .actions import new_observation, observe_many
from .frozen import Frozen
from .models import Observation
from .reading import FIGURES, RATE, read_value

OBSERVATION_COLUMNS = [
    Column(
        "item",
        gettext_lazy("Item"),
        values.text(120),
        required=True,
        example="lamps-lit",
        aliases=("criterion", "测评内容"),
    ),
    Column(
        "subject",
        gettext_lazy("Site or division"),
        values.text(60),
        required=True,
        example="LC0101-001",
        aliases=("site", "division"),
    ),
    Column(
        "observed_at",
        gettext_lazy("Observed at"),
        values.moment(),
        required=True,
        example="2026-09-01 09:30:00",
        aliases=("date",),
        default=None,
    ),
    Column("value", gettext_lazy("Value"), values.text(40), required=True, example="yes"),
    Column(
        "weight",
        gettext_lazy("Weight"),
        values.number(above=0),
        example="1",
        default=1.0,
    ),
    Column("source", gettext_lazy("Source"), values.text(120), example="2026 年 9 月督查"),
    Column("key", gettext_lazy("Its own number"), values.text(64)),
]


def check_observation(found: dict[str, Any]) -> Rejection | None:
    """What is wrong with a row by itself."""
    if found["observed_at"] > timezone.now():
        return Rejection("observed_at", _("lies in the future"))
    return None


def take_observations(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write observations that are not here yet.

    A row with a number of its own (`key`) is known by it; others by what they say: the same row
    twice in a file is two observations, and the same file again is none.
    """
    cache = taking.cache
    if "divisions" not in cache:
        cache["divisions"] = DivisionFinder()
        cache["frozen"] = Frozen.now()
        cache["items"] = {}
        cache["rules"] = {}
        cache["units"] = {}
    _find_items({row.values["item"] for row in rows}, cache)
    sites = {
        site.code: site
        for site in Site.objects.filter(code__in={row.values["subject"] for row in rows})
        .select_related("division")
        .defer("division__outline")
    }
    keys = [str(row.values["key"]) for row in rows]
    here = _here(keys)
    written: list[Observation] = []
    outcomes: list[Outcome | Rejection] = []
    for row, key in zip(rows, keys, strict=True):
        if key in here or not taking.first(key):
            outcomes.append(Outcome.DUPLICATE)
            continue
        made = row.fault or _observation(row.values, key, sites, taking)
        if isinstance(made, Rejection):
            outcomes.append(made)
        else:
            written.append(made)
            outcomes.append(Outcome.IMPORTED)
    observe_many(written)
    return outcomes


def _observation(
    found: dict[str, Any], key: str, sites: dict[str, Site], taking: Taking
) -> Observation | Rejection:
    item: Item | None = taking.cache["items"].get(found["item"])
    if item is None:
        return Rejection(
            "item",
            _(
                "“%(value)s” is neither an item nor FRAMEWORK/CRITERION or "
                "FRAMEWORK/CRITERION/MATERIAL of a standard here"
            )
            % {"value": values.shown(found["item"])},
        )
    site = sites.get(found["subject"])
    division = site.division if site else taking.cache["divisions"].find(found["subject"])
    if division is None:
        return Rejection(
            "subject",
            _("“%(value)s” is neither a site nor a division here")
            % {"value": values.shown(found["subject"])},
        )
    closed = taking.cache["frozen"].over(found["observed_at"], division)
    if closed is not None:
        return Rejection("observed_at", closed.refusal)
    cache = taking.cache
    rules = cache["rules"][item.code]
    read = read_value(found["value"], rules, cache["units"][item.code])
    if isinstance(read, Rejection):
        return read
    if site and rules and rules <= FIGURES:
        return Rejection(
            "subject",
            _("“%(value)s” is a site, and this figure is one of a division; expected its code")
            % {"value": values.shown(found["subject"])},
        )
    return new_observation(
        item=item,
        site=site,
        division=division,
        observed_at=found["observed_at"],
        value=read.value,
        number=read.number,
        weight=found["weight"] * read.weight,
        source=found["source"],
        origin=taking.origin,
        by=taking.by,
        external_key=key,
    )


def _find_items(codes: Iterable[str], cache: dict[str, Any]) -> None:
    """Look items up that were not met before, with the rules that they serve (3 SQL statements).

    A criterion that nobody has observed directly before gets its item now.
    """
    items: dict[str, Item] = cache["items"]
    wanted = [code for code in codes if code not in items]
    if not wanted:
        return
    found = {item.code: item for item in Item.objects.filter(code__in=wanted)}
    direct = [code for code in wanted if code not in found and code.count("/") == 1]
    if direct:
        found.update(_made(direct))
    rules: dict[str, set[str]] = {}
    units: dict[str, set[str]] = {}
    served = {code for item in found.values() for code in item.criteria}
    for criterion in _criteria(served):
        code, kind = f"{criterion.framework.code}/{criterion.code}", criterion.rule["kind"]
        rules.setdefault(code, set()).add(kind)
        if kind in FIGURES and criterion.unit in UNITS:
            units.setdefault(code, set()).add(criterion.unit)
    for code, item in found.items():
        items[code] = item
        cache["units"][code] = frozenset[str]().union(
            *(units.get(served, ()) for served in item.criteria)
        )
        cache["rules"][code] = frozenset[str]().union(
            *(rules.get(served, ()) for served in item.criteria)
        )


def _criteria(codes: Iterable[str]) -> list[Criterion]:
    """Criteria of all editions by FRAMEWORK/CRITERION (1 SQL statement)."""
    pairs = [code.split("/", 1) for code in codes]
    return list(
        Criterion.objects.filter(
            framework__code__in={framework for framework, _code in pairs},
            code__in={code for _framework, code in pairs},
        ).select_related("framework").defer("framework__document")
    )  # fmt: skip


def _made(codes: list[str]) -> dict[str, Item]:
    """Items for criteria that are observed directly for the first time."""
    made: dict[str, Item] = {}
    for criterion in _criteria(codes):
        code = f"{criterion.framework.code}/{criterion.code}"
        if code in codes and criterion.rule["kind"] != "materials":
            made[code] = Item(
                code=code,
                source=Item.Source.CRITERION,
                photo=Item.Photo.NO,
                name_zh=criterion.name_zh,
                name_en=criterion.name_en,
                role_id=criterion.lead_id,
                criteria=[code],
                position=10_000 + criterion.position,
            )
    Item.objects.bulk_create(made.values())
    return made


def identify_observation(row: Row, taking: Taking) -> None:
    """Give an observation without a number one from what it says."""
    found = row.values
    if found["key"]:
        return
    said = "\0".join(
        [
            found["item"],
            found["subject"],
            found["observed_at"].isoformat(),
            found["value"].casefold(),
            repr(found["weight"]),
            found["source"],
        ]
    )
    digest = hashlib.sha256(said.encode()).hexdigest()[:40]
    found["key"] = f"{digest}-{taking.time(digest)}"


def _here(keys: list[str]) -> set[str]:
    """Which of these are here already (2 SQL statements at most)."""
    known = Observation.objects.filter(external_key__in=keys)
    here = {str(key) for key in known.values_list("external_key", flat=True)}
    own = {pk: key for key in keys if (pk := own_pk(key)) is not None}
    if own:
        found = Observation.objects.filter(pk__in=own).values_list("pk", flat=True)
        here.update(own[pk] for pk in found)
    return here


def observation_rows(filters: Filters) -> Iterator[dict[str, Any]]:
    """Observations in the order in which they were written, without those that were corrected."""
    found = (
        Observation.objects.standing()
        .filter(filters.within("division__path"))
        .select_related("item", "site", "division")
        .defer("division__outline")
        .order_by("pk")
    )
    for one in found.iterator(chunk_size=2000):
        value, weight = one.value, one.weight
        if value == RATE and one.number is not None:
            hits = one.number * weight
            hits = round(hits) if math.isclose(hits, round(hits), rel_tol=1e-9) else hits
            value, weight = f"{hits:.10g}/{weight:.10g}", 1.0
        elif not value and one.number is not None:
            value = values.cell_text(one.number)
        yield {
            "item": one.item.code,
            "subject": one.site.code if one.site else one.division.code,
            "observed_at": one.observed_at,
            "value": value,
            "weight": weight,
            "source": one.source,
            "key": one.external_key or own_number(one.pk),
        }


KINDS = [
    Kind(
        "observations",
        gettext_lazy("Observations"),
        OBSERVATION_COLUMNS,
        take_observations,
        observation_rows,
        append_only=True,
        batch=2000,
        identify=identify_observation,
        check=check_observation,
    ),
]
