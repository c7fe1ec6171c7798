"""Addresses of figures."""

from django.urls import path

from . import views
from .vetoes import near_miss, record, vetoes_page

app_name = "figures"
urlpatterns = [
    path("", views.grid, name="grid"),
    path("figures.xlsx", views.grid_workbook, name="xlsx"),
    path("history", views.history, name="history"),
    path("periods/", views.periods, name="periods"),
    path("periods/<int:pk>/lift", views.lift_period, name="lift"),
    path("vetoes/", vetoes_page, name="vetoes"),
    path("vetoes/record", record, name="record"),
    path("vetoes/near", near_miss, name="near"),
]
