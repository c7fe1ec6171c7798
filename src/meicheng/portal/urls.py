"""Addresses of the citizens' pages."""

from django.urls import path

from . import commitments, proof, views

app_name = "portal"
urlpatterns = [
    path("", views.report, name="report"),
    path("follow/", views.follow, name="follow"),
    path("type", views.type_size, name="type-size"),
    path("commitments/", commitments.commitments, name="commitments"),
    path("seals/", proof.seals, name="seals"),
    path("seals.json", proof.seals_json, name="seals-json"),
    path("seals.csv", proof.seals_csv, name="seals-csv"),
    path("seals/<str:day>.txt", proof.seal_list, name="seal-list"),
    path("<str:code>/proof/", proof.proof, name="proof"),
    path("<str:code>/receipt/", proof.receipt, name="receipt"),
    path("<str:code>/", views.report_page, name="report-page"),
    path("<str:code>/rate", views.rate, name="rate"),
    path("<str:code>/contest", views.contest, name="contest"),
    path("<str:code>/case-photo/<int:number>", views.case_photo, name="case-photo"),
    path("<str:code>/photo/<int:number>", views.photo, name="photo"),
]
