from django.apps import AppConfig


class VoicesConfig(AppConfig):
    name = "meicheng.voices"
    label = "voices"

    def ready(self) -> None:
        """Let reports follow their cases, offer their answers; learn from them and tidy every day."""
        from meicheng.ledger.receipt import CODES
        from meicheng.ledger.worker import BESIDE, EVERY_DAY, EVERY_TURN

        from . import following, offers
        from .callbacks.actions import draw_daily
        from .codes import chain_of_report
        from .floods import forget_knocks
        from .learning import learn_daily
        from .open311.turns import turn_of_worker
        from .personal import erase_due
        from .unsent import forget_unsent

        following.start()
        offers.start()
        CODES.append(chain_of_report)
        EVERY_DAY.extend([learn_daily, draw_daily, forget_knocks, forget_unsent])
        EVERY_TURN.append(erase_due)
        BESIDE.append(turn_of_worker)
