"""Addresses of the appraisal."""

from django.urls import path

from . import views

app_name = "appraisal"
urlpatterns = [
    path("", views.ranking_page, name="ranking"),
    path("ranking.xlsx", views.ranking_workbook, name="ranking-xlsx"),
    path("bulletin/<int:month>/", views.bulletin_page, name="bulletin"),
    path("bulletin/<int:month>.docx", views.bulletin_document, name="bulletin-docx"),
    path("bulletin/<int:month>.xlsx", views.bulletin_workbook, name="bulletin-xlsx"),
]
