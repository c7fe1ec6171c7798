from django.apps import AppConfig


class TopicsConfig(AppConfig):
    name = "meicheng.voices.topics"
    label = "topics"

    def ready(self) -> None:
        """Read the reports of the city anew every day."""
        from meicheng.ledger.worker import EVERY_DAY

        from .making import read_daily

        EVERY_DAY.append(read_daily)
