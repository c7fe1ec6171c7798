from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "meicheng.files"
    label = "files"
