"""One's own account: password, second factors, sessions, language."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from meicheng.organisation.models import User
from meicheng.organisation.who import user_of

from .. import actions, queries
from ..forms import ChangePassword, ChoosePassword
from ..required import needs_second_factor


@login_required
@never_cache
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Who I am here, what protects my account, and where I am signed in."""
    user = user_of(request)
    factors = Authenticator.objects.filter(user=user).exclude(type="recovery_codes")
    context = {
        "roles": user.memberships.select_related("division", "unit").order_by("role", "pk"),
        "sessions": queries.sessions(user, current=request.session.session_key or ""),
        "factors": list(factors),
        "must": needs_second_factor(user),
        "has_password": user.has_usable_password(),
    }
    return render(request, "accounts/own.html", context)


@login_required
@never_cache
@sensitive_post_parameters("old", "new", "again")
def password(request: HttpRequest) -> HttpResponse:
    """Choose another password; other sessions end."""
    user = user_of(request)
    form = ChangePassword(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        key = request.session.session_key or ""
        changed = actions.change_password(user, form.cleaned_data["new"], keep=key)
        update_session_auth_hash(request, changed)  # gives the session another key
        UserSession.objects.filter(session_key=key).update(session_key=request.session.session_key)
        messages.success(request, _("The password is changed; your other sessions were ended."))
        return redirect("accounts:own")
    status = 400 if form.errors else 200
    return render(request, "accounts/password.html", {"form": form}, status=status)


@login_required
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """End one of my other sessions, or all of them."""
    user = user_of(request)
    keep = request.session.session_key or ""
    pk = request.POST.get("session", "")
    only = int(pk) if pk.isdecimal() else None
    count = actions.end_sessions(user, by=user, session=only, keep=keep)
    said = ngettext("%(n)d session was ended.", "%(n)d sessions were ended.", count) % {"n": count}
    messages.success(request, said)
    return redirect("accounts:own")


@never_cache
@sensitive_post_parameters("new", "again")
def choose(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Choose a password by the link that an administrator gave."""
    try:
        pk = int(urlsafe_base64_decode(uid).decode())
    except (ValueError, OverflowError):
        pk = 0
    person = User.objects.filter(pk=pk, is_active=True).first() if 0 < pk < 2**63 else None
    if person is None or not default_token_generator.check_token(person, token):
        context = {"said": _("This link was used already or is too old; ask for another one")}
        return render(request, "accounts/refused.html", context, status=404)
    form = ChoosePassword(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_password(person, token, form.cleaned_data["new"])
        except actions.BadAccount as problem:
            return render(request, "accounts/refused.html", {"said": str(problem)}, status=409)
        messages.success(request, _("The password is set. Sign in with it now."))
        return redirect("console:sign-in")
    status = 400 if form.errors else 200
    return render(request, "accounts/choose.html", {"form": form, "person": person}, status=status)
