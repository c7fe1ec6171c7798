"""Addresses of inspections."""

from django.urls import path

from . import views

app_name = "inspections"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new", views.new, name="new"),
    path("<int:pk>/", views.visit, name="visit"),
    path("<int:pk>/correct/<int:answer>", views.correct, name="correct"),
]
