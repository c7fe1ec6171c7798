from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "meicheng.supervision"
    label = "supervision"

    def ready(self) -> None:
        """Follow the cases, and let the worker look at what has passed."""
        from meicheng.cases.panels import PANELS
        from meicheng.ledger.verify import OWNERS
        from meicheng.ledger.worker import EVERY_DAY, EVERY_TURN

        from . import offers
        from .catching import adopt, catch_up
        from .following import start
        from .models import Clock
        from .panels import panel

        OWNERS["clock"] = Clock
        PANELS["supervision"] = panel
        EVERY_TURN.append(catch_up)
        EVERY_DAY.append(adopt)
        start()
        offers.start()
