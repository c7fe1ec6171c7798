from django.apps import AppConfig


class VoicesConfig(AppConfig):
    name = "meicheng.voices"
    label = "voices"

    def ready(self) -> None:
        """Let reports follow their cases, offer their answers, and learn from them every day."""
        from meicheng.ledger.worker import EVERY_DAY

        from . import following, offers
        from .learning import learn_daily

        following.start()
        offers.start()
        EVERY_DAY.append(learn_daily)
