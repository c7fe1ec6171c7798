from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "meicheng.inspections"
    label = "inspections"
