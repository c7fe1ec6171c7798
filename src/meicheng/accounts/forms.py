"""Forms of accounts, and those of the sign-in library in our words."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ReauthenticateForm as LibraryConfirm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm as LibraryCode
from allauth.mfa.base.forms import ReauthenticateForm as LibraryConfirmCode
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as LibraryActivate
from allauth.mfa.webauthn.forms import AddWebAuthnForm as LibraryAddKey
from allauth.mfa.webauthn.forms import EditWebAuthnForm as LibraryEditKey
from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.organisation.models import Membership, Unit, User
from meicheng.organisation.permissions import held_in_units
from meicheng.places.models import Division

from . import pauses
from .tokens import SCOPES

CODE = {"autocomplete": "one-time-code", "autofocus": True, "maxlength": 12, "inputmode": "numeric"}


def _code(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=12, widget=forms.TextInput(attrs=CODE))


class _Counted:
    """Counts wrong codes like wrong passwords, in the database."""

    user: User

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if not Authenticator.objects.filter(user=self.user, type=Authenticator.Type.TOTP).exists():
            self.fields["code"].label = _("Recovery code")  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        """The code. Raises `ValidationError` where it is wrong, or it is not yet time to try."""
        connection = pauses.connection_of(context.request)
        if wait := pauses.begin(f"code of {self.user.pk}", connection):
            raise ValidationError(pauses.in_words(wait))
        code: str = super().clean_code()  # type: ignore[misc]
        pauses.succeed(f"code of {self.user.pk}", connection)
        return code


class SecondStep(_Counted, LibraryCode):
    """The code of the second step of signing in."""

    code = _code(gettext_lazy("Code from your app, or a recovery code"))


class ConfirmByCode(_Counted, LibraryConfirmCode):
    """The code that confirms that it is still she."""

    code = _code(gettext_lazy("Code from your app, or a recovery code"))


class ActivateApp(_Counted, LibraryActivate):
    """The first code of an app that makes codes."""

    code = _code(gettext_lazy("The six digits that the app shows"))


class AddKey(LibraryAddKey):
    """A security key, with the name that its owner knows it by."""

    name = forms.CharField(label=gettext_lazy("What you call it"), max_length=60, required=False)


class EditKey(LibraryEditKey):
    """Another name for a security key."""

    name = forms.CharField(label=gettext_lazy("What you call it"), max_length=60)


class Confirm(LibraryConfirm):
    """The password again, before something that matters."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def clean_password(self) -> str:
        from allauth.account.adapter import get_adapter

        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise ValidationError(_("This is not your password."))
        return password


class ChoosePassword(forms.Form):
    """A new password, twice."""

    new = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("The same again"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        rules = password_validation.password_validators_help_texts()
        self.fields["new"].help_text = " ".join(str(rule) for rule in rules)

    def clean_new(self) -> str:
        password: str = self.cleaned_data["new"]
        password_validation.validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("new") and found.get("again") and found["new"] != found["again"]:
            self.add_error("again", _("The two are not the same."))
        return found


class ChangePassword(ChoosePassword):
    """The password that holds, and a new one."""

    old = forms.CharField(
        label=gettext_lazy("Password until now"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["old", "new", "again"]

    def clean_old(self) -> str:
        from allauth.account.adapter import get_adapter

        password: str = self.cleaned_data["old"]
        if not get_adapter().reauthenticate(self.user, password):
            raise ValidationError(_("This is not your password."))
        return password


class NewAccount(forms.Form):
    """Somebody who shall have an account, with her first role."""

    username = forms.CharField(
        label=gettext_lazy("Account"),
        max_length=60,
        help_text=gettext_lazy("What she signs in with, as wang.fang"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    display_name = forms.CharField(label=gettext_lazy("Name shown"), max_length=80)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)


class ChangeAccount(forms.Form):
    """How somebody is called and reached."""

    display_name = forms.CharField(label=gettext_lazy("Name shown"), max_length=80)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)


class GiveRole(forms.Form):
    """A role, and the unit or division in which it is held."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=[("", "–"), *Membership.Role.choices]
    )
    where = forms.CharField(
        label=gettext_lazy("Unit or division"),
        max_length=80,
        help_text=gettext_lazy(
            "Code or name: a unit for unit workers and leads, a division for all others"
        ),
        widget=forms.TextInput(attrs={"list": "places"}),
    )
    unit: Unit | None = None
    division: Division | None = None

    def clean(self) -> dict[str, Any]:
        """Find the unit or division, by its code or by a name that only one has."""
        found = super().clean() or self.cleaned_data
        words = (found.get("where") or "").strip()
        if not words or not found.get("role"):
            return found
        model: Any = Unit if held_in_units(found["role"]) else Division
        code = words.split()[0]
        rows = list(model.objects.filter(code=code)[:1]) or list(
            model.objects.filter(name_zh=words)[:2]
        )
        if len(rows) != 1:
            said = (
                _("There is no unit with the code or (only one) name “%(words)s”")
                if model is Unit
                else _("There is no division with the code or (only one) name “%(words)s”")
            )
            self.add_error("where", said % {"words": words})
        elif model is Unit:
            self.unit = rows[0]
        else:
            self.division = rows[0]
        return found


class GiveToken(forms.Form):
    """A token for a machine."""

    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=[(scope, scope) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days until it expires"), min_value=1, max_value=3650, initial=365
    )
