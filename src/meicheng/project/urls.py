"""All addresses: the rooms' own, under the doors that they are reached by."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path

from . import health

handler400 = "meicheng.console.errors.bad_request"
handler403 = "meicheng.console.errors.forbidden"
handler404 = "meicheng.console.errors.not_found"
handler500 = "meicheng.console.errors.server_error"


def icon(_request: HttpRequest) -> HttpResponse:
    """The icon, which browsers ask for here beside pictures: those name none."""
    return redirect(static("console/icon.svg"))


urlpatterns = [
    path("favicon.ico", icon),
    path("api/", include("meicheng.api.urls")),
    path("open311/", include("meicheng.api.open311.urls")),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("cases/", include("meicheng.cases.urls")),
    path("supervision/", include("meicheng.supervision.urls")),
    path("reports/topics/", include("meicheng.voices.topics.urls")),
    path("reports/", include("meicheng.voices.urls")),
    path("p/", include("meicheng.portal.urls")),
    path("inspections/", include("meicheng.inspections.urls")),
    path("proofs/", include("meicheng.proofs.urls")),
    path("surveys/", include("meicheng.surveys.urls")),
    path("s/", include("meicheng.surveys.answer_urls")),
    path("knowledge/", include("meicheng.knowledge.urls")),
    path("lists/", include("meicheng.lists.urls")),
    path("campaigns/", include("meicheng.campaigns.urls")),
    path("chronic/", include("meicheng.chronic.urls")),
    path("routines/", include("meicheng.routines.urls")),
    path("commitments/", include("meicheng.commitments.urls")),
    path("notices/", include("meicheng.notices.urls")),
    path("figures/", include("meicheng.figures.urls")),
    path("materials/", include("meicheng.materials.urls")),
    path("appraisal/", include("meicheng.appraisal.urls")),
    path("assessment/", include("meicheng.assessment.urls")),
    path("standards/", include("meicheng.standards.urls")),
    path("", include("meicheng.console.urls")),
    path("", include("meicheng.accounts.urls")),
    path("", include("meicheng.accounts.library_urls")),
    path("import/", include("meicheng.exchange.urls")),
]
