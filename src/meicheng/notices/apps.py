from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "meicheng.notices"
    label = "notices"

    def ready(self) -> None:
        """Give the worker its outbox, and the daily tidying of it."""
        from meicheng.ledger.worker import BESIDE, EVERY_DAY

        from .outbox import Outbox, tidy

        BESIDE.append(Outbox().turn)
        EVERY_DAY.append(tidy)
