"""All addresses: the rooms' own, under the doors that they are reached by."""

from django.urls import include, path

from . import health

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("", include("meicheng.console.urls")),
]
