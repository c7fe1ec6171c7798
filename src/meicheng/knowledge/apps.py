from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "meicheng.knowledge"
    label = "knowledge"

    def ready(self) -> None:
        """Tell the ledger, which stands below, whose the chains of articles are."""
        from meicheng.ledger.verify import OWNERS

        from .models import Article

        OWNERS["article"] = Article
