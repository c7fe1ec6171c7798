from django.apps import AppConfig


class MaterialsConfig(AppConfig):
    name = "meicheng.materials"
    label = "materials"

    def ready(self) -> None:
        """Tell those below whose the chains of filings are, of each day, and what filing takes."""
        from meicheng.ledger.verify import OWNERS
        from meicheng.ledger.worker import EVERY_DAY
        from meicheng.routines.burden import SOURCES

        from .actions import let_expire, warn_of_expiry
        from .burden import acts_of_filings
        from .models import Filing

        OWNERS["filing"] = Filing
        EVERY_DAY += [let_expire, warn_of_expiry]
        SOURCES["materials"] = acts_of_filings
