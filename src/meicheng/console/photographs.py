"""Photographs, shown only to those who may see the thing that they belong to."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from meicheng.cases.models import Case
from meicheng.cases.queries import reach
from meicheng.files.actions import WIDTHS, path_of, thumbnail
from meicheng.files.models import StoredFile
from meicheng.ledger.models import Observation
from meicheng.lists.queries import reach as list_items
from meicheng.organisation.models import User
from meicheng.organisation.permissions import actions_of, scope
from meicheng.proofs.queries import reach as questions
from meicheng.routines.queries import occurrences
from meicheng.voices.models import ReportPhoto


@require_GET
@login_required
def whole(request: HttpRequest, sha256: str) -> HttpResponse:
    """A photograph as it was stored, without what the camera wrote into it."""
    file = _seen_by(request, sha256)
    return _answer(request, file, "", file.media_type)


@require_GET
@login_required
def small(request: HttpRequest, sha256: str) -> HttpResponse:
    """The same, as wide as half a page."""
    return sized(request, sha256, 480)


@require_GET
@login_required
def sized(request: HttpRequest, sha256: str, width: int) -> HttpResponse:
    """The same in one of the widths of thumbnails."""
    if width not in WIDTHS:
        raise Http404(_("There is no such photograph"))
    return _answer(request, _seen_by(request, sha256), f"-{width}", "image/jpeg", width)


def may_see(user: User, file: StoredFile) -> bool:
    """Whether a photograph belongs to a case, visit, list, routine or report (at most 8 SQL)."""
    held = actions_of(user)
    if "cases.see" in held and Case.objects.filter(reach(user), photos__file=file).exists():
        return True
    if "visits.see" in held:
        where = scope(user, "visits.see").filter(division="division")
        if Observation.objects.filter(where, photo=file).exists():
            return True
    if "lists.see" in held and list_items(user).filter(proof=file).exists():
        return True
    if "routines.see" in held and occurrences(user).filter(photo=file).exists():
        return True
    if (
        "proofs.see" in held
        and questions(user).filter(Q(use__file=file) | Q(other__file=file)).exists()
    ):
        return True
    if "reports.see" in held:
        where = scope(user, "reports.see").filter(division="report__division")
        return ReportPhoto.objects.filter(where, file=file).exists()
    return False


def _seen_by(request: HttpRequest, sha256: str) -> StoredFile:
    """The file, or 404: a stranger does not even learn that it is there."""
    file = StoredFile.objects.filter(sha256=sha256).first()
    user = request.user
    if file is None or not isinstance(user, User) or not may_see(user, file):
        raise Http404(_("There is no such photograph"))
    return file


def _answer(
    request: HttpRequest, file: StoredFile, size: str, media_type: str, width: int = 0
) -> HttpResponse:
    tag = f'"{file.sha256}{size}"'
    answer: HttpResponse
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponseNotModified()
    else:
        content = thumbnail(file, width=width) if width else path_of(file.sha256).read_bytes()
        answer = HttpResponse(content, content_type=media_type)
    answer["ETag"] = tag
    # What has this name never changes, but only this reader may keep it.
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Disposition"] = "inline"
    return answer
