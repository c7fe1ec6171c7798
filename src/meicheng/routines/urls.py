"""Addresses of routines and the burden meter."""

from django.urls import path

from . import views

app_name = "routines"
urlpatterns = [
    path("", views.due, name="due"),
    path("all/", views.listing, name="routines"),
    path("new/", views.new, name="new"),
    path("burden/", views.meter, name="burden"),
    path("times/<int:pk>/", views.one_time, name="time"),
    path("<slug:code>/", views.one_routine, name="routine"),
    path("<slug:code>/thin", views.thin, name="thin"),
    path("<slug:code>/end", views.end, name="end"),
]
