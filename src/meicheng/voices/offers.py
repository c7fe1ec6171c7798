"""What other systems can be told of reports by webhook: that one was answered, and nothing of whom."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from meicheng.ledger.models import Event
from meicheng.notices.webhooks.offers import offer

from .models import Report


def start() -> None:
    """Offer the answers to reports."""
    offer(
        "report.answered",
        _("Report: answered"),
        verb="answered",
        chain="report",
        subject=subject,
    )


def subject(event: Event) -> dict[str, Any] | None:
    """The report without its code, which is its reporter's key (1 SQL statement)."""
    rows = Report.objects.filter(pk=event.chain.partition(":")[2])
    found = rows.values("source", "kind_id", "division__code", "case__number").first()
    if found is None:
        return None
    return {
        "report": {
            "source": found["source"],
            "kind": found["kind_id"],
            "division": found["division__code"],
            "case": found["case__number"],
        }
    }
