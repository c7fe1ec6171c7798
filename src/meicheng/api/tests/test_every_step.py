"""Every step that people take of a case, taken by the API as its `allowed_actions` offer it."""

from __future__ import annotations

import pytest

from meicheng.accounts import tokens
from meicheng.cases.models import Case
from meicheng.engine.workflow import PEOPLES_STEPS
from meicheng.files.actions import store_photo

from .conftest import Caller

WAYS = [
    ("reported", ["register", "dispatch", "accept", "start", "resolve", "verify", "close", "reopen"]),
    ("reported", ["turn_down"]),
    ("reported", ["join"]),
    ("dispatched", ["send_back", "dispatch", "send_back", "dispatch", "send_back", "decide"]),
    ("in_progress", ["finish_stage"]),
    ("in_progress", ["support", "part_done", "ask_extension", "extend"]),
    ("in_progress", ["ask_extension", "refuse_extension", "suspend", "resume"]),
    ("in_progress", ["split"]),
    ("resolved", ["redo"]),
    ("resolved", ["pass_photo"]),
    ("closed", ["relapse"]),
    ("dispatched", ["withdraw"]),
]  # fmt: skip


def test_the_ways_take_every_step_of_people():
    assert {step for _state, steps in WAYS for step in steps} == set(PEOPLES_STEPS)


@pytest.mark.parametrize(
    ("state", "steps"), WAYS, ids=lambda one: one if isinstance(one, str) else one[-1]
)
def test_each_step_is_offered_and_taken(city, client, call, state, steps):
    if "finish_stage" in steps:
        kind = city.kind()
        fence = {"do": {"zh": "围挡", "en": "fence off"}, "limit": "2h"}
        kind.stages = [fence, *kind.stages]
        kind.save()
    case = city.case(state=state)
    for step in steps:
        # Which reported work is seen on the spot is drawn; here none is.
        Case.objects.filter(pk=case.pk).update(
            spot_check=False if case.state == "resolved" else None
        )
        case = Case.objects.get(pk=case.pk)
        who = city.who_takes(case, step)
        _row, key = tokens.make_token(who, "t", list(tokens.SCOPES))
        caller = Caller(client, key)
        offered = caller.get(f"/cases/{case.number}").json()["allowed_actions"]
        assert step in [one["step"] for one in offered], step
        answer = caller.post(f"/cases/{case.number}/{step}", body(city, case, step, who))
        assert answer.status_code == 200, (step, answer.json())
        case = Case.objects.get(pk=case.pk)
        assert answer.json()["state"] == case.state
        assert answer.json()["version"] == case.events_count
    whole = Caller(client, key).get(f"/cases/{case.number}")
    if whole.status_code == 200:  # who turned a case away sees it no more
        verbs = [event["verb"] for event in whole.json()["events"]]
        assert verbs[-1] == steps[-1]


def body(city, case, step, who):
    """What a step needs as a request says it."""
    asked = city.asked(case, step)
    said = {"remark": "情况属实，按规定办理。"}
    if step == "join":
        return {**said, "case": city.case(apart=True, longitude=114.30).number}
    if "to" in asked:
        said["unit"] = asked["to"].code
    if "photos" in asked:
        said["photos"] = [store_photo(city.jpeg(), by=who, name="p.jpg").sha256]
    if "parts" in asked:
        said["parts"] = [
            {"kind": part.kind.code, "unit": part.unit.code, "words": part.words}
            for part in asked["parts"]
        ]
    for name in ("until", "review_on"):
        if name in asked:
            said[name] = asked[name].isoformat()
    return said
