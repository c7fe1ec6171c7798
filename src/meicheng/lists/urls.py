"""Addresses of problem lists."""

from django.urls import path, re_path

from . import making, views

app_name = "lists"
urlpatterns = [
    path("", views.listing, name="lists"),
    path("new", making.new, name="new"),
    path("template.xlsx", making.template, name="template"),
    path("mine/", views.mine, name="mine"),
    path("<slug:code>/", views.one_list, name="list"),
    path("<slug:code>/print", views.printed, name="print"),
    path("<slug:code>/list.xlsx", views.exported, name="xlsx"),
    path("<slug:code>/<int:position>/", views.one_item, name="item"),
    re_path(
        r"^(?P<code>[-\w]+)/(?P<position>\d{1,9})/(?P<step>solve|strike-off|send-back)$",
        views.step,
        name="step",
    ),
]
