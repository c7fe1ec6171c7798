from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "meicheng.inspections"
    label = "inspections"

    def ready(self) -> None:
        """Tell those below whose the chains of rounds are, and which visit opened a case."""
        from meicheng.cases.panels import PANELS
        from meicheng.ledger.verify import OWNERS

        from .models import Round
        from .panel import panel

        OWNERS["round"] = Round
        PANELS["inspections"] = panel
