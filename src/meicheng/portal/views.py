"""The citizens' pages: report, follow, rate. No account; plain forms that work without scripts."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meicheng.cases.models import Case, CasePhoto
from meicheng.cases.rules import rules
from meicheng.engine.space import distance_m
from meicheng.files.actions import BadFile, path_of, store_photo, thumbnail
from meicheng.files.models import StoredFile
from meicheng.places.models import Site
from meicheng.places.naming import named_places
from meicheng.proofs.public import public_jpeg
from meicheng.proofs.queries import public_of
from meicheng.standards.models import CaseKind
from meicheng.voices.actions import (
    MOST_PHOTOS,
    contest_result,
    rate_report,
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
    world,
)
from meicheng.voices.codes import read_code, shown
from meicheng.voices.limits import limits_of
from meicheng.voices.models import Report
from meicheng.voices.topics.same import likely_first

from .forms import FollowForm, QuestionsForm, RateForm, ReportForm, find_site, keep, kept
from .limits import doubt_about, mark_device, opened_now, too_many, too_many_reports
from .public import public_problem
from .state import public_state

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
    questions = None if join else _questions(request, checked.kind)
    if near or (questions and not questions.is_bound):
        return _form(request, form, near=near, photos=photos, checked=checked, questions=questions)
    if questions and not questions.is_valid():
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


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Find a report by its code."""
    form = FollowForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 404
        if too_many(request, "code", settings.CODES_PER_HOUR):
            form.add_error(None, _("Too many codes from this connection; try again in an hour."))
            status = 429
        elif form.is_valid():
            code = form.cleaned_data["code"]
            if Report.objects.filter(code=code).exists():
                return redirect("portal:report-page", code=shown(code))
            form.add_error("code", _("No report has this code; compare it letter by letter"))
    return render(request, "portal/follow.html", {"form": form}, status=status)


@never_cache
@require_safe
def report_page(request: HttpRequest, code: str) -> HttpResponse:
    """How far a report has come, for whoever holds its code."""
    try:
        return _report_page(request, find_report(code))
    except Http404 as problem:
        form = FollowForm({"code": code[:40]})
        if form.is_valid():
            form.add_error("code", str(problem))
        return render(request, "portal/follow.html", {"form": form}, status=404)


@never_cache
@require_POST
def rate(request: HttpRequest, code: str) -> HttpResponse:
    """Rate the result and the manner, once."""
    found = find_report(code)
    form = RateForm(request.POST)
    if form.is_valid():
        try:
            rate_report(
                found,
                rating=form.cleaned_data["rating"],
                manner=form.cleaned_data["manner"],
                remark=form.cleaned_data["remark"],
            )
        except BadReport as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("portal:report-page", code=shown(found.code))
    return _report_page(request, found, rating=form, status=400)


@never_cache
@require_POST
def contest(request: HttpRequest, code: str) -> HttpResponse:
    """Say that it is not solved: it goes back once."""
    found = find_report(code)
    try:
        contest_result(found, reason=request.POST.get("reason", "")[:2000])
    except BadReport as problem:
        return _report_page(request, found, refusal=str(problem), status=400)
    return redirect("portal:report-page", code=shown(found.code))


@require_POST
def type_size(request: HttpRequest) -> HttpResponse:
    """Show these pages in large type, or as they are; kept in this browser for a year."""
    wanted = request.POST.get("next", "")
    here = wanted.startswith(reverse("portal:report")) and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts=None
    )
    answer = redirect(wanted if here else "portal:report")
    if request.POST.get("size") == "large":
        answer.set_cookie(
            "type",
            "large",
            max_age=365 * 86400,
            samesite="Lax",
            httponly=True,
            secure=settings.HTTPS,
        )
    else:
        answer.delete_cookie("type", samesite="Lax")
    return answer


@require_safe
def photo(_request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A photograph of one's own report, small; nobody else's is ever public."""
    found = list(find_report(code).photos.select_related("file").order_by("pk"))
    if not 1 <= number <= len(found):
        raise Http404(_("There is no such photograph"))
    answer = HttpResponse(thumbnail(found[number - 1].file), content_type="image/jpeg")
    answer["Cache-Control"] = "private, max-age=3600"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
def case_photo(_request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A photograph of the case, before or after, with faces and number plates hidden."""
    photos = list(case_photos(find_report(code)))
    content = public_jpeg(photos[number - 1].file) if 1 <= number <= len(photos) else None
    if content is None:
        raise Http404(_("There is no such photograph"))
    answer = HttpResponse(content, content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def case_photos(report: Report) -> QuerySet[CasePhoto]:
    """The photographs of a report's case, in the order in which they came."""
    photos = CasePhoto.objects.filter(case=report.case_id).select_related("file")
    return photos.order_by("added_at", "pk")


def shown_photos(report: Report) -> list[tuple[int, CasePhoto]]:
    """Those that the public may see, with their numbers (2 SQL statements)."""
    numbered = list(enumerate(case_photos(report), 1))
    ready = public_of([photo.file_id for _number, photo in numbered])
    return [(number, photo) for number, photo in numbered if photo.file_id in ready]


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
        "answered_within": rules().answer.say(get_language() or "zh"),
        "decided": form["decided"].value() if not near else "",
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
    known = world().divisions
    for photo in photos:
        if photo.longitude is None or photo.latitude is None:
            continue
        if known.locate([(photo.longitude, photo.latitude)])[0] is not None:
            said["longitude"], said["latitude"] = photo.longitude, photo.latitude
            return
    said["division"] = known.named_in(said["address"])


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


def find_report(code: str) -> Report:
    """The report with this code; 404 for none."""
    known = read_code(code)
    found = (
        Report.objects.select_related("case__kind", "case__unit", "kind", "division__district")
        .filter(code=known)
        .first()
        if known
        else None
    )
    if found is None:
        raise Http404(_("No report has this code; compare it letter by letter"))
    return found


def _report_page(
    request: HttpRequest,
    found: Report,
    *,
    rating: RateForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    found.refresh_from_db(fields=["state", "rating", "extra"])
    context = {
        "report": found,
        "code": shown(found.code),
        "state": public_state(found),
        "limits": limits_of(found),
        "photos": range(1, found.photos.count() + 1),
        "case_photos": shown_photos(found),
        "rating": rating or RateForm(),
        "refusal": refusal,
        "new": request.GET.get("new") == "1",
        "link": request.build_absolute_uri(reverse("portal:report-page", args=[shown(found.code)])),
        "may_contest": not found.extra.get("contested"),
    }
    return render(request, "portal/report_page.html", context, status=status)
