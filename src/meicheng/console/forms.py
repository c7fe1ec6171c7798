"""The look of every form, and the form of the door itself."""

from __future__ import annotations

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _


class Renderer(TemplatesSetting):
    """Fields with label, help and errors tied to them, the same on every page."""

    field_template_name = "console/field.html"


class SignIn(forms.Form):
    """Name and password of an account."""

    username = forms.CharField(
        label=_("Account"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
