"""The doors of the shell: signing in and out, the language, today."""

from __future__ import annotations

from allauth.account.internal import stagekit
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from meicheng.accounts import pauses
from meicheng.cases.clock import calendar, year_to_learn
from meicheng.organisation.models import User
from meicheng.organisation.permissions import may
from meicheng.places.time import city_day
from meicheng.supervision import queries as supervision

from .forms import SignIn
from .search import search
from .today import today_of


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let somebody in by name and password, and the second step where she has one.

    Failures make the next attempts wait; what is said never tells which part was wrong.
    """
    target = _safe(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(target)
    form = SignIn(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            name = form.cleaned_data["username"]
            connection = pauses.connection_of(request)
            if wait := pauses.begin(name, connection):
                form.add_error(None, pauses.in_words(wait))
                status = 429
            else:
                user = authenticate(request, username=name, password=form.cleaned_data["password"])
                if isinstance(user, User):
                    pauses.succeed(name, connection)
                    begun = Login(user=user, redirect_url=target)
                    answer = perform_password_login(request, {"username": user.username}, begun)
                    return _in_language(answer, user.language)
                form.add_error(
                    None, _("Account and password do not match. Capital letters make a difference.")
                )
    context = {
        "form": form,
        "next": target,
        "service": settings.SINGLE_SIGN_ON and settings.SINGLE_SIGN_ON_NAME,
    }
    return render(request, "console/sign_in.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    stagekit.clear_login(request)  # of somebody who has not taken the second step
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language, and keep it with the account of whoever is signed in."""
    wanted = request.POST.get("language", "")
    answer = redirect(_safe(request, request.POST.get("next", "")))
    if wanted not in dict(settings.LANGUAGES):
        return answer
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(language=wanted)
    return _in_language(answer, wanted)


@require_GET
@login_required
def today(request: HttpRequest) -> HttpResponse:
    """What waits for whoever looks, and how the city does."""
    assert isinstance(request.user, User)  # login_required stands before
    at = timezone.now()
    context = {
        "today": today_of(request.user, at=at),
        "day": timezone.localtime(at),
        "works": calendar().days.works(city_day(at)),
        "may_open": may(request.user, "cases.open"),
        "to_answer": supervision.to_answer(request.user),
        "supervised": supervision.supervised_by(request.user),
        "manages": may(request.user, "accounts.manage"),
        "sets_days": may(request.user, "limits.write"),
        "year_to_learn": year_to_learn(city_day(at)),
    }
    return render(request, "console/today.html", context)


@require_GET
@login_required
def find(request: HttpRequest) -> HttpResponse:
    """What somebody typed into the box for searching."""
    assert isinstance(request.user, User)  # login_required stands before
    words = request.GET.get("q", "").strip().replace("\0", "")[:100]
    found = search(request.user, words)
    if found.only:
        return redirect(found.only)
    return render(request, "console/search.html", {"found": found, "search_words": words})


def _in_language(answer: HttpResponse, code: str) -> HttpResponse:
    """Remember the language where `LocaleMiddleware` looks for it."""
    if code in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=365 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        translation.activate(code)
    return answer


def _safe(request: HttpRequest, target: str) -> str:
    """An address on this server, or the page of today."""
    fine = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if fine and target else "/"
