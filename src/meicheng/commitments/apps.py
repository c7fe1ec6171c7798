from django.apps import AppConfig


class CommitmentsConfig(AppConfig):
    name = "meicheng.commitments"
    label = "commitments"

    def ready(self) -> None:
        """Tell the ledger, which stands below, whose chains these are, and what a day asks for."""
        from meicheng.ledger.verify import OWNERS
        from meicheng.ledger.worker import EVERY_DAY

        from .following import follow_commitments
        from .models import Commitment

        OWNERS["commitment"] = Commitment
        EVERY_DAY.append(follow_commitments)
