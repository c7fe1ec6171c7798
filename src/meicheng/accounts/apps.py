from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "meicheng.accounts"

    def ready(self) -> None:
        from meicheng.tables import exports

        from . import access, following  # noqa: F401  (its receivers)

        exports.keep_with(access.keep)
