from django.apps import AppConfig


class VoicesConfig(AppConfig):
    name = "meicheng.voices"
    label = "voices"

    def ready(self) -> None:
        """Let reports follow their cases, and offer their answers to other systems."""
        from . import following, offers

        following.start()
        offers.start()
