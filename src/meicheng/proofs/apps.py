from django.apps import AppConfig


class ProofsConfig(AppConfig):
    name = "meicheng.proofs"
    label = "proofs"

    def ready(self) -> None:
        """Tell the ledger, which stands below, whose the chains are."""
        from meicheng.ledger.verify import OWNERS

        from .models import PublicPicture, Question

        OWNERS["question"] = Question
        OWNERS["picture"] = PublicPicture
