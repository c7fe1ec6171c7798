"""The columns of the list of cases: which there are, and which somebody wants to see."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meicheng.cases.models import Columns
from meicheng.organisation.models import User

# The case itself stands first and always.
COLUMNS: dict[str, str | Promise] = {
    "place": _("Place"),
    "unit": _("Unit"),
    "state": _("State"),
    "reported": _("Reported at"),
    "time": _("Time limit"),
    "district": _("District"),
    "community": _("Community"),
    "source": _("Source"),
    "words": _("What is wrong"),
    "due": _("Due"),
    "redone": _("Redone"),
    "changed": _("Last change"),
}
USUAL = ("place", "unit", "state", "reported", "time")


def columns_of(user: User) -> list[str]:
    """The columns that somebody wants to see, in her order (1 SQL statement)."""
    kept = Columns.objects.filter(user=user).values_list("names", flat=True).first()
    known = [name for name in kept or () if name in COLUMNS]
    return known or list(USUAL)


def choose_columns(user: User, names: list[str]) -> None:
    """Keep which columns somebody wants to see; none chosen means the usual ones."""
    names = list(dict.fromkeys(name for name in names if name in COLUMNS))
    Columns.objects.update_or_create(user=user, defaults={"names": names})
