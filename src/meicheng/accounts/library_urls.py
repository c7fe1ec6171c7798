"""Addresses of the sign-in library that we use; its other pages do not exist here."""

from allauth.account.views import reauthenticate
from django.urls import include, path
from django.views.generic import RedirectView

from .views import service

entrance = RedirectView.as_view(pattern_name="console:sign-in", query_string=True)

urlpatterns = [
    # Names that the library redirects to.
    path("sign-in/", entrance, name="account_login"),
    path("sign-in/closed", entrance, name="account_signup"),
    path("sign-in/cancelled", entrance, name="socialaccount_login_cancelled"),
    path("account/confirm", reauthenticate, name="account_reauthenticate"),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("sign-in/with/<str:provider_id>/login/", service.go, name="openid_connect_login"),
    path(
        "sign-in/with/<str:provider_id>/login/callback/",
        service.come_back,
        name="openid_connect_callback",
    ),
]
