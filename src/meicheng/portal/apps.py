from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "meicheng.portal"
    label = "portal"

    def ready(self) -> None:
        """Forget every day how often somebody knocked."""
        from meicheng.ledger.worker import EVERY_DAY

        from .limits import forget_knocks

        EVERY_DAY.append(forget_knocks)
