"""Addresses of the import page."""

from django.urls import path

from . import views

app_name = "exchange"
urlpatterns = [
    path("", views.listing, name="imports"),
    path("<int:pk>/", views.run, name="run"),
    path("<int:pk>/choose", views.choose, name="choose"),
    path("<int:pk>/start", views.start, name="start"),
    path("<int:pk>/progress", views.progress, name="progress"),
    path("<int:pk>/errors", views.errors, name="errors"),
    path("<int:pk>/mapping", views.mapping, name="mapping"),
    path("template/<slug:code>.<slug:form>", views.template, name="template"),
    path("export/<slug:code>.<slug:form>", views.export, name="export"),
]
