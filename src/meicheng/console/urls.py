"""Addresses of the staff's shell."""

from django.urls import path

from . import views

app_name = "console"
urlpatterns = [
    path("", views.today, name="today"),
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("language", views.language, name="language"),
]
