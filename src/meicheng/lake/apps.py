from django.apps import AppConfig


class LakeConfig(AppConfig):
    name = "meicheng.lake"
    label = "lake"
