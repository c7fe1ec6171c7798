"""Addresses of notices."""

from django.urls import path

from . import views
from .webhooks import views as webhooks

app_name = "notices"
urlpatterns = [
    path("", views.listing, name="notices"),
    path("bell", views.bell, name="bell"),
    path("read", views.read, name="read"),
    path("<int:pk>", views.open_notice, name="open"),
    path("who/", views.who, name="who"),
    path("preferences/", views.preferences, name="preferences"),
    path("webhooks/", webhooks.listing, name="webhooks"),
    path("webhooks/new", webhooks.new, name="webhook-new"),
    path("webhooks/<int:pk>/", webhooks.one, name="webhook"),
    path("webhooks/<int:pk>/<slug:step>", webhooks.step, name="webhook-step"),
    path("webhooks/<int:pk>/<slug:code>/resend", webhooks.resend, name="webhook-resend"),
]
