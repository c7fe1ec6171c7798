from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "meicheng.notices"
    label = "notices"

    def ready(self) -> None:
        """Give the worker its outbox and webhooks, and the ledger the owner of their chains."""
        from meicheng.ledger.verify import OWNERS
        from meicheng.ledger.worker import BESIDE, EVERY_DAY

        from . import outbox
        from .models import Endpoint
        from .webhooks import delivering

        OWNERS["webhook"] = Endpoint
        BESIDE.extend([outbox.Outbox().turn, delivering.Postman().turn])
        EVERY_DAY.extend([outbox.tidy, delivering.tidy])
