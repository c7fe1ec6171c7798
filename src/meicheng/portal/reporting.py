"""The form by which citizens report: photograph, place, words; what is near is shown once.

It works without scripts: whatever they do, the server does when the form is sent.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from meicheng.cases.models import Case
from meicheng.cases.rules import rules
from meicheng.engine.space import distance_m
from meicheng.files.actions import BadFile, path_of, store_photo
from meicheng.files.models import StoredFile
from meicheng.places.models import Site
from meicheng.places.naming import named_places
from meicheng.standards.models import CaseKind
from meicheng.voices.actions import (
    MOST_PHOTOS,
    report_with_key,
    submit_report,
)
from meicheng.voices.answers import with_answers
from meicheng.voices.checking import (
    FALLBACK,
    BadReport,
    Checked,
    Near,
    NewReport,
    check_report,
    position_of_photos,
    world,
)
from meicheng.voices.codes import shown
from meicheng.voices.models import Report
from meicheng.voices.topics.same import likely_first

from .forms import QuestionsForm, ReportForm, find_site, keep, kept
from .limits import doubt_about, mark_device, opened_now, too_many_reports
from .public import public_problem

SEPARATE = "separate"
AT_SITE_M = 100  # how far a pin may be moved from a site and still be at it


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, site: str = "") -> HttpResponse:
    """Report a problem; before it is taken, what others reported nearby is shown once.

    With `site`, the code on a lamp post or a door, the place is known already.
    """
    if request.method != "POST":
        return _begin(request, site)
    form = ReportForm(request.POST, request.FILES)
    valid = form.is_valid()
    if "find" in request.POST or "spot" in request.POST:
        return _choose_place(request, form)
    if not valid:
        return _form(request, form, status=400)
    said = form.cleaned_data
    taken = report_with_key(Report.Source.PORTAL, said["key"])
    if taken is not None:  # sent once more: nothing is to be asked about what is near, itself least
        return _taken(taken)
    try:
        photos = _photos(form)
        _settle_place(photos, said)
        checked = check_report(_new_report(said))
    except (BadFile, BadReport) as problem:
        form.add_error(_field_of(problem), str(problem))
        return _form(request, form, status=400)
    near = [] if said["decided"] else _near(checked)
    join = _joined(said["decided"], checked)
    questions = _questions(request, checked.kind)
    if join and questions and not questions.is_bound:
        questions = None  # who joins a case need not answer; what she answered is kept
    if near or (questions and not questions.is_bound):
        return _form(request, form, near=near, photos=photos, checked=checked, questions=questions)
    if questions and not questions.is_valid() and not (join and questions.only_lacks):
        return _form(request, form, photos=photos, checked=checked, questions=questions, status=400)
    doubt = doubt_about(said["opened"], said["website"])
    doubt = too_many_reports(request) or doubt
    try:
        taken = submit_report(
            with_answers(checked.said, checked.kind, questions.answers)
            if questions
            else checked.said,
            photos=photos,
            phone=said["phone"],
            email=said.get("email", ""),
            join=join,
            apart=said["decided"] == SEPARATE,
            doubt=doubt,
            key=said["key"],
        )
    except BadReport as problem:
        form.add_error(_field_of(problem), str(problem))
        return _form(request, form, photos=photos, status=400)
    return _taken(taken)


def _taken(taken: Report) -> HttpResponse:
    """On to the page of a report that was taken, which shows its code."""
    return redirect(f"{reverse('portal:report-page', args=[shown(taken.code)])}?new=1")


def _form(
    request: HttpRequest,
    form: ReportForm,
    *,
    near: list[Near] | None = None,
    photos: list[StoredFile] | None = None,
    checked: Checked | None = None,
    site: Site | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    if photos is None and form.is_bound:
        photos = list(StoredFile.objects.filter(sha256__in=kept(form.data.get("stored", ""))))
    if form.is_bound:
        placed = getattr(form, "cleaned_data", {})
        form.data = {
            **form.data.dict(),  # type: ignore[attr-defined]
            **{name: str(placed[name]) for name in ("longitude", "latitude") if placed.get(name)},
            "site": placed["site"].code if placed.get("site") else "",
            "stored": keep([one.sha256 for one in photos or []]),
        }
    context: dict[str, Any] = {
        "form": form,
        "near": near or [],
        "photos_kept": len(photos or []),
        "checked": checked if checked is not None and checked.kind.code != FALLBACK else None,
        "most_photos": MOST_PHOTOS,
        "site": site or find_site(str(form["site"].value() or "")),
        "hotline": settings.HOTLINE,
        "set_up": bool(world().kinds),
        "answered_within": rules().answer.say(get_language() or "zh"),
        "decided": form["decided"].value() if not near else "",
        "questions": _answered_before(request),
        **more,
    }
    return mark_device(request, render(request, "portal/report.html", context, status=status))


def _photos(form: ReportForm) -> list[StoredFile]:
    """The photographs of the form, those of its first sending among them. Raises `BadFile`."""
    said = form.cleaned_data
    hashes = kept(said["stored"])
    by_hash = {one.sha256: one for one in StoredFile.objects.filter(sha256__in=hashes)}
    found = [by_hash[one] for one in hashes if one in by_hash]
    for upload in said["photos"]:
        stored = store_photo(upload.file, by=None, name=upload.name)
        if path_of(stored.sha256).exists() and stored not in found:
            found.append(stored)
    return found


def _begin(request: HttpRequest, code: str) -> HttpResponse:
    """An empty form; at a site, with its place."""
    initial: dict[str, Any] = {"key": secrets.token_hex(12), "opened": opened_now()}
    site = find_site(code)
    if site is not None:
        initial.update(site=site.code, longitude=site.longitude, latitude=site.latitude)
        initial["division"] = site.division_id
    same = public_problem(request.GET.get("same", ""))
    if same is not None and same[0].closed_at is None:
        case = same[0]
        initial.update(decided=case.number, kind=case.kind_id, division=case.division_id)
        initial.update(longitude=case.longitude, latitude=case.latitude)
        initial["body"] = _("I meet the same problem here.")
    unknown = bool(code) and site is None
    status = 404 if unknown else 200
    return _form(
        request, ReportForm(initial=initial), site=site, unknown_site=unknown, status=status
    )


def _choose_place(request: HttpRequest, form: ReportForm) -> HttpResponse:
    """The form again with the places that a name may mean, or with the one that was chosen."""
    said = request.POST.dict()
    try:
        photos = _photos(form) if "photos" in form.cleaned_data else []
    except BadFile as problem:
        form.add_error("photos", str(problem))
        return _form(request, form, status=400)
    spots = named_places(said.get("address", "")) if "find" in said else []
    longitude, comma, latitude = said.get("spot", "").partition(",")
    if comma:
        said.update(longitude=longitude, latitude=latitude, site="")
    again = ReportForm(initial={**said, "stored": keep([one.sha256 for one in photos])})
    asked = said.get("address", "").strip() if "find" in said else ""
    return _form(request, again, photos=photos, spots=spots, asked=asked, chosen=bool(comma))


def _settle_place(photos: list[StoredFile], said: dict[str, Any]) -> None:
    """Say where it is, where the form does not: at the scanned site, where a photograph says that
    it was taken, or in the division that the address names."""
    site = said["site"]
    if said["longitude"] is not None or said["latitude"] is not None:
        if site is not None and not _is_at(site, said["longitude"], said["latitude"]):
            said["site"] = None  # the pin was moved away from it
        return
    if site is not None:
        said["longitude"], said["latitude"] = site.longitude, site.latitude
        said["division"] = said["division"] or site.division
        return
    if said["division"]:
        return
    taken_at = position_of_photos(photos)
    if taken_at is not None:
        said["longitude"], said["latitude"] = taken_at
    else:
        said["division"] = world().divisions.named_in(said["address"])


def _is_at(site: Site, longitude: float | None, latitude: float | None) -> bool:
    if None in (site.longitude, site.latitude, longitude, latitude):
        return False
    far = distance_m(site.longitude, site.latitude, longitude, latitude)  # type: ignore[arg-type]
    return far <= AT_SITE_M


def _new_report(said: dict[str, Any]) -> NewReport:
    return NewReport(
        source=Report.Source.PORTAL,
        body=said["body"],
        kind=said["kind"],
        division=said["division"],
        address=said["address"],
        longitude=said["longitude"],
        latitude=said["latitude"],
        site=said["site"],
    )


def _questions(request: HttpRequest, kind: CaseKind) -> QuestionsForm | None:
    """What the kind asks, with the answers once it was asked; None where it asks nothing."""
    if not kind.asks:
        return None
    asked = request.POST.get("asked") == kind.code
    return QuestionsForm(kind, request.POST if asked else None)


def _answered_before(request: HttpRequest) -> QuestionsForm | None:
    """The questions as they were answered with this request, whatever else is wrong in it."""
    kind = world().kinds.get(request.POST.get("asked", ""))
    return QuestionsForm(kind, request.POST) if kind is not None and kind.asks else None


def _near(checked: Checked) -> list[Near]:
    """What others reported nearby, what is likely the same first; all kinds when words tell none."""
    return likely_first(checked, most=4)


def _joined(decided: str, checked: Checked) -> Case | None:
    """The case that the citizen chose: one of those near, or a public one of the same division."""
    if not decided or decided == SEPARATE:
        return None
    shown_near = next((one.case for one in _near(checked) if one.case.number == decided), None)
    if shown_near is not None:
        return shown_near
    public = public_problem(decided)
    if public is not None and public[0].division_id == checked.division.pk:
        return public[0]
    return None


def _field_of(problem: Exception) -> str | None:
    if isinstance(problem, BadFile):
        return "photos"
    field = getattr(problem, "field", "")
    return field if field in {"body", "phone", "email", "photos", "division", "kind"} else None
