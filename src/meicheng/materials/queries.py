"""What people look at of materials: what is needed and how it stands, filings, what waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.assessment.duties import review_state
from meicheng.assessment.latest import reviews_of
from meicheng.assessment.naming import node_names
from meicheng.assessment.periods import Period, months_earlier, parse_period
from meicheng.assessment.queries import frameworks
from meicheng.organisation.filing import units_that_file
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import actions_of, scope
from meicheng.places.models import Division
from meicheng.standards.models import Criterion, Framework, Item
from meicheng.standards.packs import material_words
from meicheng.standards.queries import said

from .models import Filing, Use

SOON = timedelta(days=60)  # before its last day a material is said to expire
STATES = (
    ("missing", gettext_lazy("not filed")),
    ("filed", gettext_lazy("to be reviewed")),
    ("returned", gettext_lazy("returned by the reviewer")),
    ("expired", gettext_lazy("too old")),
    ("expiring", gettext_lazy("expires soon")),
    ("there", gettext_lazy("accepted")),
)
OPEN = {"missing", "returned", "expired"}  # what a unit still has to file


@dataclass(frozen=True)
class Needed:
    """A material that a criterion needs at a place, and how it stands.

    filing: the newest document that was filed for it; None where there is none, or where it came by
    an import. state: one of STATES.
    """

    criterion: Criterion
    node: str
    material: str
    item: Item
    name: str
    units: tuple[Unit, ...]
    role: str
    state: str
    filing: Filing | None
    use: Use | None

    @property
    def proof(self) -> Filing | None:
        """The document that was accepted for it; None where what counts came by an import."""
        counts = self.use is not None and self.use.state == Use.State.ACCEPTED
        return self.filing if counts and self.state in {"there", "expiring"} else None

    @property
    def words(self) -> str:
        """How it stands, in words."""
        return str(dict(STATES)[self.state])

    @property
    def who(self) -> str:
        """Who files it: the units, else the role that no unit holds."""
        return "、".join(unit.name for unit in self.units) or self.role


@dataclass(frozen=True)
class Progress:
    """How far a unit (or a role without one) has come."""

    name: str
    code: str
    needed: int
    there: int
    filed: int
    open: int
    expiring: int

    @property
    def percent(self) -> int:
        """Accepted of what is needed, in whole per cent."""
        return round(100 * self.there / self.needed) if self.needed else 0


def needed(
    framework: Framework, period: Period, division: Division, *, today: date
) -> list[Needed]:
    """Every material of a standard at a place, in its order (5 SQL statements)."""
    criteria = [
        one for one in framework.criteria.select_related("lead") if one.rule["kind"] == "materials"
    ]
    nodes = node_names(framework)
    codes = {
        f"{framework.code}/{one.code}/{material}": (one, material)
        for one in criteria
        for material in one.rule["needs"]
    }
    items = {item.code: item for item in Item.objects.filter(code__in=list(codes))}
    pks = [item.pk for item in items.values()]
    uses = _newest_uses(pks, division, period)
    named = {item.pk: (code, "") for code, item in items.items()}
    reviews = reviews_of(named, period, {"division": division})
    units = units_that_file(division)
    found = []
    for code, (criterion, material) in codes.items():
        item = items.get(code)
        if item is None:
            continue
        use = uses.get(item.pk)
        words = reviews.get((code, division.pk))
        state = review_state(words[-1] if words else None, criterion.rule, period)
        found.append(
            Needed(
                criterion=criterion,
                node=nodes.get(criterion.node, criterion.node),
                material=material,
                item=item,
                name=said(material_words(material)),
                units=tuple(units.get(criterion.lead_id or "", ())),
                role=criterion.lead.name if criterion.lead else _("no unit named"),
                state=_state(state, use, today),
                filing=use.filing if use else None,
                use=use,
            )
        )
    return found


def _state(state: str, use: Use | None, today: date) -> str:
    if use is not None and use.state == Use.State.FILED and state != "there":
        return "filed"
    if state == "there" and use is not None and use.state == Use.State.ACCEPTED:
        last = use.filing.expires
        if last is not None and last <= today + SOON:
            return "expiring"
    return state


def _newest_uses(items: Sequence[int], division: Division, period: Period) -> dict[int, Use]:
    """The newest use of each item at a place, an accepted one first (1 SQL statement)."""
    rows = (
        Use.objects.filter(
            item__in=items,
            filing__division=division,
            filing__withdrawn_at=None,
            filing__dated__lte=period.last_day,
        )
        .select_related("filing__unit", "filing__file")
        .order_by("filing__dated", "pk")
    )
    found: dict[int, Use] = {}
    for use in rows:
        before = found.get(use.item_id)
        if before is None or before.state != Use.State.ACCEPTED or use.state == before.state:
            found[use.item_id] = use
    return found


def progress(rows: Iterable[Needed]) -> list[Progress]:
    """How far each unit has come, those with most to do first."""
    sums: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        holders = [(unit.name, unit.code) for unit in row.units] or [(row.role, "")]
        for key in holders:
            counts = sums.setdefault(key, [0, 0, 0, 0, 0])
            counts[0] += 1
            counts[1] += row.state in {"there", "expiring"}
            counts[2] += row.state == "filed"
            counts[3] += row.state in OPEN
            counts[4] += row.state == "expiring"
    found = [Progress(name, code, *counts) for (name, code), counts in sums.items()]
    return sorted(found, key=lambda one: (-one.open, one.name))


def filings_seen(user: User) -> QuerySet[Filing]:
    """The filings that the user may see."""
    where = scope(user, "materials.see").filter(division="division", unit="unit")
    rows = Filing.objects.filter(where).select_related("unit", "division", "file", "filed_by")
    return rows.defer("division__outline")


def seen_of(user: User, rows: Iterable[Needed]) -> set[int]:
    """The keys of those rows' filings that the user may open (1 SQL statement)."""
    keys = {row.filing.pk for row in rows if row.filing is not None}
    return set(filings_seen(user).filter(pk__in=keys).values_list("pk", flat=True))


