"""Addresses of commitments."""

from django.urls import path

from . import views

app_name = "commitments"
urlpatterns = [
    path("", views.listing, name="commitments"),
    path("new/", views.new, name="new"),
    path("commitments.xlsx", views.exported, name="xlsx"),
    path("<slug:code>/", views.one_commitment, name="commitment"),
    path("<slug:code>/readings.xlsx", views.readings, name="readings-xlsx"),
    path("<slug:code>/enter", views.enter, name="enter"),
    path("<slug:code>/change", views.alter, name="change"),
    path("<slug:code>/withdraw", views.take_back, name="withdraw"),
    path("<slug:code>/proofs/<int:pk>", views.proof, name="proof"),
]
