"""A mock assessment held for real: sites drawn by lot, visited, and reckoned as assessors would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from meicheng.engine.scoring import NOTHING, Assessment, Evidence, SiteSum, score
from meicheng.inspections.models import Round, Visit
from meicheng.inspections.rounds import draw_round
from meicheng.ledger.models import Observation
from meicheng.lists.actions import make_list
from meicheng.lists.drafts import BadList, Draft
from meicheng.lists.models import ProblemList
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.standards.models import Framework, Item

from .evidence import served_items
from .mocks import mock_of
from .models import DryRun
from .naming import node_names
from .periods import Period, parse_period
from .queries import Known, known_of

DAYS_TO_SOLVE = 7  # of the problems that it finds, unless their unit is given others


@dataclass(frozen=True)
class PartFound:
    """A top node in the dry run beside what was known of it from all visits."""

    code: str
    name: str
    full_marks: float
    found: float | None
    known: float | None


@dataclass(frozen=True)
class CriterionFound:
    """A criterion that the drawn sites were asked for: its share there, and as it was known."""

    code: str
    name: str
    sites: int
    found: float
    known: float | None
    lost: float


@dataclass(frozen=True)
class ItemFailed:
    """An item that failed in the dry run: at how many of the sites where it applied."""

    item: Item
    failed: int
    among: int


@dataclass(frozen=True)
class Report:
    """What came out: the marks of the drawn sites, beside what was foretold and what is known.

    found: the marks reckoned from the drawn sites alone, with documents, figures and cases as they
    are known. known: from all that is known. answers: how many there are.
    """

    sites: int
    visited: int
    answers: int
    found: Assessment
    known: Assessment
    parts: tuple[PartFound, ...]
    criteria: tuple[CriterionFound, ...]
    failed: tuple[ItemFailed, ...]

    @property
    def complete(self) -> bool:
        """Whether every drawn site was visited."""
        return self.visited == self.sites


@transaction.atomic
def hold(
    actor: User,
    framework: Framework,
    period: Period,
    division: Division,
    *,
    plan: Mapping[str, int],
    title: str,
    due: date,
    key: str,
) -> DryRun:
    """Draw `plan[kind]` sites of each kind, ask for visits to them, and write down what is foretold.

    The same `key` again gives the dry run that was made with it. Raises `NotAllowed`, `BadRound`.
    """
    allow(actor, "rounds.make", division=division)
    made = draw_round(actor, title=title, division=division, plan=plan, due=due, key=key)
    known = DryRun.objects.filter(round=made).first()
    if known is not None:
        return known
    return foretell(made, framework, period)


def foretell(made: Round, framework: Framework, period: Period) -> DryRun:
    """Write down what the mock assessment says that visits to a drawn round will give."""
    mock = mock_of(framework, period, made.division, total=0, wished=made.drawn["plan"]).mock
    foretold: dict[str, float | None] = {}
    if mock is not None:
        low, high = mock.interval
        foretold = {"mean": mock.mean, "low": low, "high": high, "chance": mock.pass_probability}
    return DryRun.objects.create(
        round=made, framework=framework, period=period.text, foretold=foretold
    )


def report(one: DryRun) -> Report:
    """What came out so far (3 SQL statements and those of `known_of`).

    Every answer counts once, as assessors count, and a criterion's share is that of all answers at
    the drawn sites. A criterion that is seen on sites, but at none of those drawn, is not known.
    The interval is that of drawing as many of each kind again (strata are kinds of sites).

    Worked example: 2 of 4 lanes and both markets were drawn; lanes 1 of 2 swept (60 marks), markets
    2 of 2 clean (40 marks): 60 · 0.5 + 40 = 70, though all visits before said 85.
    """
    framework, division = one.framework, one.round.division
    known = known_of(framework, parse_period(one.period), division)
    stops = list(one.round.stops.values_list("site__kind_id", "visit_id"))
    rows = _answers(one.round)
    evidence = _of_the_drawn(framework, known, rows)
    population = {f"/{kind}": count for kind, count in one.round.drawn.get("of", {}).items()}
    found = score(framework.document, evidence, population)
    before = score(framework.document, known.evidence, known.population)
    return Report(
        sites=len(stops),
        visited=sum(1 for _kind, visit in stops if visit),
        answers=len(rows),
        found=found,
        known=before,
        parts=_parts(framework, found, before),
        criteria=_criteria(framework, evidence, found, before),
        failed=_failed(rows),
    )


def list_of_failures(
    one: DryRun, *, title: str, key: str, by: User, today: date
) -> tuple[ProblemList, int]:
    """Put everything that failed on a problem list with its unit, once for each `key`.

    Returns the list and how many failures are not on it because no unit holds their role in the
    district. Raises `BadList` where nothing failed, and `NotAllowed`.
    """
    rows = [row for row in _answers(one.round) if row.value == "no"]
    if not rows:
        raise BadList(_("Nothing failed so far, so there is nothing to put on a list"))
    holders = {
        (unit.role_id, unit.division_id): unit
        for unit in Unit.objects.filter(active=True).order_by("-pk")
    }
    drafts = []
    for row in rows:
        district = row.division.district or row.division
        unit = holders.get((row.item.role_id or "", district.pk))
        if unit is None or row.site is None:
            continue
        drafts.append(
            Draft(
                text=f"{row.site.name}：{row.item.name}"
                + (f"（{row.remark}）" if row.remark else ""),
                unit=unit,
                due=today + timedelta(days=DAYS_TO_SOLVE),
                item=row.item.code,
                site=row.site,
                division=row.division,
            )
        )
    made = make_list(
        by,
        title=title,
        source=ProblemList.Source.MOCK,
        division=one.round.division,
        items=drafts,
        key=key,
        framework=one.framework,
        period=one.period,
    )
    return made, len(rows) - len(drafts)


def dry_runs_of(division: Division, framework: Framework, *, limit: int = 12) -> list[DryRun]:
    """The dry runs of a place under any edition of a standard, newest first (1 SQL statement)."""
    rows = DryRun.objects.filter(round__division=division, framework__code=framework.code)
    rows = rows.select_related("round", "framework").defer("framework__document")
    return list(rows.order_by("-pk")[:limit])


def _answers(one: Round) -> list[Observation]:
    """The answers at the drawn sites that stand (2 SQL statements)."""
    visits = one.stops.filter(visit__isnull=False).values_list("visit_id", flat=True)
    origins = [Visit(pk=pk).origin for pk in visits]
    rows = Observation.objects.standing().filter(
        origin__in=origins,
        site__isnull=False,
    )
    related = ("item", "site", "division__district")
    return list(
        rows.select_related(*related)
        .defer("division__outline", "division__district__outline")
        .order_by("pk")
    )


def _of_the_drawn(
    framework: Framework, known: Known, rows: Iterable[Observation]
) -> dict[str, Evidence]:
    """What is known, with that of sites replaced by what the drawn ones showed."""
    criteria = {criterion.code: criterion for criterion in framework.criteria.all()}
    served, _opened = served_items(framework, criteria)
    sums: dict[str, dict[tuple[int, str], list[float]]] = defaultdict(
        lambda: defaultdict(lambda: [0.0, 0.0])
    )
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        site = row.site
        if site is None or row.value not in {"yes", "no", "na"}:
            continue
        for criterion in served.get(row.item_id, ()):
            if criterion.rule != "pass_rate" or not criterion.at(site.kind_id):
                continue
            counts[criterion.code] += 1
            pair = sums[criterion.code][site.pk, f"/{site.kind_id}"]
            pair[0] += row.value == "yes"
            pair[1] += row.value != "na"
    evidence = dict(known.evidence)
    for code, before in known.evidence.items():
        if criteria[code].rule["kind"] == "pass_rate" and before.sites:
            evidence[code] = NOTHING
    for code, by_site in sums.items():
        hits = sum(pair[0] for pair in by_site.values())
        among = sum(pair[1] for pair in by_site.values())
        evidence[code] = Evidence(
            observations=counts[code],
            site_count=len(by_site),
            values={"yes": hits, "no": among - hits},
            sites=[SiteSum(site, stratum, *pair) for (site, stratum), pair in by_site.items()],
        )
    return evidence


def _parts(framework: Framework, found: Assessment, before: Assessment) -> tuple[PartFound, ...]:
    names = node_names(framework)
    known = {node.code: node for node in before.nodes}
    return tuple(
        PartFound(node.code, names[node.code], node.full_marks, node.marks, known[node.code].marks)
        for node in found.nodes
        if node.parent is None
    )


def _criteria(
    framework: Framework, evidence: Mapping[str, Evidence], found: Assessment, before: Assessment
) -> tuple[CriterionFound, ...]:
    """The criteria seen at the drawn sites, those that lose most first."""
    names = {row.code: row.name for row in framework.criteria.all()}
    known = {one.code: one.share for one in before.criteria}
    rows = [
        CriterionFound(
            one.code,
            names[one.code],
            evidence[one.code].site_count,
            one.share,
            known.get(one.code),
            one.lost,
        )
        for one in found.criteria
        if one.share is not None and one.code in evidence and evidence[one.code].sites
    ]
    return tuple(sorted(rows, key=lambda row: (-row.lost, row.code)))


def _failed(rows: Iterable[Observation]) -> tuple[ItemFailed, ...]:
    """The items that failed, most failures first."""
    items: dict[int, Item] = {}
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        if row.value in {"yes", "no"}:
            items[row.item_id] = row.item
            counts[row.item_id][0] += row.value == "no"
            counts[row.item_id][1] += 1
    found = [ItemFailed(items[pk], no, of) for pk, (no, of) in counts.items() if no]
    return tuple(sorted(found, key=lambda one: (-one.failed, one.item.code)))


def sentence(one: DryRun, found: Report) -> str:
    """The outcome in words: how it lies to what was foretold."""
    if found.found.marks is None or not found.visited:
        return _("Nothing is known yet: the first visit gives the first marks.")
    words: dict[str, Any] = {"marks": f"{found.found.marks:.1f}", "sites": found.visited}
    begin = _("The %(sites)s sites visited give %(marks)s marks.") % words
    if not found.complete:
        return begin + " " + _("More are to be visited: the marks may still move.")
    if not one.foretold:
        return begin
    low, high = one.foretold["low"], one.foretold["high"]
    words = {"low": f"{low:.1f}", "high": f"{high:.1f}"}
    if found.found.marks < low:
        said = _("That is less than the %(low)s to %(high)s foretold: what is known flatters.")
    elif found.found.marks > high:
        said = _("That is more than the %(low)s to %(high)s foretold.")
    else:
        said = _("That lies within the %(low)s to %(high)s foretold.")
    return begin + " " + said % words
