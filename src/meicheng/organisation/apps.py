from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "meicheng.organisation"
    label = "organisation"
