from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "meicheng.figures"
    label = "figures"

    def ready(self) -> None:
        """Tell the burden meter, which stands below, what figures ask."""
        from meicheng.routines.burden import SOURCES

        from .burden import acts_of_figures

        SOURCES["figures"] = acts_of_figures
