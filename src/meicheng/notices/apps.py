from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "meicheng.notices"
    label = "notices"

    def ready(self) -> None:
        """Give the worker its outbox and webhooks, and tell those below what is wanted of them."""
        from meicheng.exchange.tasks import FINISHED
        from meicheng.ledger.verify import OWNERS
        from meicheng.ledger.worker import BESIDE, EVERY_DAY

        from . import imports, outbox
        from .models import Endpoint
        from .webhooks import delivering

        FINISHED.append(imports.tell_of)
        OWNERS["webhook"] = Endpoint
        BESIDE.extend([outbox.Outbox().turn, delivering.Postman().turn])
        EVERY_DAY.extend([outbox.tidy, delivering.tidy])
