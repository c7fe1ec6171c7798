"""Addresses of the citizens' pages."""

from django.urls import path

from . import asking, commitments, data, finder, problems, proof, rating, reporting, views

app_name = "portal"
urlpatterns = [
    path("", reporting.report, name="report"),
    path("follow/", views.follow, name="follow"),
    path("at/<path:site>/", reporting.report, name="at"),
    path("near", asking.near, name="near"),
    path("photo-place", asking.photo_place, name="photo-place"),
    path("suggest", asking.suggest, name="suggest"),
    path("problems/", problems.problems, name="problems"),
    path("problems/cells.json", problems.cells_json, name="problem-cells"),
    path("problems/photo/<int:number>", problems.photo, name="problem-photo"),
    path("problems/<str:number>/", problems.problem, name="problem"),
    path("find/", finder.find, name="find"),
    path("find/places.json", finder.places_json, name="find-places"),
    path("type", views.type_size, name="type-size"),
    path("commitments/", commitments.commitments, name="commitments"),
    path("rate/<str:token>/", rating.one_tap, name="one-tap"),
    path("seals/", proof.seals, name="seals"),
    path("seals.json", proof.seals_json, name="seals-json"),
    path("seals.csv", proof.seals_csv, name="seals-csv"),
    path("seals/<str:day>.txt", proof.seal_list, name="seal-list"),
    path("<str:code>/proof/", proof.proof, name="proof"),
    path("<str:code>/receipt/", proof.receipt, name="receipt"),
    path("<str:code>/data/", data.data, name="data"),
    path("<str:code>/data/take", data.take, name="take"),
    path("<str:code>/data/<slug:what>", data.forget, name="forget"),
    path("<str:code>/", views.report_page, name="report-page"),
    path("<str:code>/rate", views.rate, name="rate"),
    path("<str:code>/contest", views.contest, name="contest"),
    path("<str:code>/case-photo/<int:number>", views.case_photo, name="case-photo"),
    path("<str:code>/photo/<int:number>", views.photo, name="photo"),
]
