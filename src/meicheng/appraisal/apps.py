from django.apps import AppConfig


class AppraisalConfig(AppConfig):
    name = "meicheng.appraisal"
    label = "appraisal"
