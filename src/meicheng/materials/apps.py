from django.apps import AppConfig


class MaterialsConfig(AppConfig):
    name = "meicheng.materials"
    label = "materials"

    def ready(self) -> None:
        """Tell the ledger, which stands below, whose the chains of filings are, and of each day."""
        from meicheng.ledger.verify import OWNERS
        from meicheng.ledger.worker import EVERY_DAY

        from .actions import let_expire, warn_of_expiry
        from .models import Filing

        OWNERS["filing"] = Filing
        EVERY_DAY += [let_expire, warn_of_expiry]
