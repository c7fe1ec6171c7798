from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "meicheng.cases"
    label = "cases"
