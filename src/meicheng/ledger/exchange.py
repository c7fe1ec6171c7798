"""Observations in files: what was seen, filed, measured or answered, one in each row."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.engine.frameworks import UNITS
from meicheng.engine.frameworks.ranges import PER_CENT, ends, in_range, may_be_a_share
from meicheng.places.finding import DivisionFinder
from meicheng.places.models import Site
from meicheng.standards.models import Criterion, Item
from meicheng.standards.queries import said
from meicheng.tables import values
from meicheng.tables.identity import own_number, own_pk
from meicheng.tables.kinds import Column, Filters, Kind, Outcome, Rejection, Row, Taking

from .actions import new_observation, observe_many
from .frozen import Frozen
from .models import Observation

ANSWERS = {"yes": "yes", "no": "no", "na": "na", "n/a": "na", "是": "yes", "否": "no",
           "合格": "yes", "不合格": "no", "不适用": "na"}  # fmt: skip
REVIEWS = {"accepted": "accepted", "returned": "returned", "通过": "accepted", "退回": "returned"}
EVENTS = {"occurred": "occurred", "cleared": "cleared", "发生": "occurred", "解除": "cleared"}
FIGURES = {"target", "trend", "grade"}
MEASURED = re.compile(r"(?P<number>[-+]?[\d.,，]+(?:[eE][-+]?\d+)?)\s*(?P<unit>\D.*)?")
# Units as people write them behind a figure; “%” may stand for several.
UNITS_OF = {
    spelt.replace(" ", "").casefold(): frozenset({unit})
    for unit, words in UNITS.items()
    for spelt in (unit, words.zh, words.en)
    if spelt.strip()
} | {"%": PER_CENT, "％": PER_CENT, "㎡": frozenset({"m2"}), "‰": frozenset({"permille"})}
RATE = "rate"  # two numbers, kept as a share whose weight is the second

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


@dataclass(frozen=True)
class ReadValue:
    """A value as the ledger keeps it."""

    value: str
    number: float | None = None
    weight: float = 1.0


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
    read = read_value(found["value"], cache["rules"][item.code], cache["units"][item.code])
    if isinstance(read, Rejection):
        return read
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


def read_value(words: str, rules: frozenset[str], units: frozenset[str]) -> ReadValue | Rejection:
    """The value as the rules that the item serves understand it, and in their unit.

    An item that no standard uses takes an answer or a number; it is kept, and counts nowhere.
    """
    folded = words.casefold()
    looks = rules & {"pass_rate", "deduct"} or not rules
    if looks and folded in ANSWERS:
        return ReadValue(ANSWERS[folded])
    if "materials" in rules and folded in REVIEWS:
        return ReadValue(REVIEWS[folded])
    if "veto" in rules and folded in EVENTS:
        return ReadValue(EVENTS[folded])
    if "rate" in rules and (share := _share(words)) is not None:
        return share
    if rules & (FIGURES | {"deduct"}) or not rules:
        figure, written = _measured(words)
        if written and units and not written & units:
            return Rejection(
                "value",
                _("“%(value)s” is in another unit; expected %(expected)s")
                % {"value": values.shown(words), "expected": _number_in(units)},
            )
        if figure is not None and (figure >= 0 or rules & FIGURES):
            return _out_of_range(words, figure, written, units) or ReadValue("", figure)
    if "share_of_answers" in rules:
        return ReadValue(words)
    return Rejection(
        "value",
        _("“%(value)s” does not fit this item; expected %(expected)s")
        % {"value": values.shown(words), "expected": "; ".join(_expected(rules, units))},
    )


def _out_of_range(
    words: str, figure: float, written: frozenset[str], units: frozenset[str]
) -> Rejection | None:
    """Why no figure of these units can be so; None where one can."""
    asked = units & written or units
    if not asked:
        return None
    if not any(in_range(figure, unit) for unit in asked):
        return Rejection(
            "value",
            _("“%(value)s” is not possible; expected %(expected)s, %(ends)s")
            % {
                "value": values.shown(words),
                "expected": _number_in(asked),
                "ends": _(" or ").join(sorted(ends_words(unit) for unit in asked)),
            },
        )
    if not written and all(may_be_a_share(figure, unit) for unit in asked):
        return Rejection(
            "value",
            _("“%(value)s” may be %(whole)s %% or %(value)s %%; expected it with its sign, %%")
            % {"value": values.shown(words), "whole": f"{figure * 100:.10g}"},
        )
    return None


def ends_words(unit: str) -> str:
    """Between what a figure of a unit lies: “from 0 to 100”."""
    low, high = ends(unit)
    if high is None:
        return _("%(low)s or more") % {"low": f"{low or 0:g}"}
    return _("from %(low)s to %(high)s") % {"low": f"{low or 0:g}", "high": f"{high:g}"}


def _expected(rules: frozenset[str], units: frozenset[str]) -> Iterator[str]:
    """What values an item of these rules takes, in words."""
    if rules & {"pass_rate", "deduct"} or not rules:
        yield _("yes, no or na")
    if "deduct" in rules:
        yield _("the number of problems found")
    if rules & FIGURES or not rules:
        yield _number_in(units)
    if "materials" in rules:
        yield _("accepted or returned")
    if "veto" in rules:
        yield _("occurred or cleared")
    if "rate" in rules:
        yield _("two numbers, as 17/20")


def _number_in(units: frozenset[str]) -> str:
    """What a figure must be, in words: “a number in dB”."""
    named = sorted({said(UNITS[unit]).strip() for unit in units} - {""})
    return _("a number in %(unit)s") % {"unit": _(" or ").join(named)} if named else _("a number")


def _measured(words: str) -> tuple[float | None, frozenset[str]]:
    """A figure and the units that may be meant by what is written behind it (none: nothing is).

    >>> _measured("55dB"), _measured("many")
    ((55.0, frozenset({'db'})), (None, frozenset()))
    >>> "percent" in _measured("92.5 %")[1]
    True
    """
    none: frozenset[str] = frozenset()
    match = MEASURED.fullmatch(words.strip())
    if match is None:
        return None, none
    suffix = (match["unit"] or "").replace(" ", "").casefold()
    units = UNITS_OF.get(suffix, none)
    return (_figure(match["number"]), units) if units or not suffix else (None, none)


def _figure(words: str) -> float | None:
    try:
        return values.number()(words.strip())
    except ValueError:
        return None


def _share(words: str) -> ReadValue | None:
    """ "17/20" as 0.85 that weighs 20: sums of weights and of numbers times weights give both."""
    part, slash, whole = words.partition("/")
    hits, among = _figure(part), _figure(whole) if slash else None
    if hits is None or among is None or not 0 <= hits <= among or among == 0:
        return None
    return ReadValue(RATE, hits / among, among)


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
