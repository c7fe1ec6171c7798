"""Addresses of those who answer: short, for they stand on letters."""

from django.urls import path

from .views import answering

app_name = "survey-answer"
urlpatterns = [
    path("", answering.start, name="start"),
    path("<str:code>/", answering.page, name="page"),
    path("<str:code>/send", answering.send, name="send"),
]
