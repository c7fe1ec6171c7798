"""Addresses of the sign-in library that we use; its other pages do not exist here."""

from allauth.account.views import reauthenticate
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path
from django.views.generic import RedirectView

from .factors import recorded
from .views import service

# Pages that change second factors stand before the library's own, at the same addresses.
CHANGES = [
    ("totp/activate/", totp.activate_totp, "mfa_activate_totp"),
    ("totp/deactivate/", totp.deactivate_totp, "mfa_deactivate_totp"),
    ("recovery-codes/generate/", recovery_codes.generate_recovery_codes, "mfa_generate_recovery_codes"),
    ("webauthn/add/", webauthn.add_webauthn, "mfa_add_webauthn"),
    ("webauthn/keys/<int:pk>/remove/", webauthn.remove_webauthn, "mfa_remove_webauthn"),
]  # fmt: skip

entrance = RedirectView.as_view(pattern_name="console:sign-in", query_string=True)

urlpatterns = [
    # Names that the library redirects to.
    path("sign-in/", entrance, name="account_login"),
    path("sign-in/closed", entrance, name="account_signup"),
    path("sign-in/cancelled", entrance, name="socialaccount_login_cancelled"),
    path("account/confirm", reauthenticate, name="account_reauthenticate"),
    *[
        path(f"account/second-factor/{address}", recorded(view), name=name)
        for address, view, name in CHANGES
    ],
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("sign-in/with/<str:provider_id>/login/", service.go, name="openid_connect_login"),
    path(
        "sign-in/with/<str:provider_id>/login/callback/",
        service.come_back,
        name="openid_connect_callback",
    ),
]
