"""Addresses of the knowledge base."""

from django.urls import path

from . import views

app_name = "knowledge"
urlpatterns = [
    path("", views.listing, name="articles"),
    path("new", views.new, name="new"),
    path("<str:code>/", views.article, name="article"),
    path("<str:code>/review", views.review, name="review"),
]
