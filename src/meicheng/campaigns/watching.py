"""The watch over ended campaigns: did the places stay clear? Made by the day's task."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from meicheng.cases.models import Case
from meicheng.ledger.events import next_event
from meicheng.notices.actions import notify
from meicheng.notices.people import holders
from meicheng.notices.words import words
from meicheng.organisation.models import Membership
from meicheng.places.time import midnight

from .models import Campaign, RelapseCheck
from .places import Spot, Spots, distinct

NEAR_M = 30.0
NO_PROBLEM = ("turned_down", "joined", "withdrawn")
Role = Membership.Role


def watch_campaigns(day: date) -> int:
    """Count the relapses of campaigns that ended 30, 60 or 90 days ago, or longer; how many counts.

    Derived from the days alone: whatever was missed while the worker stood still is made up for,
    and nothing is counted twice.
    """
    done = 0
    for days in RelapseCheck.DAYS:
        # On the day after the last of them: a day that is not over is not counted.
        ended = Campaign.objects.filter(ends__lt=day - timedelta(days=days))
        for campaign in ended.exclude(relapse_checks__days=days).order_by("pk"):
            done += _check(campaign, days)
    return done


def cases_of(campaign: Campaign) -> QuerySet[Case]:
    """The problems of a campaign's kinds in its areas, whenever they were reported (2 SQL)."""
    where = Q(pk__in=[])
    for path in campaign.areas.values_list("path", flat=True):
        where |= Q(division__path__startswith=path)
    kinds = list(campaign.kinds.values_list("pk", flat=True))
    return Case.objects.filter(where, kind__in=kinds).exclude(state__in=NO_PROBLEM).order_by()


def relapses(campaign: Campaign, days: int) -> tuple[int, int]:
    """Places that the campaign cleared, and how many had the problem again within `days`.

    A place is a site, or a spot of 30 m, at which a case was closed from the first to the last
    day; it is back when a case of the same kind was reported there after the last day.
    """
    found = cases_of(campaign)
    end = midnight(campaign.ends + timedelta(days=1))
    closed = found.filter(closed_at__gte=midnight(campaign.begins), closed_at__lt=end)
    later = found.filter(reported_at__gte=end, reported_at__lt=end + timedelta(days=days))
    cleared = distinct(_spots(closed), NEAR_M)
    again = Spots(NEAR_M)
    for spot in _spots(later):
        again.add(spot)
    return len(cleared), sum(again.holds(spot) for spot in cleared)


def _spots(cases: QuerySet[Case]) -> list[Spot]:
    rows = cases.order_by("pk").values_list("kind_id", "site_id", "longitude", "latitude")
    return [Spot(kind, site or 0, lon, lat) for kind, site, lon, lat in rows]


@transaction.atomic
def _check(campaign: Campaign, days: int) -> int:
    """Count once, write it into the chain, and tell who leads."""
    locked = Campaign.objects.select_for_update(of=("self",)).filter(pk=campaign.pk)
    campaign = locked.select_related("lead__division", "division").get()
    if campaign.relapse_checks.filter(days=days).exists():  # another worker was quicker
        return 0
    places, back = relapses(campaign, days)
    at = timezone.now()
    RelapseCheck.objects.create(campaign=campaign, days=days, places=places, back=back, at=at)
    next_event(campaign, "campaign_watched", by=None, at=at, days=days, places=places, back=back)
    campaign.save(update_fields=["events_count", "head_hash"])
    told = {
        person.pk: person
        for person in (
            *holders([Role.UNIT_LEAD], unit=campaign.lead),
            *holders([Role.CREATION_OFFICE], division=campaign.division),
        )
    }
    notify(
        to=told.values(),
        kind="campaign.watched",
        title=words(
            gettext_noop("%(campaign)s: %(back)s of %(places)s places came back within %(days)s days"),
            campaign=campaign.title, back=back, places=places, days=days,
        ),
        link=f"/campaigns/{campaign.code}/",
        key=f"campaign:{campaign.pk}:watched:{days}",
    )  # fmt: skip
    return 1
