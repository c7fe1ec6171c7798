from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "meicheng.inspections"
    label = "inspections"

    def ready(self) -> None:
        """Tell the ledger, which stands below, whose the chains of rounds are."""
        from meicheng.ledger.verify import OWNERS

        from .models import Round

        OWNERS["round"] = Round
