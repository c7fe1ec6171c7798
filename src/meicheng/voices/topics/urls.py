"""Addresses of what reading all reports together found."""

from django.urls import path

from . import views

app_name = "topics"
urlpatterns = [
    path("", views.listing, name="list"),
    path("hot-topics.xlsx", views.listing_workbook, name="list-xlsx"),
    path("<int:pk>/", views.topic, name="topic"),
]
