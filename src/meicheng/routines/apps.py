from django.apps import AppConfig


class RoutinesConfig(AppConfig):
    name = "meicheng.routines"
    label = "routines"

    def ready(self) -> None:
        """Tell the ledger, which stands below, whose chains these are, and what a day asks for."""
        from meicheng.ledger.verify import OWNERS
        from meicheng.ledger.worker import EVERY_DAY

        from .making import make_occurrences, tell_missed
        from .models import Routine

        OWNERS["routine"] = Routine
        EVERY_DAY += [make_occurrences, tell_missed]
