"""The API's address and its description."""

from django.urls import path
from ninja import NinjaAPI

import meicheng

from . import cases, ground, marks, photos, problems, reports
from .keys import Token

api = NinjaAPI(
    title="Meicheng",
    version=meicheng.__version__,
    description=(
        "Reports, cases, places and marks of a city. Every call needs a token of `meicheng token "
        "create`; every POST an Idempotency-Key; lists go on with `cursor`; single things have "
        "ETags; errors are problem details (RFC 9457) in the language of Accept-Language."
    ),
    urls_namespace="api",
    auth=[Token()],
    docs_url=None,  # the description is for machines; docs/api.md is for people
    openapi_url="/openapi.json",
)
problems.install(api)
for tag, part in (
    ("reports", reports), ("cases", cases), ("places", ground), ("marks", marks),
    ("photos", photos),
):  # fmt: skip
    api.add_router("", part.router, tags=[tag])

urlpatterns = [path("v1/", api.urls)]
