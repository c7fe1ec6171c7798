"""The way through the house: which pages stand in the menu, for whom, with what counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meicheng.organisation.models import User
from meicheng.organisation.permissions import actions_of

from .counts import MenuCount, open_cases, received_reports, to_answer


@dataclass(frozen=True)
class Page:
    """A page that may stand in the menu: its address, and who may see it."""

    path: str
    label: str | Promise
    action: str = ""  # as the matrix of permissions names it; "" is everybody
    count: Callable[[User], MenuCount] | None = None
    key: str = ""  # the letter after g that goes there


@dataclass(frozen=True)
class Entry:
    """A line of the menu, ready to be shown."""

    href: str
    label: str
    current: bool
    count: str = ""
    urgent: bool = False
    key: str = ""


@dataclass(frozen=True)
class Group:
    """Lines of the menu under one heading."""

    label: str
    entries: list[Entry]


MENU: Sequence[tuple[str | Promise, Sequence[Page]]] = (
    (
        "",
        (
            Page("/", _("Today"), key="t"),
            Page("/map/", _("The city on one map"), "cases.see", key="m"),
        ),
    ),
    (
        _("Find"),
        (
            Page("/inspections/", _("Inspections"), "visits.see", key="i"),
            Page("/reports/", _("Citizens' voices"), "reports.see", received_reports, key="v"),
            Page("/reports/topics/", _("Hot topics"), "reports.see", key="h"),
            Page("/surveys/", _("Surveys"), "surveys.see", key="q"),
            Page("/knowledge/", _("Knowledge base"), "knowledge.see"),
            Page("/materials/", _("Materials"), "materials.see", key="d"),
            Page("/figures/", _("Figures"), "figures.see", key="f"),
            Page("/import/", _("Import"), "exchange.import", key="u"),
        ),
    ),
    (
        _("Solve"),
        (
            Page("/cases/", _("Cases"), "cases.see", open_cases, key="c"),
            Page("/supervision/", _("Supervision"), "supervision.see", to_answer),
            Page("/lists/", _("Problem lists"), "lists.see", key="l"),
            Page("/campaigns/", _("Campaigns"), "campaigns.see", key="p"),
            Page("/chronic/", _("Chronic places"), "chronic.see", key="k"),
            Page("/routines/", _("Routines"), "routines.see", key="w"),
            Page("/proofs/", _("Photographs to look at"), "proofs.see"),
        ),
    ),
    (
        _("Measure"),
        (
            Page("/assessment/", _("Marks"), "assessment.see", key="a"),
            Page("/standards/", _("Standards"), "assessment.see", key="y"),
            Page("/commitments/", _("Commitments"), "commitments.see", key="o"),
            Page("/appraisal/", _("Appraisal and bulletins"), "appraisal.see", key="r"),
        ),
    ),
    (
        _("Keep in order"),
        (
            Page("/people/", _("People and accounts"), "accounts.see"),
            Page("/ledger/access/", _("What was taken out"), "ledger.see"),
        ),
    ),
    (
        _("Build together"),
        (Page("/sites/", _("Sites"), "places.see", key="s"),),
    ),
    (
        _("Set up"),
        (
            Page("/notices/who/", _("Who is told what"), "webhooks.manage"),
            Page("/notices/webhooks/", _("Webhooks"), "webhooks.manage"),
        ),
    ),
)


@cache
def page_exists(path: str) -> bool:
    """Whether some room answers at this address."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def navigation(request: HttpRequest) -> list[Group]:
    """The menu for whoever asks (at most 2 SQL statements): pages that exist and may be seen."""
    user = request.user
    if not isinstance(user, User):
        return []
    held = actions_of(user)
    # A page may lie below another one of the menu: the longest address is where somebody is.
    here = max(
        (page.path for _label, pages in MENU for page in pages if _holds(page.path, request.path)),
        key=len,
        default="",
    )
    groups = []
    for label, pages in MENU:
        entries = [
            _entry(page, here, user)
            for page in pages
            if (not page.action or page.action in held) and page_exists(page.path)
        ]
        if entries:
            groups.append(Group(str(label), entries))
    return groups


def _holds(page: str, path: str) -> bool:
    return path == page or (page != "/" and path.startswith(page))


def _entry(page: Page, here: str, user: User) -> Entry:
    counted = page.count(user) if page.count is not None else MenuCount("")
    return Entry(
        page.path, str(page.label), page.path == here, counted.shown, counted.urgent, page.key
    )
