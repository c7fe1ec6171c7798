"""Addresses of materials."""

from django.urls import path

from . import views

app_name = "materials"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("materials.xlsx", views.overview_workbook, name="xlsx"),
    path("materials.zip", views.whole_set, name="zip"),
    path("file", views.file_one, name="file"),
    path("review", views.next_to_review, name="next"),
    path("<str:code>/", views.filing_page, name="filing"),
    path("<str:code>/document", views.document, name="document"),
    path("<str:code>/review", views.review_one, name="review"),
    path("<str:code>/use", views.use_for_more, name="use"),
    path("<str:code>/withdraw", views.withdraw_one, name="withdraw"),
]
