from django.apps import AppConfig


class VoicesConfig(AppConfig):
    name = "meicheng.voices"
    label = "voices"

    def ready(self) -> None:
        """Let reports follow their cases."""
        from .following import start

        start()
