"""How much of the reported work is seen on the spot is set on a page, and kept with who set it."""

from __future__ import annotations

import pytest

from meicheng.cases.queries.waiting import next_step
from meicheng.cases.rules import chance_on_the_spot, rules
from meicheng.ledger.models import Event

SHARES = {"severity-1": "25", "severity-2": "50", "severity-3": "100",
          "kind": ["lamp-out", ""], "share": ["12.5", ""]}  # fmt: skip


@pytest.fixture
def office(city, client):
    client.force_login(city.user("creation-office"))
    client.cookies["django_language"] = "en"
    return client


def test_the_office_sets_the_shares_and_the_next_work_is_drawn_by_them(city, office):
    assert chance_on_the_spot(city.kind("lamp-out"), 1) == rules().on_the_spot.by_severity[1]
    assert office.post("/cases/on-the-spot/", SHARES).status_code == 302
    assert chance_on_the_spot(city.kind("lamp-out"), 1) == 0.125
    assert chance_on_the_spot(city.kind(), 2) == 0.5
    case = city.case(state="resolved")
    drawn = Event.objects.get(chain=case.chain, verb="resolve")
    assert drawn.data["chance"] == {1: 0.25, 2: 0.5, 3: 1.0}[case.severity]
    said = Event.objects.get(chain="working-time", verb="shares_set")
    assert said.data["shares"]["by_kind"] == {"lamp-out": 0.125}
    assert "12.5" in office.get("/cases/on-the-spot/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"severity-2": "0"}, "between 1 and 100"),
        ({"severity-2": "101"}, "between 1 and 100"),
        ({"severity-2": "half"}, "no number of per cent"),
        ({"kind": ["ufo"], "share": ["10"]}, "no kind of case ufo"),
        ({"kind": [""], "share": ["37.5"]}, "Choose the kind"),
    ],
)
def test_a_share_that_cannot_be_changes_nothing(office, wrong, says):
    answer = office.post("/cases/on-the-spot/", {**SHARES, **wrong})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert says in page
    assert all(f'value="{share}"' in page for share in wrong.get("share", ())), (
        "what was typed stays"
    )
    assert not Event.objects.filter(verb="shares_set").exists()


def test_others_see_the_shares_and_set_none(city, client):
    client.force_login(city.user("dispatcher"))
    assert client.get("/cases/on-the-spot/").status_code == 200
    assert client.post("/cases/on-the-spot/", SHARES).status_code == 403


@pytest.mark.parametrize(("drawn", "step"), [(False, "pass_photo"), (True, "verify")])
def test_a_verifier_is_offered_first_what_the_draw_asks_of_her(city, drawn, step):
    case = city.case(state="resolved")
    case.spot_check = drawn
    assert next_step(case, city.user("verifier")) == step
