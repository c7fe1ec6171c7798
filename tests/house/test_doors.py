"""Every address of the product is public by this list, or lets nobody in who is not signed in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, get_resolver

# What somebody without an account may open: the citizens' door, the way in, and signs of life.
PUBLIC = {
    "p/", "p/follow/", "p/type", "p/<str:code>/", "p/<str:code>/rate", "p/<str:code>/contest",
    "p/<str:code>/photo/<int:number>", "p/<str:code>/case-photo/<int:number>",
    "p/commitments/",  # promises that are shown to everybody
    "p/at/<path:site>/", "p/near", "p/photo-place", "p/suggest",
    "p/find/", "p/find/places.json",
    "p/problems/", "p/problems/cells.json", "p/problems/<str:number>/",
    "p/problems/photo/<int:number>",
    "p/rate/<str:token>/", "p/<str:code>/data/", "p/<str:code>/data/take", "p/<str:code>/data/<slug:what>",
    # What proves a report, and the seals by which anybody checks it.
    "p/<str:code>/proof/", "p/<str:code>/receipt/",
    "p/seals/", "p/seals.json", "p/seals.csv", "p/seals/<str:day>.txt",
    # Answering a survey by the code of an invitation.
    "s/", "s/<str:code>/", "s/<str:code>/send",
    "map/layers.json",  # outlines and sites' kinds, which the citizens' map shows as well
    "notices/bell",  # says nothing (204) to whoever is not signed in
    "healthz", "readyz", "favicon.ico", "language", "api/v1/docs", "api/v1/openapi.json", "api/v1/",
    "open311/discovery.<form:form>", "open311/v2/discovery.<form:form>",
    "open311/v2/services.<form:form>", "open311/v2/services/<str:code>.<form:form>",
    "open311/v2/requests.<form:form>", "open311/v2/requests/<str:number>.<form:form>",
    "open311/v2/tokens/<str:token>.<form:form>", "open311/v2/media/<int:number>.jpg",
    "open311/<anything:rest>",
    "sign-in", "sign-in/", "sign-in/closed", "sign-in/cancelled", "sign-out",
    "sign-in/with/<str:provider_id>/login/", "sign-in/with/<str:provider_id>/login/callback/",
    "account/choose/<str:uid>/<str:token>/",  # by a link that works once
}  # fmt: skip
FILLED = {
    "int": "1",
    "str": "x",
    "slug": "x",
    "path": "x",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def addresses(resolver: Any = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern of the URLconf, as it is written, without the marks of regular expressions."""
    for one in (resolver or get_resolver()).url_patterns:
        written = before + re.sub(r"^\^|\$$", "", str(one.pattern))
        if isinstance(one, URLPattern):
            yield written, one
        else:
            yield from addresses(one, written)


def filled(written: str) -> str:
    """An address of this pattern."""
    plain = re.sub(r"\(\?P<step>([a-z-]+)[^)]*\)", r"\1", written)
    plain = re.sub(r"\(\?P<position>[^)]*\)", "1", plain)
    plain = re.sub(r"\(\?P<\w+>[^)]*\)", "x", plain)
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda m: FILLED.get(m[1] or "str", "x"), plain)


def test_every_public_address_exists():
    assert {written for written, _one in addresses()} >= PUBLIC


def test_nobody_gets_in_without_signing_in(client, db):
    open_doors = []
    for written in sorted({written for written, _one in addresses()} - PUBLIC):
        path = filled(written)
        answers = [client.get(path), client.post(path)]
        refused = [
            answer.status_code in {401, 403, 405}
            or (answer.status_code == 302 and "/sign-in" in answer["Location"])
            for answer in answers
        ]
        told = [answer.status_code for answer in answers]
        if not all(refused) or told == [405, 405]:
            open_doors.append(f"{path}: {told}")
    assert open_doors == []


def test_an_auditor_finds_no_button_that_changes_anything(client, city):
    """On every page that she reaches by links: forms only search, and keep her own account."""
    city.load_standards("sanitary-city-2021")
    city.site("back-lane")
    for state in ("registered", "in_progress", "resolved", "closed"):
        city.case(state=state)
    city.report(case=city.case(state="reported", source="portal"))
    client.force_login(city.user("auditor"))
    # Her own: how she sees lists, and the order for many cases, of which she is offered the export.
    own = ("/language", "/sign-out", "/account/", "/notices/", "/cases/filters", "/cases/many")
    waiting, seen, found = ["/"], set(), {}
    while waiting and len(seen) < 60:
        path = waiting.pop(0)
        shape = re.sub(r"\d+", "0", path.split("?")[0])
        if shape in seen or shape.startswith(
            ("/account/", "/notices/preferences/", "/cases/columns")
        ):
            continue
        seen.add(shape)
        answer = client.get(html.unescape(path))
        assert answer.status_code == 200, path
        if "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        text = answer.content.decode()
        forms = re.findall(r'(<form[^>]*method="post"[^>]*>)(.*?)</form>', text, re.DOTALL)
        acting = [
            head
            for head, inside in forms
            if "<button" in inside and not re.search(rf'action="({"|".join(own)})', head)
        ]
        if acting:
            found[path] = acting
        waiting += re.findall(r'href="(/[^"#]*)', text)
    assert len(seen) > 20
    assert found == {}
