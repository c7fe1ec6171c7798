"""Addresses of chronic places."""

from django.urls import path

from . import views

app_name = "chronic"
urlpatterns = [
    path("", views.listing, name="places"),
    path("<slug:code>/", views.one_place, name="place"),
    path("<slug:code>/plan", views.make_plan, name="plan"),
    path("<slug:code>/measures/<int:position>", views.done, name="done"),
    path("<slug:code>/strike-off", views.strike, name="strike"),
]
