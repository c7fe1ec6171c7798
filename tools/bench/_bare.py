"""The plain code beside `reports`: two rows by the ORM in one transaction, and nothing else.

Served by the same server with the same settings and middleware; `tools.bench.reports` names this
module as ROOT_URLCONF.
"""

from __future__ import annotations

import json
import os
import secrets

from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tools.bench._bare_settings")


@csrf_exempt
def insert(request: HttpRequest) -> JsonResponse:
    """Insert a case and a report with the words of the request."""
    from meicheng.cases.models import Case
    from meicheng.voices.models import Report

    said = json.loads(request.body)
    at, code = timezone.now(), secrets.token_hex(6)
    with transaction.atomic():
        case = Case.objects.create(
            number=f"B-{code}",
            kind_id="other",
            division_id=int(os.environ["BENCH_DIVISION"]),
            description=said["body"],
            longitude=said["longitude"],
            latitude=said["latitude"],
            reported_at=at,
        )
        Report.objects.create(
            code=code,
            source="api",
            case=case,
            kind_id="other",
            division_id=case.division_id,
            body=said["body"],
            longitude=said["longitude"],
            latitude=said["latitude"],
            reported_at=at,
        )
    return JsonResponse({"code": code, "case": case.number}, status=201)


urlpatterns = [path("bare", insert)]
application = get_wsgi_application() if os.environ.get("BENCH_SERVES") == "bare" else None
