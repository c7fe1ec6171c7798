from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "meicheng.campaigns"
    label = "campaigns"

    def ready(self) -> None:
        """Tell those below whose chains these are, and what a new day asks for."""
        from meicheng.cases.panels import PANELS
        from meicheng.ledger.verify import OWNERS
        from meicheng.ledger.worker import EVERY_DAY

        from .models import Campaign
        from .panel import panel
        from .watching import watch_campaigns

        PANELS["campaigns"] = panel
        OWNERS["campaign"] = Campaign
        EVERY_DAY.append(watch_campaigns)
