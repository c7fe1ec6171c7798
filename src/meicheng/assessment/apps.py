from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "meicheng.assessment"
    label = "assessment"
