from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "meicheng.demo"
    label = "demo"
