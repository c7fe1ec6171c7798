"""People and their accounts, for administrators; auditors read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from meicheng.organisation.models import ApiToken, Membership, Unit, User
from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.tables.pages import page_number

from .. import actions, queries
from ..forms import ChangeAccount, GiveRole, GiveToken, NewAccount

Act = Callable[..., HttpResponse]


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """All accounts, narrowed by name, role, unit and state."""
    user = user_of(request)
    allow(user, "accounts.see")
    asked = {
        name: request.GET.get(name, "").strip()[:80] for name in ("q", "role", "unit", "state")
    }
    unit = Unit.objects.filter(code=asked["unit"]).first() if asked["unit"] else None
    page, rows = queries.people(
        words=asked["q"],
        role=asked["role"] if asked["role"] in Membership.Role.values else "",
        unit=unit,
        state=asked["state"],
        page=page_number(request.GET.get("page")),
    )
    context = {
        "found": page,
        "query": urlencode({name: words for name, words in asked.items() if words}),
        "people": rows,
        "asked": asked,
        "unit": unit,
        "roles": Membership.Role.choices,
        "may_manage": may(user, "accounts.manage"),
    }
    return render(request, "accounts/people.html", context)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Give somebody an account with her first role."""
    user = user_of(request)
    allow(user, "accounts.manage")
    form, role = NewAccount(request.POST or None), GiveRole(request.POST or None)
    if request.method == "POST" and form.is_valid() and role.is_valid():
        try:
            person = _create(form, role, user)
        except actions.BadAccount as problem:
            form.add_error(None, str(problem))
        else:
            return _with_link(request, person, actions.password_link(person, by=user))
    status = 400 if form.errors or role.errors else 200
    context = {"form": form, "role": role, "places": _places()}
    return render(request, "accounts/new.html", context, status=status)


def _create(form: NewAccount, role: GiveRole, by: User) -> User:
    from django.db import transaction

    with transaction.atomic():
        person = actions.create_account(**form.cleaned_data, by=by)
        actions.give_role(
            person, role.cleaned_data["role"], division=role.division, unit=role.unit, by=by
        )
    return person


@login_required
@never_cache
@require_GET
def person(request: HttpRequest, username: str) -> HttpResponse:
    """An account: roles, second factors, sessions, tokens, and what was done to it."""
    allow(user_of(request), "accounts.see")
    return _page(request, username)


def _page(request: HttpRequest, username: str, status: int = 200, **more: Any) -> HttpResponse:
    user = user_of(request)
    found = get_object_or_404(User, username=username)
    may_manage = may(user, "accounts.manage") and found.pk != user.pk
    context = {
        "account": queries.account(found),
        "person": found,
        "may_manage": may_manage,
        "oneself": found.pk == user.pk,
        "change": ChangeAccount(initial={"display_name": found.display_name, "email": found.email}),
        "role": GiveRole(),
        "token": GiveToken(),
        "places": _places() if may_manage else [],
        **more,
    }
    return render(request, "accounts/person.html", context, status=status)


def _places() -> list[tuple[str, str]]:
    """Units, and divisions above communities, for the list that the field offers (2 statements)."""
    from meicheng.places.models import Division

    units = Unit.objects.filter(active=True).order_by("code").values_list("code", "name_zh")[:400]
    upper = Division.objects.exclude(level="community").order_by("path")
    return [*upper.values_list("code", "name_zh"), *units]


def _acting(act: Act) -> Any:
    """A view that does something to an account and goes back to its page with what it said."""

    @wraps(act)
    @login_required
    @never_cache
    @require_POST
    def view(request: HttpRequest, username: str, **more: Any) -> HttpResponse:
        user = user_of(request)
        allow(user, "accounts.manage")
        found = get_object_or_404(User, username=username)
        try:
            return act(request, found, user, **more)
        except actions.BadAccount as problem:
            return _page(request, username, status=400, problem=str(problem))

    return view


def _back(request: HttpRequest, person: User, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("accounts:person", person.username)


def _with_link(request: HttpRequest, person: User, path: str) -> HttpResponse:
    """The person's page with the link for her password, which is shown this once."""
    return _page(request, person.username, link=request.build_absolute_uri(path))


@_acting
def change(request: HttpRequest, person: User, by: User) -> HttpResponse:
    """Change how somebody is called and reached."""
    form = ChangeAccount(request.POST)
    if not form.is_valid():
        return _page(request, person.username, status=400, change=form)
    actions.change_account(person, **form.cleaned_data, by=by)
    return _back(request, person, _("Saved."))


@_acting
def give_role(request: HttpRequest, person: User, by: User) -> HttpResponse:
    """Let somebody hold one more role."""
    form = GiveRole(request.POST)
    if not form.is_valid():
        return _page(request, person.username, status=400, role=form)
    actions.give_role(
        person, form.cleaned_data["role"], division=form.division, unit=form.unit, by=by
    )
    return _back(request, person, _("The role is given; it holds from now."))


@_acting
def take_role(request: HttpRequest, person: User, by: User, pk: int) -> HttpResponse:
    """Take a role from somebody."""
    held = Membership.objects.select_related("user", "unit", "division")
    actions.take_role(get_object_or_404(held, pk=pk, user=person), by=by)
    return _back(request, person, _("The role is taken; it holds no more."))


@_acting
def active(request: HttpRequest, person: User, by: User) -> HttpResponse:
    """Put an account out of use, or take it into use again."""
    if request.POST.get("active") == "1":
        actions.activate(person, by=by)
        return _back(request, person, _("The account is in use again."))
    actions.deactivate(person, reason=request.POST.get("reason", ""), by=by)
    return _back(request, person, _("The account is out of use; its sessions were ended."))


@_acting
def password(request: HttpRequest, person: User, by: User) -> HttpResponse:
    """A link for a new password."""
    return _with_link(request, person, actions.password_link(person, by=by))


@_acting
def unlock(request: HttpRequest, person: User, by: User) -> HttpResponse:
    """Lift the pause after failed attempts."""
    actions.unlock(person, by=by)
    return _back(request, person, _("She can try again now."))


@_acting
def sign_out(request: HttpRequest, person: User, by: User) -> HttpResponse:
    """End all sessions of somebody."""
    count = actions.end_sessions(person, by=by)
    said = ngettext("%(n)d session was ended.", "%(n)d sessions were ended.", count) % {"n": count}
    return _back(request, person, said)


@_acting
def drop_factors(request: HttpRequest, person: User, by: User) -> HttpResponse:
    """Remove second factors that somebody lost."""
    actions.drop_second_factors(person, reason=request.POST.get("reason", ""), by=by)
    return _back(request, person, _("The second factors are removed."))


@_acting
def give_token(request: HttpRequest, person: User, by: User) -> HttpResponse:
    """A token for a machine, its key shown once."""
    form = GiveToken(request.POST)
    if not form.is_valid():
        return _page(request, person.username, status=400, token=form)
    _row, key = actions.give_token(person, **form.cleaned_data, by=by)
    return _page(request, person.username, key=key)


@_acting
def revoke(request: HttpRequest, person: User, by: User, pk: int) -> HttpResponse:
    """End a token."""
    found = ApiToken.objects.filter(pk=pk, user=person).select_related("user").first()
    if found is None:
        raise Http404
    actions.revoke_token(found, by=by)
    return _back(request, person, _("The token is revoked; it ends within seconds."))
