"""Addresses of the assessment."""

from django.urls import path

from .views import losses, marks, sources

app_name = "assessment"
urlpatterns = [
    path("", marks.marks_page, name="marks"),
    path("marks.xlsx", marks.marks_workbook, name="marks-xlsx"),
    path("losses/", losses.losses_page, name="losses"),
    path("criterion/", sources.criterion_page, name="criterion"),
    path("observations/", sources.observations_page, name="observations"),
]
