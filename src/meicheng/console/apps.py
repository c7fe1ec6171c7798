from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "meicheng.console"
    label = "console"
