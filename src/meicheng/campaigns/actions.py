"""What people do with campaigns: order one, count a day, choose whom to compare, link lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.models import FINAL_STATES
from meicheng.ledger.events import next_event
from meicheng.lists.actions import make_list
from meicheng.lists.drafts import MOST_ITEMS, BadList, Draft
from meicheng.lists.models import ProblemList
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind, Item

from .models import Campaign, DayCount, Phase, Target
from .watching import cases_of

LONGEST = 730  # days
LARGEST_COUNT = 1_000_000
MOST_COUNTED = 8


class BadCampaign(ValueError):
    """Something of a campaign that cannot be; the message says what was expected."""


@dataclass(frozen=True)
class Goal:
    """A target before it is kept: see `models.Target`."""

    measure: str
    figure: float
    by: date


def order_campaign(
    actor: User,
    *,
    title: str,
    lead: Unit,
    division: Division,
    areas: Sequence[Division],
    phases: Mapping[str, tuple[date, date]],
    key: str,
    kinds: Sequence[CaseKind] = (),
    items: Sequence[Item] = (),
    goals: Sequence[Goal] = (),
    counted: Sequence[str] = (),
    purpose: str = "",
) -> Campaign:
    """Order a campaign in some areas of `division`, in phases that follow each other.

    phases: first and last day by `Phase.Name`; rectification must be among them: from then on it
    should show. counted: what is counted by hand each day. The same `key` again gives the campaign
    that was ordered with it. Raises `NotAllowed`, and `BadCampaign`; then nothing has changed.
    """
    allow(actor, "campaigns.order", division=division)
    if not 0 < len(key) <= 100:
        raise BadCampaign(_("The key of a campaign has 1 to 100 characters"))
    own_key = f"{actor.pk}:{key}"
    known = Campaign.objects.filter(key=own_key).first()
    if known is not None:
        return known
    days = _checked_phases(phases)
    _check(title, division, areas, kinds, items)
    names = _checked_names(counted)
    begins, ends = (
        min(first for first, _last in days.values()),
        max(last for _first, last in days.values()),
    )
    for goal in goals:
        _check_goal(goal, begins)
    if len({(one.measure, one.by) for one in goals}) < len(goals):
        raise BadCampaign(_("Two targets are of the same measure and the same day"))
    at = timezone.now()
    try:
        with transaction.atomic():
            made = Campaign.objects.create(
                code=uuid4().hex,  # until its number is known
                title=title.strip(),
                purpose=purpose.strip()[:1000],
                lead=lead,
                division=division,
                counted=names,
                begins=begins,
                acts=days[Phase.Name.RECTIFICATION][0],
                ends=ends,
                made_by=actor,
                made_at=at,
                key=own_key,
            )
            made.code = f"ZX-{begins.year}-{made.pk:04d}"
            made.areas.set(areas)
            made.kinds.set(kinds)
            made.items.set(items)
            Phase.objects.bulk_create(
                Phase(campaign=made, name=name, begins=first, ends=last)
                for name, (first, last) in days.items()
            )
            Target.objects.bulk_create(
                Target(campaign=made, measure=one.measure, figure=one.figure, by=one.by)
                for one in goals
            )
            next_event(
                made,
                "campaign_ordered",
                by=actor,
                at=at,
                title=made.title,
                lead=lead.code,
                areas=sorted(one.code for one in areas),
                kinds=sorted(one.pk for one in kinds),
                items=sorted(one.code for one in items),
                phases=[[name, str(first), str(last)] for name, (first, last) in days.items()],
                targets=[[one.measure, one.figure, str(one.by)] for one in goals],
            )
            made.save(update_fields=["code", "events_count", "head_hash"])
    except IntegrityError:  # the same key at the same moment: the other one made it
        meanwhile = Campaign.objects.filter(key=own_key).first()
        if meanwhile is None:
            raise
        return meanwhile
    return made


@transaction.atomic
def count_day(actor: User, campaign: Campaign, day: date, counts: Mapping[str, int]) -> Campaign:
    """Enter what was counted on a day; what is entered again replaces it, and both are on record.

    Raises `NotAllowed` unless `actor` works for the lead unit or the office, and `BadCampaign` for
    a day outside the campaign or still to come, a name that is not counted, or no whole number.
    """
    campaign = _locked(campaign)
    allow(actor, "campaigns.count", division=campaign.division, unit=campaign.lead)
    at = timezone.now()
    if not campaign.begins <= day <= min(campaign.ends, city_day(at)):
        raise BadCampaign(
            _("%(day)s is no day of this campaign so far; expected %(first)s to %(last)s")
            % {"day": day, "first": campaign.begins, "last": min(campaign.ends, city_day(at))}
        )
    if not counts:
        raise BadCampaign(_("No number was entered"))
    for what, count in counts.items():
        if what not in campaign.counted:
            raise BadCampaign(
                _("“%(what)s” is not counted in this campaign; expected one of %(known)s")
                % {"what": what[:40], "known": ", ".join(campaign.counted) or "–"}
            )
        if not 0 <= count <= LARGEST_COUNT:
            raise BadCampaign(_("%(what)s: expected a number from 0 to 1,000,000") % {"what": what})
    for what, count in counts.items():
        DayCount.objects.update_or_create(
            campaign=campaign, day=day, what=what, defaults={"count": count, "by": actor, "at": at}
        )
    next_event(campaign, "campaign_counted", by=actor, at=at, day=str(day), counts=dict(counts))
    campaign.save(update_fields=["events_count", "head_hash"])
    return campaign


@transaction.atomic
def compare_with(actor: User, campaign: Campaign, areas: Iterable[Division]) -> Campaign:
    """Choose the areas that a campaign is compared with; none is those that are most alike.

    The choice stands in the chain: who looks for areas until the answer pleases is seen doing it.
    Raises `NotAllowed`, and `BadCampaign` for areas of the campaign itself.
    """
    campaign = _locked(campaign)
    allow(actor, "campaigns.order", division=campaign.division)
    chosen = list(areas)
    own = list(campaign.areas.values_list("path", flat=True))
    for one in chosen:
        if any(one.path.startswith(path) or path.startswith(one.path) for path in own):
            raise BadCampaign(
                _("%(area)s belongs to the campaign; compare with an area outside it")
                % {"area": one.name}
            )
    campaign.beside.set(chosen)
    codes = sorted(one.code for one in chosen)
    next_event(campaign, "campaign_compared", by=actor, at=timezone.now(), beside=codes)
    campaign.save(update_fields=["events_count", "head_hash"])
    return campaign


@transaction.atomic
def link_list(actor: User, campaign: Campaign, problems: ProblemList) -> Campaign:
    """Say that a problem list belongs to a campaign; a second time changes nothing."""
    campaign = _locked(campaign)
    allow(actor, "campaigns.order", division=campaign.division)
    if not campaign.lists.filter(pk=problems.pk).exists():
        campaign.lists.add(problems)
        next_event(campaign, "campaign_listed", by=actor, at=timezone.now(), list=problems.code)
        campaign.save(update_fields=["events_count", "head_hash"])
    return campaign


@transaction.atomic
def list_problems(actor: User, campaign: Campaign, *, due: date) -> ProblemList:
    """Put the campaign's open cases that stand on no list on one, which belongs to it (清单).

    Each with its unit and `due`; what has no unit yet stays with the desk. Raises `NotAllowed`,
    and `BadCampaign` where there is none or the list cannot be; then nothing has changed.
    """
    campaign = _locked(campaign)
    allow(actor, "campaigns.order", division=campaign.division)
    rows = cases_of(campaign).exclude(state__in=FINAL_STATES).filter(unit__isnull=False)
    rows = rows.filter(list_items=None).select_related("kind", "unit", "division", "site")
    cases = list(rows.order_by("reported_at", "pk")[:MOST_ITEMS])
    if not cases:
        raise BadCampaign(_("It has no open case with a unit that stands on no list"))
    drafts = [
        Draft(f"{one.kind.name_zh}：{one.address or one.division.name_zh}（{one.number}）",
              one.unit, due, site=one.site, division=one.division, case=one)
        for one in cases if one.unit is not None
    ]  # fmt: skip
    try:
        made = make_list(
            actor,
            title=f"{campaign.title} {city_day(timezone.now())}"[:120],
            source=ProblemList.Source.CAMPAIGN,
            division=campaign.division,
            items=drafts,
            key=f"campaign-{campaign.pk}-{cases[0].pk}-{cases[-1].pk}",
        )
    except BadList as problem:
        raise BadCampaign(str(problem)) from None
    link_list(actor, campaign, made)
    return made


def _locked(campaign: Campaign) -> Campaign:
    """The campaign as it stands, held until the transaction ends."""
    held = Campaign.objects.select_for_update(of=("self",)).filter(pk=campaign.pk)
    return held.select_related("lead__division", "division").get()


def _checked_phases(phases: Mapping[str, tuple[date, date]]) -> dict[str, tuple[date, date]]:
    """The phases in the order of `Phase.Name`; raises `BadCampaign`."""
    unknown = set(phases) - set(Phase.Name.values)
    if unknown or Phase.Name.RECTIFICATION not in phases:
        raise BadCampaign(
            _(
                "A campaign has a phase of rectification; before and after it there may be %(others)s"
            )
            % {"others": f"{Phase.Name.PUBLICITY.label}, {Phase.Name.CONSOLIDATION.label}"}
        )
    days = {name: phases[name] for name in Phase.Name.values if name in phases}
    before: date | None = None
    for name, (first, last) in days.items():
        if last < first or (before is not None and first <= before):
            raise BadCampaign(
                _("%(phase)s: the days must be in order, each phase after the one before it")
                % {"phase": Phase.Name(name).label}
            )
        before = last
    first, last = min(one for one, _end in days.values()), max(end for _one, end in days.values())
    if last - first > timedelta(days=LONGEST):
        raise BadCampaign(_("A campaign lasts two years at most"))
    return days


def _check(
    title: str,
    division: Division,
    areas: Sequence[Division],
    kinds: Sequence[CaseKind],
    items: Sequence[Item],
) -> None:
    if not 0 < len(title.strip()) <= 120:
        raise BadCampaign(_("The title has 1 to 120 characters"))
    if not areas:
        raise BadCampaign(_("Choose the areas in which the campaign is held"))
    if not kinds and not items:
        raise BadCampaign(_("Choose the kinds of problems, or what is looked at on visits"))
    for one in areas:
        if not one.path.startswith(division.path):
            raise BadCampaign(
                _("%(area)s does not lie in %(place)s") % {"area": one.name, "place": division.name}
            )
        if any(one.path.startswith(other.path) and one.pk != other.pk for other in areas):
            raise BadCampaign(
                _("%(area)s was chosen twice: it lies in another") % {"area": one.name}
            )


def _checked_names(counted: Sequence[str]) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in counted if name.strip()))
    if len(names) > MOST_COUNTED or any(len(name) > 40 for name in names):
        raise BadCampaign(
            _("At most %(most)d numbers are counted by hand, each with a name of 40 characters")
            % {"most": MOST_COUNTED}
        )
    return names


def _check_goal(goal: Goal, begins: date) -> None:
    most = 100 if goal.measure in {Target.Measure.ON_TIME, Target.Measure.FAILED} else LARGEST_COUNT
    if goal.measure not in Target.Measure.values or not 0 <= goal.figure <= most:
        raise BadCampaign(
            _("A target is a figure from 0 to %(most)s of one of: %(known)s")
            % {"most": most, "known": "; ".join(str(label) for label in Target.Measure.labels)}
        )
    if goal.by < begins:
        raise BadCampaign(_("A target lies on a day after the campaign has begun"))
