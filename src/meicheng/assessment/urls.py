"""Addresses of the assessment."""

from django.urls import path

from . import views

app_name = "assessment"
urlpatterns = [
    path("", views.marks_page, name="marks"),
    path("marks.xlsx", views.marks_workbook, name="marks-xlsx"),
    path("losses/", views.losses_page, name="losses"),
    path("criterion/", views.criterion_page, name="criterion"),
    path("observations/", views.observations_page, name="observations"),
]
