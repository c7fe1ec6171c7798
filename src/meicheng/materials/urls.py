"""Addresses of materials."""

from django.urls import path

from .views import filing, overview, reviewing

app_name = "materials"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("materials.xlsx", overview.overview_workbook, name="xlsx"),
    path("materials.zip", overview.whole_set, name="zip"),
    path("file", filing.file_one, name="file"),
    path("same", filing.same, name="same"),
    path("review", reviewing.next_to_review, name="next"),
    path("<str:code>/", reviewing.filing_page, name="filing"),
    path("<str:code>/document", reviewing.document, name="document"),
    path("<str:code>/review", reviewing.review_one, name="review"),
    path("<str:code>/use", reviewing.use_for_more, name="use"),
    path("<str:code>/withdraw", reviewing.withdraw_one, name="withdraw"),
]
