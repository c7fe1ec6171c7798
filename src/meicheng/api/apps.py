from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "meicheng.api"
    label = "api"
