"""Addresses of the citizens' pages."""

from django.urls import path

from . import views

app_name = "portal"
urlpatterns = [
    path("", views.report, name="report"),
    path("follow/", views.follow, name="follow"),
    path("type", views.type_size, name="type-size"),
    path("<str:code>/", views.report_page, name="report-page"),
    path("<str:code>/rate", views.rate, name="rate"),
    path("<str:code>/contest", views.contest, name="contest"),
    path("<str:code>/case-photo/<int:number>", views.case_photo, name="case-photo"),
    path("<str:code>/photo/<int:number>", views.photo, name="photo"),
]
