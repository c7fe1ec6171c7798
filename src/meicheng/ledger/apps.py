from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "meicheng.ledger"
    label = "ledger"
