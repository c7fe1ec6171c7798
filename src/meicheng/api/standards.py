"""Standards, crosswalks between their editions, and what is expected of each unit."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Body, Router, Status

from meicheng.assessment.duties import Due, Duties, all_duties
from meicheng.assessment.periods import Period, current_period, parse_period
from meicheng.assessment.queries import frameworks, root
from meicheng.assessment.standing import standing
from meicheng.engine.frameworks import Problem as Wrong
from meicheng.engine.frameworks import differences, framework_from, read_document
from meicheng.organisation.models import Unit, UnitRole
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.standards.actions import Frozen, save_framework
from meicheng.standards.crosswalks import read_crosswalk_document, save_crosswalk
from meicheng.standards.models import Crosswalk, Framework
from meicheng.standards.queries import editions, known_codes

from .asking import PeriodText
from .keys import need
from .once import Answer, key_of, once
from .problems import Problem
from .schemas import Problem as ProblemSchema
from .schemas import TakenStandard
from .tags import tagged

router = Router()
REFUSED = {400: ProblemSchema, 409: ProblemSchema, 422: ProblemSchema}


@router.get("/standards", response=dict[str, Any], summary="Every edition of every standard")
def standards(request: HttpRequest) -> Any:
    """Editions with their names, full marks, and whether they are in use and so frozen."""
    allow(need(request, "marks:read"), "assessment.see")
    return {
        "items": [
            {
                "framework": row.framework.code,
                "edition": row.framework.edition,
                "name": {"zh": row.framework.name_zh, "en": row.framework.name_en},
                "full_marks": row.framework.full_marks,
                "pass_at_least": row.framework.pass_at_least,
                "official": row.framework.official,
                "criteria": row.criteria,
                "frozen_at": row.framework.frozen_at,
            }
            for row in editions()
        ]
    }


@router.get("/standards/{framework}/{edition}", summary="One edition, whole")
def standard(request: HttpRequest, framework: str, edition: str) -> HttpResponse:
    """The edition as the framework format writes it; answers 304 to whoever has it."""
    allow(need(request, "marks:read"), "assessment.see")
    return tagged(request, _edition(framework, edition).document)


@router.post(
    "/standards",
    response={200: TakenStandard, 201: TakenStandard, **REFUSED},
    summary="Import an edition of a standard",
)
def import_standard(
    request: HttpRequest, document: Body[dict[str, Any]], dry_run: bool = False
) -> Any:
    """Take a standard as the framework format writes it; with `dry_run` only check it.

    A document with any error is not taken: each error names its path and what was expected. An
    edition in use is not changed (409): each part that differs is named.
    """
    user = need(request, "standards:write")
    allow(user, "standards.write")
    key_of(request)
    found, wrong = read_document(document, known_codes())
    if found is None:
        raise _refused(_("The standard has errors; nothing was taken"), wrong)
    there = Framework.objects.filter(code=found.code, edition=found.edition).first()
    changed = there is None or there.document != found.document()
    if there is not None and there.frozen_at is not None and changed:
        raise _frozen(Frozen(found, differences(framework_from(there.document), found)))
    told = {
        "framework": found.code,
        "edition": found.edition,
        "criteria": sum(1 for _leaf in found.all_criteria()),
        "changed": changed,
    }
    if dry_run:
        return Status(200, told)

    def do() -> Answer:
        try:
            save_framework(found)
        except Frozen as refused:  # frozen since it was looked at
            raise _frozen(refused) from None
        return Status(201, told)

    return once(request, user, do)


@router.get("/crosswalks", response=dict[str, Any], summary="Crosswalks between editions")
def crosswalks(request: HttpRequest) -> Any:
    """Which editions a crosswalk leads between."""
    allow(need(request, "marks:read"), "assessment.see")
    rows = Crosswalk.objects.select_related("before", "after").defer(
        "before__document", "after__document"
    )
    return {
        "items": [
            {
                "before": {"framework": row.before.code, "edition": row.before.edition},
                "after": {"framework": row.after.code, "edition": row.after.edition},
                "links": len(row.document),
            }
            for row in rows
        ]
    }


@router.get("/crosswalks/{framework}/{before}/{after}", summary="One crosswalk")
def crosswalk(request: HttpRequest, framework: str, before: str, after: str) -> HttpResponse:
    """The crosswalk to an edition as its file writes it; answers 304 to whoever has it."""
    allow(need(request, "marks:read"), "assessment.see")
    rows = Crosswalk.objects.filter(after__code=framework, after__edition=after)
    found = rows.filter(before__edition=before).first()
    if found is None:
        raise Http404(_("There is no crosswalk between these editions"))
    return tagged(request, {"links": found.document})


@router.post(
    "/crosswalks",
    response={200: dict[str, Any], 201: dict[str, Any], **REFUSED},
    summary="Import a crosswalk",
)
def import_crosswalk(request: HttpRequest, links: Body[list[Any]], dry_run: bool = False) -> Any:
    """Take a crosswalk, a list of `from`, `to` and `share`; with `dry_run` only check it."""
    user = need(request, "standards:write")
    allow(user, "standards.write")
    key_of(request)
    found, wrong = read_crosswalk_document(links)
    if found is None:
        raise _refused(_("The crosswalk has errors; nothing was taken"), wrong)
    told = {"before": str(found.before), "after": str(found.after), "links": len(found.links)}
    if dry_run:
        return Status(200, told)

    def do() -> Answer:
        _row, changed = save_crosswalk(found)
        return Status(201, {**told, "changed": changed})

    return once(request, user, do)


@router.get("/duties", response=dict[str, Any], summary="What is expected of each unit")
def duties(
    request: HttpRequest,
    period: PeriodText = "",
    unit: str = "",
    role: str = "",
    division: str = "",
    standard: str = "",
) -> Any:
    """The list of duties of every unit, of one, or of a role: criteria, marks, cases, what is due."""
    user = need(request, "marks:read")
    allow(user, "assessment.see")
    city = root()
    if city is None:
        raise Http404(_("There is no division yet"))
    if standard and not any(one.code == standard for one in frameworks()):
        raise Http404(_("There is no standard “%(code)s”") % {"code": standard[:60]})
    found = all_duties(
        user,
        standing(_period(period), city, standard),
        at=timezone.now(),
        within=_one(Division, "division", division),
        unit=_one(Unit, "unit", unit),
        role=_one(UnitRole, "role", role),
    )
    return {"items": [_duties_json(one) for one in found]}


def _duties_json(one: Duties) -> dict[str, Any]:
    return {
        "unit": one.unit.code if one.unit else None,
        "role": one.role.code,
        "name": {
            "zh": one.unit.name_zh if one.unit else one.role.name_zh,
            "en": one.unit.name_en if one.unit else one.role.name_en,
        },
        "division": one.place.code,
        "duties": [
            {
                "framework": duty.at.framework.code,
                "edition": duty.at.framework.edition,
                "criterion": duty.at.criterion.code,
                "part": "lead" if duty.leads else "support",
                "method": duty.at.criterion.method,
                "share": duty.at.mark.share,
                "marks": duty.at.mark.marks,
                "full_marks": duty.at.mark.full_marks,
                "missing": duty.at.mark.missing,
                "carried": duty.at.mark.carried,
                "of_city": duty.at.of_city,
            }
            for duty in one.duties
        ],
        "documents": [_due_json(due) for due in one.documents],
        "figures": [_due_json(due) for due in one.figures],
        "filed_by": [unit.code for unit in one.filed_by],
        "cases": {"open": one.cases.open, "late": one.cases.late} if one.cases else None,
    }


def _due_json(due: Due) -> dict[str, Any]:
    return {
        "framework": due.framework.code,
        "criterion": due.code,
        "what": due.what,
        "state": due.state,
    }


def _edition(framework: str, edition: str) -> Framework:
    found = Framework.objects.filter(code=framework, edition=edition).first()
    if found is None:
        raise Http404(
            _("There is no standard “%(code)s”") % {"code": f"{framework} {edition}"[:60]}
        )
    return found


def _period(text: str) -> Period:
    try:
        return parse_period(text) if text else current_period()
    except ValueError as problem:
        raise Problem(404, str(problem), [("period", str(problem))]) from None


def _one(model: Any, field: str, code: str) -> Any:
    """The row with this code; None where none is asked for."""
    if not code:
        return None
    found = model.objects.filter(code=code).first()
    if found is None:
        said = _("Nothing here has the code %(code)s") % {"code": code[:60]}
        raise Problem(404, said, [(field, said)])
    return found


def _refused(detail: str, wrong: list[Wrong]) -> Problem:
    language = (get_language() or "zh")[:2]
    errors = [(one.where.say(language), one.words.say(language)) for one in wrong]
    return Problem(409, detail, errors)


def _frozen(refused: Frozen) -> Problem:
    return Problem(409, str(refused), refused.lines())
