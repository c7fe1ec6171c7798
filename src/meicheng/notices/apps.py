from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "meicheng.notices"
    label = "notices"
