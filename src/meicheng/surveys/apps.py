from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "meicheng.surveys"
    label = "surveys"
