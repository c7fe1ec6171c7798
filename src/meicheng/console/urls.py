"""Addresses of the staff's shell."""

from django.urls import path

from . import map as city_map
from . import photographs, signs, sites, views

app_name = "console"
urlpatterns = [
    path("", views.today, name="today"),
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("language", views.language, name="language"),
    path("search/", views.find, name="search"),
    path("files/<str:sha256>", photographs.whole, name="photograph"),
    path("files/<str:sha256>/small", photographs.small, name="photograph-small"),
    path("files/<str:sha256>/<int:width>", photographs.sized, name="photograph-sized"),
    path("map/", city_map.page, name="map"),
    path("map/layers.json", city_map.layers_json, name="layers"),
    path("map/cells.json", city_map.cells_json, name="cells"),
    path("sites/", sites.listing, name="sites"),
    path("sites/signs.pdf", signs.signs, name="signs"),
    path("sites/<path:code>/", sites.site, name="site"),
]
