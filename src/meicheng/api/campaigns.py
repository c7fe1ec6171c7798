"""Campaigns: all that are seen, one with its days and targets, and whether it worked."""

from __future__ import annotations

import math
from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from meicheng.campaigns import queries, telling
from meicheng.campaigns.effect import effect_of
from meicheng.campaigns.models import Campaign
from meicheng.engine.effects import Comparison
from meicheng.organisation.permissions import allow

from .keys import need
from .paging import by_code, told
from .schemas import Page

router = Router()


@router.get("/campaigns", response=dict[str, Any], summary="Campaigns")
def campaigns(request: HttpRequest, response: HttpResponse, page: Query[Page]) -> Any:
    """The campaigns that touch where the caller works, by code."""
    user = need(request, "campaigns:read")
    allow(user, "campaigns.see")
    rows = queries.reach(user).select_related("lead").prefetch_related("areas", "kinds", "items")
    found, cursor = by_code(rows, limit=page.limit, cursor=page.cursor)
    return told(request, response, found, cursor, campaign_json)


@router.get("/campaigns/{code}", response=dict[str, Any], summary="One campaign with its days")
def one_campaign(request: HttpRequest, code: str) -> Any:
    """A campaign with what each day brought, its targets and the watch over its places."""
    campaign = _find(request, code)
    account = queries.account_of(campaign, now=timezone.now())
    return {
        **campaign_json(campaign),
        "open": account.open_now,
        "late": account.late_now,
        "days": [
            {
                "day": one.day,
                "found": one.found,
                "closed": one.solved,
                "open": one.open,
                "late": one.late,
                "counted": dict(zip(campaign.counted, one.counted, strict=True)),
            }
            for one in account.days
        ],
        "targets": [
            {
                "measure": one.target.measure,
                "figure": one.target.figure,
                "by": one.target.by,
                "now": one.now,
                "met": one.met,
            }
            for one in account.aims
        ],
        "relapses": [
            {"days": one.days, "places": one.check.places, "back": one.check.back}
            for one in account.relapses
            if one.check
        ],
    }


@router.get(
    "/campaigns/{code}/effect", response=dict[str, Any], summary="Whether a campaign worked"
)
def effect(request: HttpRequest, code: str, outcome: Literal["cases", "failed"] = "cases") -> Any:
    """The difference in differences beside comparable areas, its checks, and the verdict."""
    campaign = _find(request, code)
    found = effect_of(campaign, outcome=outcome, now=timezone.now())
    return {
        "outcome": outcome,
        "unit": telling.unit_of(found),
        "areas": [one.code for one in found.treated],
        "beside": [one.code for one in found.others],
        "verdict": found.finding.verdict,
        "says": telling.verdict_words(found),
        "reasons": list(found.finding.reasons),
        "effect": _comparison(found.finding.effect),
        "share_of_expected": found.finding.share,
        "trends": _comparison(found.finding.trends),
        "placebo": _comparison(found.finding.placebo),
        "weeks": [
            {"from": week, "areas": ours, "beside": theirs}
            for week, ours, theirs in zip(
                found.weeks, found.course(found.treated), found.course(found.others), strict=True
            )
        ],
    }


def campaign_json(one: Campaign) -> dict[str, Any]:
    """A campaign as the API writes it."""
    return {
        "code": one.code,
        "title": one.title,
        "purpose": one.purpose,
        "lead": one.lead.code,
        "areas": [area.code for area in one.areas.all()],
        "kinds": [kind.pk for kind in one.kinds.all()],
        "items": [item.code for item in one.items.all()],
        "begins": one.begins,
        "acts": one.acts,
        "ends": one.ends,
    }


def _comparison(one: Comparison | None) -> dict[str, Any] | None:
    """A comparison; an end that so few areas cannot tell is null."""
    if one is None:
        return None
    return {
        "difference": one.difference,
        "low": one.low if math.isfinite(one.low) else None,
        "high": one.high if math.isfinite(one.high) else None,
        "p": one.p,
        "arrangements": one.arrangements,
    }


def _find(request: HttpRequest, code: str) -> Campaign:
    user = need(request, "campaigns:read")
    allow(user, "campaigns.see")
    found = queries.reach(user).select_related("lead", "division").filter(code=code).first()
    if found is None:
        raise Http404(_("There is no campaign %(code)s") % {"code": code[:40]})
    return found
