"""Addresses of supervision."""

from django.urls import path

from . import views

app_name = "supervision"
urlpatterns = [
    path("", views.listing, name="list"),
    path("supervision.xlsx", views.exported, name="xlsx"),
    path("rules/", views.rules, name="rules"),
    path("<int:pk>/answer", views.answer, name="answer"),
]
