"""Addresses of the standards."""

from django.urls import path

from . import views

app_name = "standards"
urlpatterns = [
    path("", views.standards_page, name="list"),
    path("looks/", views.looks_page, name="looks"),
    path("looks.xlsx", views.looks_workbook, name="looks-xlsx"),
    path("unused/", views.unused_page, name="unused"),
    path("<str:code>/<str:edition>/", views.standard_page, name="standard"),
    path("<str:code>/<str:edition>/file.<str:ending>", views.standard_file, name="file"),
    path("<str:code>/<str:edition>/freeze/", views.freeze, name="freeze"),
    path("<str:code>/<str:edition>/<str:criterion>/", views.criterion_page, name="criterion"),
]
