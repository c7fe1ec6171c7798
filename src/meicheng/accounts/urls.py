"""Addresses of accounts: one's own, everybody's, and who took what out."""

from django.urls import path

from .views import access, own, people

app_name = "accounts"
urlpatterns = [
    path("account/", own.account, name="own"),
    path("account/password/", own.password, name="password"),
    path("account/sessions/end", own.end, name="end-sessions"),
    path("account/choose/<str:uid>/<str:token>/", own.choose, name="choose-password"),
    path("people/", people.listing, name="people"),
    path("people/new/", people.new, name="new"),
    path("people/<str:username>/", people.person, name="person"),
    path("people/<str:username>/change", people.change, name="change"),
    path("people/<str:username>/roles", people.give_role, name="give-role"),
    path("people/<str:username>/roles/<int:pk>/take", people.take_role, name="take-role"),
    path("people/<str:username>/active", people.active, name="active"),
    path("people/<str:username>/password", people.password, name="reset-password"),
    path("people/<str:username>/unlock", people.unlock, name="unlock"),
    path("people/<str:username>/sign-out", people.sign_out, name="sign-out"),
    path("people/<str:username>/second-factors", people.drop_factors, name="drop-factors"),
    path("people/<str:username>/tokens", people.give_token, name="give-token"),
    path("people/<str:username>/tokens/<int:pk>/revoke", people.revoke, name="revoke-token"),
    path("ledger/access/", access.listing, name="access"),
]