def waiting(user: User) -> QuerySet[Filing]:
    """The filings that wait for this reviewer, the oldest first; never those of their own."""
    where = scope(user, "materials.review").filter(division="division")
    rows = Filing.objects.filter(where, withdrawn_at=None, uses__state=Use.State.FILED).exclude(
        filed_by=user
    )
    return rows.distinct().select_related("unit", "division").order_by("filed_at", "pk")


@dataclass(frozen=True)
class Question:
    """Something about a filing that a person should look at; never a verdict.

    key: what it asks, the same for the same question.
    """

    key: str
    words: str
    filing: Filing | None = None


def questions(filing: Filing, uses: Sequence[Use], *, today: date) -> list[Question]:
    """What a reviewer should ask: the same file elsewhere, an odd date, an end (2 SQL)."""
    everywhere = Filing.objects.select_related("unit")
    found = doubts(filing, [use.item for use in uses], everywhere)
    if filing.has_expired(today):
        words = _("It held until %(day)s only") % {"day": filing.expires}
        found.append(Question("expired", words))
    elif filing.expires is not None and filing.expires <= today + SOON:
        words = _("It holds until %(day)s only") % {"day": filing.expires}
        found.append(Question("expires", words))
    return found


def doubts(filing: Filing, items: Sequence[Item], among: QuerySet[Filing]) -> list[Question]:
    """What is odd about a document, filed or not yet: the same file, its date (2 SQL)."""
    found = same_file(filing.file.sha256, among.exclude(pk=filing.pk), filing)
    return found + _about_its_date(filing, items)


def same_file(sha256: str, among: QuerySet[Filing], filing: Filing | None = None) -> list[Question]:
    """Where the same file is on file already, and how that differs from `filing` (1 SQL)."""
    rows = among.filter(file__sha256=sha256, withdrawn_at=None).select_related("unit")
    found = []
    for other in rows.order_by("pk")[:20]:
        if filing is not None and other.dated != filing.dated:
            words = _("The same file was filed under another date: %(day)s (%(code)s)")
        elif filing is not None and other.unit_id != filing.unit_id:
            words = _("The same file was filed by another unit, dated %(day)s (%(code)s)")
        else:
            words = _("The same file was filed before, dated %(day)s (%(code)s)")
        said = words % {"day": other.dated, "code": other.code}
        found.append(Question(f"same:{other.code}", said, other))
    return found


