"""A case in several parts; it ends with the last of them, which `stepping` sees to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from meicheng.cases.clock import due_of
from meicheng.cases.counts import contribution
from meicheng.cases.models import Case
from meicheng.cases.numbers import take_number
from meicheng.cases.problems import Needed
from meicheng.cases.signals import stepped
from meicheng.cases.stages import begin_stages, drop_stages
from meicheng.cases.text import write_texts
from meicheng.cases.units import check_unit
from meicheng.engine.workflow import State
from meicheng.ledger.actions import count_cases, difference
from meicheng.ledger.events import next_event
from meicheng.organisation.models import Unit, User
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind

from .opening import draft_case
from .stepping import Taking, step

MOST_PARTS = 10


@dataclass(frozen=True)
class Part:
    """One of the problems in a case: what it is, who solves it, and the words about it."""

    kind: CaseKind
    unit: Unit
    words: str


def split_case(
    case: Case, *, parts: Sequence[Part], by: User, remark: str = "", seen: int | None = None
) -> Case:
    """Make a case of each part and dispatch it; the whole ends when all have ended (拆分).

    The first part's unit leads: if the whole is reopened later, it is theirs.
    """
    with step(case, "split", by=by, remark=remark, seen=seen) as taking:
        case, said, at, _facts = taking
        if not 2 <= len(parts) <= MOST_PARTS:
            raise Needed(
                _("%(count)d parts were named; a case is split into 2 to %(most)d")
                % {"count": len(parts), "most": MOST_PARTS}
            )
        if case.parent_id is not None:
            raise Needed(_("This case is a part itself; split %(number)s no further")
                         % {"number": case.number})  # fmt: skip
        for part in parts:
            if not part.words.strip():
                raise Needed(_("Say of each part what is wrong"))
            check_unit(case, part.unit)
        case.split_at = at
        case.unit = parts[0].unit
        if case.extension != "asked":  # what waits for an answer lapses with the step
            case.extension = ""
        case.due_at = case.dispatched_at = case.accepted_at = None
        case.limit = ""
        drop_stages(case)
        said["parts"] = [_open_part(taking, part, by).number for part in parts]
    return case


def _open_part(taking: Taking, part: Part, by: User) -> Case:
    """Write down one part as a dispatched case."""
    whole, _said, at, _facts = taking
    case = draft_case(
        kind=part.kind,
        division=whole.division,
        description=part.words.strip(),
        source=whole.source,
        address=whole.address,
        longitude=whole.longitude,
        latitude=whole.latitude,
        site=whole.site,
        reported_at=whole.reported_at,
    )
    case.number = take_number(city_day(at))[0]
    case.parent = whole
    case.unit, case.state = part.unit, State.DISPATCHED
    case.registered_at = case.dispatched_at = at
    case.limit, case.due_at = due_of(case, at)
    case.save()
    next_event(case, "reported", by=by, at=at, kind=part.kind.code, part_of=whole.number)
    next_event(case, "register", by=by, at=at)
    due = case.due_at.isoformat()
    handed = {"unit": part.unit.code, "limit": case.limit, "due_at": due}
    next_event(case, "dispatch", by=by, at=at, **handed)
    case.save(update_fields=["events_count", "head_hash"])
    write_texts([case])
    begin_stages(case, at)
    count_cases(difference({}, contribution(case)))
    stepped.send(sender=Case, case=case, code="dispatch", said=handed)  # its clock starts now
    return case
