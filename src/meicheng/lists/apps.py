from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "meicheng.lists"
    label = "lists"

    def ready(self) -> None:
        """Tell the ledger, which stands below, whose the chains of lists are."""
        from meicheng.ledger.verify import OWNERS
        from meicheng.ledger.worker import EVERY_DAY

        from . import offers
        from .models import ProblemList
        from .tasks import tell_what_is_due

        OWNERS["list"] = ProblemList
        offers.start()
        EVERY_DAY.append(tell_what_is_due)
