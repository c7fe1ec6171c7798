"""What actions refuse is a page that says why, not a fault."""

from __future__ import annotations

import pytest
from django.urls import include, path

from meicheng.cases.actions import Needed
from meicheng.organisation.permissions import NotAllowed


def refuse(_request):
    raise NotAllowed("not here")


def need(_request):
    raise Needed("a photograph is needed")


urlpatterns = [
    path("refuse", refuse),
    path("need", need),
    path("", include("meicheng.console.urls")),
]


@pytest.mark.urls("meicheng.console.tests.test_refusals")
@pytest.mark.parametrize(("where", "status"), [("/refuse", 403), ("/need", 409)])
def test_a_refused_action_is_a_page_with_its_reason(client, db, where, status):
    assert client.get(where).status_code == status
