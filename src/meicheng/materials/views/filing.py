"""Filing a document: for a material, and for others that it proves as well."""

from __future__ import annotations

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from meicheng.files.actions import BadFile
from meicheng.files.documents import store_document
from meicheng.organisation.filing import place_of
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import NotAllowed, allow
from meicheng.organisation.who import user_of
from meicheng.places.time import city_day
from meicheng.standards.models import Item

from ..actions import BadMaterial, file_material
from ..forms import FilingForm, Kept
from ..models import Filing
from ..queries import Question, doubts, filings_seen, others_of, same_file
from .asked import units_of

SHA256 = re.compile("[0-9a-f]{64}")


@require_http_methods(["GET", "POST"])
@login_required
def file_one(request: HttpRequest) -> HttpResponse:
    """File a document for a material, and for others that it proves as well.

    What is odd about it (the same file on file already, a date outside the year) is said before it
    is filed: on choosing the file where the browser can, else once it is here and not yet filed.
    """
    user = user_of(request)
    allow(user, "materials.file")
    codes = request.POST.getlist("item") or request.GET.getlist("item")
    items = list(
        Item.objects.filter(code__in=codes[:60], source=Item.Source.MATERIAL).order_by("position")
    )
    if not items:
        raise Http404(_("There is no material “%(code)s”") % {"code": "".join(codes[:1])[:60]})
    units = units_of(user)
    if not units:
        raise NotAllowed(_("You belong to no unit that files materials"))
    first = _likely(units, items[0])
    today = city_day(timezone.now())
    year = request.GET.get("year", "")
    form = FilingForm(
        request.POST or None,
        request.FILES or None,
        units=units,
        this_year=today.year,
        initial={
            "unit": first.code,
            "title": items[0].name[:160],
            "year": int(year) if year.isdecimal() else today.year,
        },
    )
    status, odd = 200, []
    if request.method == "POST":
        status = 400
        stored = _stored(form, user) if form.is_valid() else None
        if stored is not None:
            odd = _odd(form, user, stored, units, items)
            if not odd or form.cleaned_data["sure"] == sure_of(odd):
                made = _filed(form, user, stored, units, items)
                if made is not None:
                    messages.success(
                        request,
                        _("%(code)s is filed and waits for its review.") % {"code": made.code},
                    )
                    return redirect("materials:filing", code=made.code)
            else:
                status = 200
    place = place_of(first)
    context = {
        "form": form,
        "items": items,
        "others": others_of(items, place, today=today),
        "place": place,
        "odd": odd,
        "sure": sure_of(odd),
    }
    return render(request, "materials/file.html", context, status=status)


@require_GET
@login_required
def same(request: HttpRequest) -> HttpResponse:
    """Whether a file with this SHA-256 is on file already: a part of the filing page."""
    user = user_of(request)
    allow(user, "materials.file")
    digest = request.GET.get("sha256", "")
    odd = []
    if SHA256.fullmatch(digest):
        odd = same_file(digest, filings_seen(user))
    return render(request, "materials/odd.html", {"odd": odd, "sure": sure_of(odd)})


def sure_of(odd: list[Question]) -> str:
    """What is sent back to say that these questions were read."""
    return " ".join(question.key for question in odd)


def _stored(form: FilingForm, user: User) -> Kept | None:
    """The document: sent now, or kept from the time before; None with the reason at the field."""
    said = form.cleaned_data
    upload = said["document"]
    if upload is None:
        kept: Kept = said["kept"]
        return kept
    try:
        file = store_document(upload.file, by=user, name=upload.name)
    except BadFile as problem:
        form.add_error("document", str(problem))
        return None
    return form.keep(file, upload.name, user)


def _odd(
    form: FilingForm, user: User, stored: Kept, units: list[Unit], items: list[Item]
) -> list[Question]:
    said = form.cleaned_data
    filing = Filing(
        file=stored.file,
        unit=next(unit for unit in units if unit.code == said["unit"]),
        dated=said["dated"],
        expires=said["expires"],
        year=said["year"],
    )
    return doubts(filing, items, filings_seen(user))


def _filed(
    form: FilingForm, user: User, stored: Kept, units: list[Unit], items: list[Item]
) -> Filing | None:
    """File what the form says; None, with the reason, where it cannot be."""
    said = form.cleaned_data
    try:
        return file_material(
            user,
            unit=next(unit for unit in units if unit.code == said["unit"]),
            items=items,
            file=stored.file,
            file_name=stored.name,
            title=said["title"],
            dated=said["dated"],
            expires=said["expires"],
            year=said["year"],
            note=said["note"],
            key=said["key"],
        )
    except BadMaterial as problem:
        form.add_error(None, str(problem))
        return None


def _likely(units: list[Unit], item: Item) -> Unit:
    """The unit that files such a material: one of its lead's role, else the first."""
    return next((unit for unit in units if unit.role_id == item.role_id), units[0])
