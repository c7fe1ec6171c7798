from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "meicheng.cases"
    label = "cases"

    def ready(self) -> None:
        """Tell the ledger, which stands below, how cases are counted and whose the chains are."""
        from meicheng.ledger.rebuild import RECOUNTS
        from meicheng.ledger.receipt import CODES
        from meicheng.ledger.verify import OWNERS
        from meicheng.ledger.worker import EVERY_DAY, EVERY_TURN

        from . import offers
        from .models import Case
        from .recount import recount_cases
        from .tasks import tell_what_is_to_be_looked_at
        from .workbench.looking import forget_looks
        from .workbench.orders import carry_on_waiting, forget_drafts

        RECOUNTS["cases"] = recount_cases
        OWNERS["case"] = Case
        EVERY_DAY.extend([tell_what_is_to_be_looked_at, forget_looks, forget_drafts])
        EVERY_TURN.append(carry_on_waiting)

        def chain_of_case(code: str) -> str:
            found = Case.objects.filter(number=code.strip().upper()).only("pk").first()
            return found.chain if found else ""

        CODES.append(chain_of_case)
        offers.start()
