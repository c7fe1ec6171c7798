"""Addresses of what reading all reports together found."""

from django.urls import path

from . import views

app_name = "topics"
urlpatterns = [
    path("", views.listing, name="list"),
    path("hot-topics.xlsx", views.listing_workbook, name="list-xlsx"),
    path("digest/", views.digest, name="digest"),
    path("unheard/", views.unheard, name="unheard"),
    path("unheard.json", views.unheard_json, name="unheard-json"),
    path("unheard.xlsx", views.unheard_workbook, name="unheard-xlsx"),
    path("<int:pk>/", views.topic, name="topic"),
]
