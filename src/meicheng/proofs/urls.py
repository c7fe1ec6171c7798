"""Addresses of questions about photographs, and of what is hidden in them."""

from django.urls import path

from . import views

app_name = "proofs"
urlpatterns = [
    path("", views.listing, name="questions"),
    path("<int:pk>/", views.one, name="question"),
    path("<int:pk>/answer", views.answer, name="answer"),
    path("hidden/next", views.next_picture, name="next"),
    path("hidden/<str:sha256>/", views.hidden, name="hidden"),
    path("hidden/<str:sha256>/picture", views.picture, name="picture"),
]
