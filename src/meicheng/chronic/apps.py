from django.apps import AppConfig


class ChronicConfig(AppConfig):
    name = "meicheng.chronic"
    label = "chronic"

    def ready(self) -> None:
        """Tell those below whose chains these are, and what the page of a case may show."""
        from meicheng.cases.panels import PANELS
        from meicheng.ledger.verify import OWNERS

        from .models import ChronicPlace
        from .panel import panel

        OWNERS["chronic"] = ChronicPlace
        PANELS["chronic"] = panel
