"""Addresses of notices."""

from django.urls import path

from . import views

app_name = "notices"
urlpatterns = [
    path("", views.listing, name="notices"),
    path("bell", views.bell, name="bell"),
    path("read", views.read, name="read"),
    path("<int:pk>", views.open_notice, name="open"),
    path("who/", views.who, name="who"),
    path("preferences/", views.preferences, name="preferences"),
]
