from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "meicheng.portal"
    label = "portal"
