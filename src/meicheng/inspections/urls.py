"""Addresses of inspections."""

from django.urls import path

from .views import lookalikes, rounds, visits

app_name = "inspections"
urlpatterns = [
    path("", visits.listing, name="list"),
    path("new", visits.new, name="new"),
    path("<int:pk>/", visits.visit, name="visit"),
    path("<int:pk>/correct/<int:answer>", visits.correct, name="correct"),
    path("rounds/", rounds.listing, name="rounds"),
    path("rounds/<str:code>/", rounds.page, name="round"),
    path("rounds/<str:code>.xlsx", rounds.page_workbook, name="round-xlsx"),
    path("look-alikes/", lookalikes.page, name="look-alikes"),
    path("look-alikes.xlsx", lookalikes.page_workbook, name="look-alikes-xlsx"),
    path("look-alikes/ask", lookalikes.ask, name="look-alikes-ask"),
]
