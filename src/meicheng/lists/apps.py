from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "meicheng.lists"
    label = "lists"

    def ready(self) -> None:
        """Tell the ledger, which stands below, whose the chains of lists are."""
        from meicheng.ledger.verify import OWNERS

        from . import offers
        from .models import ProblemList

        OWNERS["list"] = ProblemList
        offers.start()
