"""What other systems can be told of problem lists by webhook."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from meicheng.ledger.models import Event
from meicheng.notices.webhooks.offers import offer

from .models import ListItem, ProblemList


def start() -> None:
    """Offer what happens to lists and their items."""
    about = partial(offer, chain="list", subject=subject)
    about("list.made", _("Problem list: made"), verb="list_made", fields=["source"])
    about("list.item_solved", _("Problem list: item solved"), verb="list_item_solved")
    about("list.item_struck", _("Problem list: item struck off"), verb="list_item_struck")
    about("list.item_returned", _("Problem list: item sent back"), verb="list_item_returned")


def subject(event: Event) -> dict[str, Any] | None:
    """The list, and the item that it is about, if any (at most 2 SQL statements)."""
    rows = ProblemList.objects.filter(pk=event.chain.partition(":")[2])
    one = rows.values("pk", "code", "division__code").first()
    if one is None:
        return None
    said: dict[str, Any] = {"list": {"code": one["code"], "division": one["division__code"]}}
    if "item" in event.data:
        items = ListItem.objects.filter(list=one["pk"], position=event.data["item"])
        item = items.values("position", "unit__code", "due", "status").first()
        if item is not None:
            said["item"] = {
                "position": item["position"],
                "unit": item["unit__code"],
                "due": item["due"].isoformat(),
                "status": item["status"],
            }
    return said
