from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "meicheng.accounts"

    def ready(self) -> None:
        from allauth.mfa.totp.internal.auth import TOTP

        from meicheng.ledger.worker import EVERY_DAY
        from meicheng.organisation.exchange import NOTED
        from meicheng.tables import exports

        from . import access, pauses
        from .codes import use_up
        from .recording import record

        exports.keep_with(access.keep)
        NOTED.append(record)
        EVERY_DAY.append(pauses.tidy)
        # The library keeps used codes in the cache, which each process has for itself.
        TOTP._mark_code_used = use_up
