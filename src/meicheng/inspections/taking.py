"""Taking visits from files: their answers become observations, what failed becomes cases."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from meicheng.cases.history import PastCase
from meicheng.cases.models import FINAL_STATES, Case
from meicheng.cases.returning import take_past_cases, tell_relapses
from meicheng.engine.workflow import State
from meicheng.ledger.actions import new_observation, observe_many
from meicheng.ledger.models import Observation
from meicheng.places.models import Site
from meicheng.standards.models import Item
from meicheng.tables.identity import own_pk
from meicheng.tables.kinds import Outcome, Refused, Rejection, Row, Taking
from meicheng.tables.values import shown

from .models import Visit

ANSWERS = {"yes": "yes", "no": "no", "na": "na", "n/a": "na", "是": "yes", "否": "no",
           "合格": "yes", "不合格": "no", "不适用": "na", "√": "yes", "×": "no"}  # fmt: skip
COUNTED = {"yes": "passed", "no": "failed", "na": "not_applicable"}
PART = re.compile(r"\s*[;；\n]\s*")


@dataclass
class _Read:
    """A visit that will be written, with its answers."""

    visit: Visit
    answers: list[tuple[Item, str]]
    open_cases: bool


def read_answers(cell: str) -> dict[str, str]:
    """ "lamps-lit=yes; swept=no" as answers by item."""
    answers: dict[str, str] = {}
    for part in PART.split(cell.strip()):
        if not part:
            continue
        item, equals, words = part.partition("=")
        if not equals or not item.strip():
            raise ValueError(
                _("“%(value)s” is no answer; expected ITEM=yes, no or na; more divided by “;”")
                % {"value": shown(part)}
            )
        answers[item.strip()] = words.strip()
    return answers


def take_visits(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write visits that are not here yet, with their answers and cases for what failed.

    Columns that are none of ours are headed by items, by code or name. A visit without a number is
    known by site, time, inspector and answers.
    """
    items: dict[str, Item] = taking.cache.get("items") or bank()
    taking.cache["items"] = items
    sites = {
        site.code: site
        for site in Site.objects.filter(code__in={row.values["site"] for row in rows})
        .select_related("division")
        .defer("division__outline")
    }
    keys = [str(row.values["number"]) for row in rows]
    here = _here(keys)
    outcomes: list[Outcome | Rejection] = []
    taken: list[_Read] = []
    for row, key in zip(rows, keys, strict=True):
        if key in here or not taking.first(key):
            outcomes.append(Outcome.DUPLICATE)
            continue
        made = row.fault or _read(row, key, items, sites, taking)
        if isinstance(made, Rejection):
            outcomes.append(made)
        else:
            outcomes.append(Outcome.IMPORTED)
            taken.append(made)
    Visit.objects.bulk_create([one.visit for one in taken], batch_size=200)
    observe_many([seen for one in taken for seen in _observations(one, taking)])
    tell_relapses(take_past_cases(_cases(taken), by=taking.by), taking)
    return outcomes


def bank() -> dict[str, Item]:
    """The items of the checklists by code and by name, with their site kinds (2 SQL statements)."""
    found: dict[str, Item] = {}
    looks = Item.objects.filter(source=Item.Source.LOOK)
    items = list(looks.select_related("opens").prefetch_related("site_kinds"))
    for item in items:
        for name in (item.name_zh, item.name_en):
            found.setdefault(name, item)
    return {**found, **{item.code: item for item in items}}


def check_headings(headings: list[str]) -> None:
    """Raise `Refused` for columns that are neither a visit's nor an item's."""
    known = bank()
    strange = [heading for heading in headings if heading not in known]
    if strange:
        raise Refused(
            _("These columns are neither a visit's nor items of the checklists: %(names)s")
            % {"names": ", ".join(strange[:20])}
        )


def identify_visit(row: Row, _taking: Taking) -> None:
    """Give a visit without a number one from what it says."""
    found = row.values
    if not found["number"]:
        answers = sorted({**found["answers"], **row.extra}.items())
        said = "\0".join(
            [found["site"], found["visited_at"].isoformat(), found["inspector"], repr(answers)]
        )
        found["number"] = "#" + hashlib.sha256(said.encode()).hexdigest()[:40]


