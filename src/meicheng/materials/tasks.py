"""Who is told of materials: whoever filed one that is returned."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_noop

from meicheng.ledger.followers import follow
from meicheng.ledger.models import Event
from meicheng.notices.actions import notify
from meicheng.notices.words import words

from .models import Filing


@follow("materials.returned", ["material_returned"])
def tell_who_filed_it(event: Event) -> None:
    """Tell whoever filed a document that it was returned, and why."""
    filing = (
        Filing.objects.select_related("filed_by").filter(pk=event.chain.partition(":")[2]).first()
    )
    if filing is None:
        return
    notify(
        to=[filing.filed_by],
        kind="material.returned",
        title=words(gettext_noop("“%(title)s” was returned"), title=filing.title),
        body=event.data.get("reason") or None,
        link=reverse("materials:filing", args=[filing.code]),
        key=f"{event.chain}:{event.sequence}",
    )
