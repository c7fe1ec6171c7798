from django.apps import AppConfig


class StandardsConfig(AppConfig):
    name = "meicheng.standards"
    label = "standards"
