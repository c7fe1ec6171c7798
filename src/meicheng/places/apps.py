from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "meicheng.places"
    label = "places"
