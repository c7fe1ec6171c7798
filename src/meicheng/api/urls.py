"""The API's address and its description."""

from typing import Any

from django.urls import path
from ninja import NinjaAPI

import meicheng

from . import (
    campaigns,
    cases,
    chat,
    chronic,
    commitments,
    foresight,
    ground,
    knowledge,
    lists,
    marks,
    materials,
    notices,
    observations,
    photos,
    problems,
    reports,
    routines,
    standards,
    supervision,
    surveys,
    topics,
)
from .bodies import Body
from .describing import page, with_problems
from .keys import Session, Token


class Api(NinjaAPI):
    """The API, whose description names the problem details of every call."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """The OpenAPI description, with errors and headers that all calls share."""
        return with_problems(super().get_openapi_schema(**options))


api = Api(
    title="Meicheng",
    version=meicheng.__version__,
    description=(
        "Reports, cases, places and marks of a city. Every call needs a token of `meicheng token "
        "create`, or a session of the console; every POST an Idempotency-Key; lists go on with `cursor`; single things have "
        "ETags; errors are problem details (RFC 9457) in the language of Accept-Language."
    ),
    urls_namespace="api",
    auth=[Token(), Session()],
    parser=Body(),
    docs_url=None,  # our own page, below: it loads nothing from outside
    openapi_url="/openapi.json",
)
problems.install(api)
for tag, part in (
    ("reports", reports), ("cases", cases), ("cases", supervision), ("lists", lists), ("campaigns", campaigns), ("chronic", chronic), ("knowledge", knowledge), ("routines", routines), ("commitments", commitments), ("places", ground),
    ("surveys", surveys), ("reports", topics),
    ("marks", marks),
    ("marks", foresight), ("observations", observations), ("materials", materials),
    ("standards", standards), ("photos", photos), ("notices", notices),
):  # fmt: skip
    api.add_router("", part.router, tags=[tag])

urlpatterns = [
    path("v1/docs", page, {"api": api}, name="api-docs"),
    path("v1/chat", chat.receive, name="chat"),
    path("v1/", api.urls),
]
