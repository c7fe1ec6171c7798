"""What districts and units promised in public, and whether they kept it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meicheng.commitments import telling
from meicheng.commitments.queries import Public, published
from meicheng.places.time import today


@require_safe
def commitments(request: HttpRequest) -> HttpResponse:
    """Every public promise with how it stands, why, and what was changed of it."""
    rows = [_row(one) for one in published(today=today())]
    return render(request, "portal/commitments.html", {"rows": rows})


def _row(one: Public) -> dict[str, Any]:
    promise = one.line.promise
    state, word, colour = telling.state_of(one.line)
    return {
        "one": promise,
        "figure": telling.figure_of(promise),
        "value": telling.shown(promise, one.line.value),
        "tracked_by": telling.tracked_by(promise),
        "state": state,
        "word": word,
        "colour": colour,
        "why": telling.why(one.line),
        "changes": one.changes,
    }
