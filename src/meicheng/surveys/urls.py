"""Addresses of surveys, for the staff."""

from django.urls import path

from .views import design, indexes, waves

app_name = "surveys"
urlpatterns = [
    path("", waves.listing, name="list"),
    path("new/", design.new, name="new"),
    path("questionnaires/", design.questionnaires, name="questionnaires"),
    path("questionnaires/<str:code>/take", design.take_ready, name="take-ready"),
    path("questionnaires/<str:code>/<int:version>/", design.questionnaire, name="questionnaire"),
    path(
        "questionnaires/<str:code>/<int:version>.xlsx",
        design.questionnaire_xlsx,
        name="questionnaire-xlsx",
    ),
    path("index/<str:index>/", indexes.index, name="index"),
    path("index/<str:index>.json", indexes.index_json, name="index-json"),
    path("index/<str:index>.xlsx", indexes.index_xlsx, name="index-xlsx"),
    path("<str:code>/", waves.wave, name="wave"),
    path("<str:code>/letters", waves.letters, name="letters"),
    path("<str:code>/drawn.xlsx", waves.drawn, name="drawn"),
    path("<str:code>/close", waves.close, name="close"),
    path("<str:code>/interview/", waves.interview, name="interview"),
    path("<str:code>/interview/<int:cell>/begin", waves.begin, name="begin"),
    path("<str:code>/interview/<int:cell>/missed", waves.missed, name="missed"),
    path("<str:code>/results/", waves.results, name="results"),
    path("<str:code>/results.xlsx", waves.results_xlsx, name="results-xlsx"),
]
