"""Addresses of campaigns."""

from django.urls import path

from . import views

app_name = "campaigns"
urlpatterns = [
    path("", views.listing, name="campaigns"),
    path("new", views.new, name="new"),
    path("<slug:code>/", views.one_campaign, name="campaign"),
    path("<slug:code>/days.xlsx", views.days_workbook, name="days-xlsx"),
    path("<slug:code>/count", views.count, name="count"),
    path("<slug:code>/list", views.add_list, name="list"),
    path("<slug:code>/problems", views.problems, name="problems"),
    path("<slug:code>/effect", views.effect_page, name="effect"),
    path("<slug:code>/effect.xlsx", views.effect_workbook, name="effect-xlsx"),
    path("<slug:code>/beside", views.beside, name="beside"),
]