def _here(keys: list[str]) -> set[str]:
    """Which of these are here already (2 SQL statements at most)."""
    known = Visit.objects.filter(external_number__in=keys)
    here = {str(key) for key in known.values_list("external_number", flat=True)}
    own = {pk: key for key in keys if (pk := own_pk(key)) is not None}
    if own:
        found = Visit.objects.filter(pk__in=own).values_list("pk", flat=True)
        here.update(own[pk] for pk in found)
    return here


def _read(
    row: Row, key: str, items: dict[str, Item], sites: dict[str, Site], taking: Taking
) -> _Read | Rejection:
    found = row.values
    site = sites.get(found["site"])
    if site is None:
        return Rejection(
            "site",
            _("there is no site with the code “%(value)s”") % {"value": shown(found["site"])},
        )
    answers: dict[str, tuple[Item, str]] = {}
    written = [("answers", name, words) for name, words in found["answers"].items()]
    written += [(heading, heading, words) for heading, words in row.extra.items()]
    for column, name, words in written:
        item = items.get(name)
        if item is None:
            return Rejection(column, _("there is no item “%(value)s”") % {"value": shown(name)})
        if all(kind.pk != site.kind_id for kind in item.site_kinds.all()):
            return Rejection(
                column,
                _("“%(item)s” is not looked at on a site of the kind “%(kind)s”")
                % {"item": item.name, "kind": site.kind_id},
            )
        answer = ANSWERS.get(words.casefold())
        if answer is None:
            return Rejection(
                column,
                _("“%(value)s” is no answer; expected yes, no or na") % {"value": shown(words)},
            )
        answers[item.code] = (item, answer)
    if not answers:
        return Rejection("answers", _("the visit has no answer"))
    visit = Visit(
        site=site,
        visited_at=found["visited_at"],
        by=taking.by if taking.by and not found["inspector"] else None,
        by_name=found["inspector"] or (taking.by.display_name if taking.by else ""),
        reason=found["reason"],
        weight=found["weight"],
        remark=found["remark"],
        external_number=key,
    )
    for _item, answer in answers.values():
        setattr(visit, COUNTED[answer], getattr(visit, COUNTED[answer]) + 1)
    return _Read(visit, list(answers.values()), found["open_cases"])


def _observations(one: _Read, taking: Taking) -> list[Observation]:
    visit = one.visit
    return [
        new_observation(
            item=item,
            site=visit.site,
            division=visit.site.division,
            observed_at=visit.visited_at,
            value=answer,
            weight=visit.weight,
            sampled=visit.reason == Visit.Reason.SAMPLE,
            source=visit.by_name,
            origin=visit.origin,
            by=taking.by,
        )
        for item, answer in one.answers
    ]


def _cases(taken: list[_Read]) -> list[PastCase]:
    """A case for each failed item that opens one, unless one is open at that site already."""
    failed = [
        (one.visit, item)
        for one in taken
        if one.open_cases
        for item, answer in one.answers
        if answer == "no" and item.opens is not None
    ]
    sites = {visit.site_id for visit, _item in failed}
    open_here = set(
        Case.objects.filter(site__in=sites)
        .exclude(state__in=FINAL_STATES)
        .values_list("site_id", "item_id")
    )
    cases = []
    for visit, item in failed:
        key = (visit.site_id, item.pk)
        if key in open_here or item.opens is None:
            continue
        open_here.add(key)
        site = visit.site
        cases.append(
            PastCase(
                kind=item.opens,
                division=site.division,
                state=State.REGISTERED,
                reported_at=visit.visited_at,
                source="inspection",
                description=f"{site.name_zh}，{item.name_zh}——不合格",
                address=site.address or site.name_zh,
                longitude=site.longitude,
                latitude=site.latitude,
                site=site,
                item=item,
                origin=visit.origin,
                said=visit.origin,
            )
        )
    return cases
