"""Addresses of reports, for the staff."""

from django.urls import path

from . import views

app_name = "voices"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new", views.new, name="new"),
    path("<str:code>/", views.report, name="report"),
    path("<str:code>/answer", views.answer, name="answer"),
    path("<str:code>/decide/<str:step>", views.decide, name="decide"),
    path("<str:code>/phone", views.phone, name="phone"),
]
