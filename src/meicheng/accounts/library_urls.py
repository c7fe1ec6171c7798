"""Addresses of the sign-in library that we use; its other pages do not exist here."""

from allauth.account.views import reauthenticate
from django.urls import include, path
from django.views.generic import RedirectView

entrance = RedirectView.as_view(pattern_name="console:sign-in", query_string=True)

urlpatterns = [
    # Names that the library redirects to.
    path("sign-in/", entrance, name="account_login"),
    path("sign-in/closed", entrance, name="account_signup"),
    path("sign-in/cancelled", entrance, name="socialaccount_login_cancelled"),
    path("account/confirm", reauthenticate, name="account_reauthenticate"),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("sign-in/with/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
