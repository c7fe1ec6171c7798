"""The matrix of permissions as a table that people read."""

from __future__ import annotations

from .models import Membership
from .permissions import ANYWHERE, BY_PLACE, MATRIX, REACH, WHOLE_CITY, Reach

SHORT: dict[Membership.Role, str] = {
    Membership.Role.COLLECTOR: "Col",
    Membership.Role.DISPATCHER: "Dis",
    Membership.Role.UNIT_WORKER: "UW",
    Membership.Role.UNIT_LEAD: "UL",
    Membership.Role.INSPECTOR: "Ins",
    Membership.Role.VERIFIER: "Ver",
    Membership.Role.DISTRICT_LEAD: "DL",
    Membership.Role.CITY_LEAD: "CL",
    Membership.Role.CREATION_OFFICE: "CO",
    Membership.Role.AUDITOR: "Aud",
    Membership.Role.ADMINISTRATOR: "Adm",
}


def table() -> str:
    """The matrix as Markdown: a row for each action, a column for each role, and the scope.

    `u` is within the unit, `d` within the division, `p` within the unit's division, `c` only who
    holds the role in the whole city, `a` the same for whoever holds it anywhere.
    """
    lines = [
        f"| action | {' | '.join(SHORT.values())} |",
        f"| --- |{' --- |' * len(SHORT)}",
    ]
    for action, allowed in MATRIX.items():
        cells = [_cell(action, role) if role in allowed else "" for role in SHORT]
        lines.append(f"| `{action}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(action: str, role: Membership.Role) -> str:
    if action in WHOLE_CITY:
        return "c"
    if action in ANYWHERE:
        return "a"
    if REACH[role] is Reach.DIVISION:
        return "d"
    return "p" if action in BY_PLACE else "u"
