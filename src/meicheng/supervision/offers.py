"""What other systems can be told of supervision by webhook."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_lazy as _

from meicheng.cases.offers import subject
from meicheng.notices.webhooks.offers import offer


def start() -> None:
    """Offer what the clocks of cases say; a clock has the number of its case."""
    about = partial(offer, chain="clock", subject=subject)
    about("case.warning", _("Case: near its limit"), verb="time_warning", fields=["percent"])
    fields = ["percent", "to", "card"]
    about("case.supervised", _("Case: supervised"), verb="supervised", fields=fields)
    about("case.supervision_lifted", _("Case: supervision lifted"), verb="supervision_lifted")
