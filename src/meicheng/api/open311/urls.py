"""Open311's addresses; what a call answers in is the end of its address."""

from django.urls import path, register_converter

from . import views


class Form:
    """The formats of the standard."""

    regex = "json|xml"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


class Anything(Form):
    """Whatever an address holds, also signs that end a line."""

    regex = r"[\s\S]*"


register_converter(Form, "form")
register_converter(Anything, "anything")

urlpatterns = [
    path("discovery.<form:form>", views.discovery),
    path("v2/discovery.<form:form>", views.discovery),
    path("v2/services.<form:form>", views.service_list),
    path("v2/services/<str:code>.<form:form>", views.service_definition),
    path("v2/requests.<form:form>", views.requests),
    path("v2/requests/<str:number>.<form:form>", views.one_request),
    path("v2/tokens/<str:token>.<form:form>", views.token),
    path("v2/media/<int:number>.jpg", views.media),
    path("<anything:rest>", views.elsewhere),
]
