"""What people look at of webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from meicheng.notices.models import Endpoint, Message
from meicheng.tables.pages import Page, page_of


@dataclass(frozen=True)
class EndpointLine:
    """An endpoint with how its messages stand."""

    endpoint: Endpoint
    waiting: int
    delivered: int  # in 24 hours
    failed: int


def endpoint_lines() -> list[EndpointLine]:
    """Every endpoint that is not removed (2 SQL statements)."""
    endpoints = list(Endpoint.objects.exclude(state=Endpoint.State.REMOVED))
    since = timezone.now() - timedelta(hours=24)
    state = Message.State
    rows = (
        Message.objects.filter(endpoint__in=endpoints)
        .order_by()
        .values("endpoint_id")
        .annotate(
            waiting=Count("pk", filter=Q(state=state.WAITING)),
            delivered=Count("pk", filter=Q(state=state.DELIVERED, done_at__gte=since)),
            failed=Count("pk", filter=Q(state=state.FAILED)),
        )
    )
    counts = {row["endpoint_id"]: (row["waiting"], row["delivered"], row["failed"]) for row in rows}
    return [EndpointLine(one, *counts.get(one.pk, (0, 0, 0))) for one in endpoints]


def message_page(endpoint: Endpoint, *, page: int) -> Page[Message]:
    """What was sent to an endpoint with every attempt, the newest first (4 SQL statements)."""
    found = endpoint.messages.order_by("-pk")
    whole = Message.objects.defer("body").prefetch_related("attempts")
    return page_of(found, page, whole)
