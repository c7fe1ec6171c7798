from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "meicheng.exchange"
    label = "exchange"
