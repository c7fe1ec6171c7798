from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "meicheng.figures"
    label = "figures"