def _about_its_date(filing: Filing, items: Sequence[Item]) -> list[Question]:
    """Whether the date belongs to the year reviewed, and to what a rule asks of it (1 SQL)."""
    begin, end = date(filing.year, 1, 1), date(filing.year, 12, 31)
    said = {"day": filing.dated, "year": filing.year}
    if filing.dated > end:
        words = _("It is dated %(day)s, after the year reviewed, %(year)s")
        return [Question("after", words % said)]
    months = min(_within(items), default=None)
    if months is not None:
        since = months_earlier(end + timedelta(days=1), months)
        if filing.dated < since:
            words = _(
                "It is dated %(day)s; at the end of %(year)s some of what it proves may be at most"
                " %(months)d months old, so from %(since)s on"
            )
            return [Question("old", words % (said | {"months": months, "since": since}))]
    elif filing.dated < begin and (filing.expires is None or filing.expires < begin):
        words = _("It is dated %(day)s, before the year reviewed, %(year)s: does it hold for it?")
        return [Question("before", words % said)]
    return []


@dataclass(frozen=True)
class Attention:
    """What of materials waits for somebody: to be renewed, put right, reviewed.

    expiring: accepted documents with the day on which each ends, the next first.
    """

    expiring: list[Filing]
    returned: int
    waiting: int


def attention(user: User, *, today: date) -> Attention:
    """What waits for a user who files or reviews (at most 3 SQL statements)."""
    held = actions_of(user, {"materials.file", "materials.review"})
    mine = Filing.objects.none()
    if held:
        where = scope(user, "materials.file").filter(division="division", unit="unit")
        if "materials.review" in held:
            where |= scope(user, "materials.review").filter(division="division")
        mine = Filing.objects.filter(where, withdrawn_at=None)
    accepted = mine.filter(uses__state=Use.State.ACCEPTED, expires__range=(today, today + SOON))
    returned = mine.filter(uses__state=Use.State.RETURNED).distinct()
    return Attention(
        expiring=list(accepted.distinct().select_related("unit").order_by("expires", "pk")[:3])
        if held
        else [],
        returned=returned.count() if "materials.file" in held else 0,
        waiting=waiting(user).count() if "materials.review" in held else 0,
    )


def _within(items: Sequence[Item]) -> list[int]:
    """How old these materials may be, in months, where a standard says so (1 SQL statement)."""
    wanted = {tuple(item.code.split("/")[:2]) for item in items}
    rows = Criterion.objects.filter(
        framework__code__in={pair[0] for pair in wanted}, code__in={pair[1] for pair in wanted}
    ).values_list("framework__code", "code", "rule")
    return [
        int(rule["dated_within_months"])
        for framework, code, rule in rows
        if (framework, code) in wanted and rule.get("dated_within_months")
    ]


def also_proves(items: Sequence[Item], everything: Iterable[Needed]) -> list[Needed]:
    """Other materials of the same name that are still to be filed, so that one filing serves all."""
    chosen = {item.pk for item in items}
    kinds = {item.code.rpartition("/")[2] for item in items}
    return [
        row
        for row in everything
        if row.material in kinds and row.item.pk not in chosen and row.state in OPEN
    ]


def narrowed(
    rows: Iterable[Needed], *, unit: str = "", state: str = "", words: str = ""
) -> list[Needed]:
    """The rows of one unit, in one state, with these words in criterion or name."""
    folded = words.casefold()
    return [
        row
        for row in rows
        if (
            not unit
            or unit in {one.code for one in row.units}
            or unit == f"role:{row.criterion.lead_id}"
        )
        and (not state or row.state == state or (state == "open" and row.state in OPEN))
        and (
            not folded
            or folded in f"{row.criterion.code} {row.criterion.name} {row.name}".casefold()
        )
    ]


def others_of(items: Sequence[Item], place: Division, *, today: date) -> list[Needed]:
    """Materials of the same name under any standard that are still to be filed at the place."""
    kinds = {item.code.rpartition("/")[2] for item in items}
    period = parse_period(str(today.year))
    found = []
    for framework in frameworks():
        rows = needed(framework, period, place, today=today)
        if any(row.material in kinds for row in rows):
            found += also_proves(items, rows)
    return found[:12]
