from django.apps import AppConfig


class VoicesConfig(AppConfig):
    name = "meicheng.voices"
    label = "voices"
