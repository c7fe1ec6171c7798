"""Addresses of cases."""

from django.urls import path

from . import views

app_name = "cases"
urlpatterns = [
    path("", views.listing, name="list"),
    path("export", views.export, name="export"),
    path("new/", views.new, name="new"),
    path("decisions/", views.decisions, name="decisions"),
    path("<str:number>/", views.case, name="case"),
    path("<str:number>/<str:code>/", views.step, name="step"),
]
