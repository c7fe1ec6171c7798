"""What an administrator does with accounts; every change is an event of the account."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meicheng.accounts import actions, pauses, queries
from meicheng.demo.little import PASSWORD
from meicheng.ledger.models import Event
from meicheng.ledger.verify import verify
from meicheng.organisation.models import ApiToken, Membership, User
from meicheng.organisation.permissions import NotAllowed

NEW = {"username": "wang.fang", "display_name": "王芳", "email": "", "language": "zh-hans"}


@pytest.fixture
def admin(client, city):
    user = city.user("administrator")
    client.force_login(user)
    return user


def verbs(person):
    chain = Event.objects.filter(chain=f"account:{person.pk}").order_by("sequence")
    return list(chain.values_list("verb", flat=True))


def test_a_new_colleague_gets_an_account_and_chooses_her_own_password(client, city, admin):
    page = client.post("/people/new/", {**NEW, "role": "dispatcher", "where": "LC 柳池区"})
    link = page.context["link"]
    person = User.objects.get(username="wang.fang")
    assert link in page.content.decode()
    assert [(m.role, m.division.code) for m in person.memberships.all()] == [("dispatcher", "LC")]
    assert link not in client.get("/people/wang.fang/").content.decode()  # shown once
    hers = type(client)()
    path = link.removeprefix("http://testserver")
    assert hers.get(path).status_code == 200
    weak = hers.post(path, {"new": "wang.fang1", "again": "wang.fang1"})
    assert weak.status_code == 400
    assert (
        hers.post(path, {"new": "a-long-password!", "again": "a-long-password!"}).status_code == 302
    )
    assert (
        hers.post(path, {"new": "b-long-password!", "again": "b-long-password!"}).status_code == 404
    )
    signed_in = hers.post("/sign-in", {"username": "wang.fang", "password": "a-long-password!"})
    assert signed_in.status_code == 302
    assert verbs(person) == [
        "account_created",
        "role_given",
        "password_link_made",
        "password_chosen",
        "signed_in",
    ]
    assert not verify().found


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "DISPATCHER-CITY"}, "__all__"),  # there is one, written otherwise
        ({"username": "wang fang"}, "__all__"),
        ({"display_name": " "}, "display_name"),
        ({"email": "wang"}, "email"),
        ({"where": "no-such-place"}, "where"),
        ({"role": "unit-worker", "where": "LC"}, "where"),  # held in a unit, and this is a district
        ({"role": "mayor"}, "role"),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_nothing_changes(
    client, city, admin, change, field
):
    city.user("dispatcher")
    before = User.objects.count()
    said = {**NEW, "role": "dispatcher", "where": "LC", **change}
    page = client.post("/people/new/", said)
    assert page.status_code == 400
    assert field in {**page.context["form"].errors, **page.context["role"].errors}
    assert User.objects.count() == before


def test_who_manages_accounts_sees_no_case_and_gives_herself_none(city, admin):
    with pytest.raises(NotAllowed):
        actions.give_role(admin, "dispatcher", division=city.root, by=admin)
    second = city.user("administrator", name="second")
    with pytest.raises(actions.BadAccount):
        actions.give_role(second, "dispatcher", division=city.root, by=admin)
    with pytest.raises(actions.BadAccount):
        actions.give_role(city.user("dispatcher"), "administrator", division=city.root, by=admin)


def test_a_role_is_given_and_taken(client, city, admin):
    person = city.user("unit-worker")
    client.post(
        f"/people/{person.username}/roles", {"role": "unit-lead", "where": "urban-management-LC"}
    )
    held = Membership.objects.get(user=person, role="unit-lead")
    assert held.unit == city.unit()
    client.post(f"/people/{person.username}/roles/{held.pk}/take")
    assert not Membership.objects.filter(pk=held.pk).exists()
    assert verbs(person) == ["role_given", "role_taken"]


def test_whoever_leaves_is_put_out_of_use_and_signed_out(client, city, admin):
    hers = type(client)()
    person = city.user("dispatcher")
    hers.post("/sign-in", {"username": person.username, "password": PASSWORD})
    path = f"/people/{person.username}/active"
    assert client.post(path, {"reason": " "}).status_code == 400
    assert client.post(path, {"reason": "调离"}).status_code == 302
    assert hers.get("/account/").status_code == 302
    assert client.post(path, {"active": "1"}).status_code == 302
    person.refresh_from_db()
    assert person.is_active
    assert verbs(person)[-2:] == ["account_deactivated", "account_activated"]


def test_a_forgotten_password_is_replaced_by_its_owner_alone(client, city, admin):
    person = city.user("dispatcher")
    hers = type(client)()
    hers.post("/sign-in", {"username": person.username, "password": PASSWORD})
    page = client.post(f"/people/{person.username}/password")
    assert "/account/choose/" in page.context["link"]
    assert hers.get("/account/").status_code == 302
    again = hers.post("/sign-in", {"username": person.username, "password": PASSWORD})
    assert again.status_code == 400


def test_an_administrator_lifts_a_pause_and_ends_sessions(client, city, admin):
    person = city.user("dispatcher")
    for _ in range(6):
        pauses.begin(person.username, "203.0.113.7")
    assert client.get(f"/people/{person.username}/").context["account"].pause
    client.post(f"/people/{person.username}/unlock")
    assert not pauses.seconds_left(person.username)
    hers = type(client)()
    hers.post("/sign-in", {"username": person.username, "password": PASSWORD})
    client.post(f"/people/{person.username}/sign-out")
    assert hers.get("/account/").status_code == 302
    assert verbs(person) == ["pause_lifted", "signed_in", "sessions_ended"]


def test_lost_second_factors_are_removed_with_a_reason(client, city, admin):
    other = city.user("administrator", name="other")
    path = f"/people/{other.username}/second-factors"
    assert client.post(path, {"reason": ""}).status_code == 400
    assert client.post(path, {"reason": "本人持证件到场"}).status_code == 302
    assert not Authenticator.objects.filter(user=other).exists()


def test_a_token_is_made_shown_once_and_revoked(client, city, admin):
    person = city.user("dispatcher")
    path = f"/people/{person.username}/tokens"
    page = client.post(path, {"name": "热线", "scopes": ["cases:read"], "days": "30"})
    key = page.context["key"]
    assert key in page.content.decode()
    machine = type(client)()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    assert machine.get("/api/v1/cases", **bearer).status_code == 200
    row = ApiToken.objects.get()
    assert row.expires_at is not None
    client.post(f"{path}/{row.pk}/revoke")
    from meicheng.api import keys

    keys.forget_known()
    assert machine.get("/api/v1/cases", **bearer).status_code == 401


def test_an_auditor_reads_and_finds_no_button(client, city, admin):
    auditor = type(client)()
    auditor.force_login(city.user("auditor"))
    page = auditor.get(f"/people/{city.user('dispatcher').username}/")
    assert page.status_code == 200
    assert f'action="/people/{city.user("dispatcher").username}' not in page.content.decode()
    assert auditor.get("/people/new/").status_code == 403


def test_people_are_found_by_name_role_unit_and_state(city):
    worker, _lead = city.user("unit-worker"), city.user("unit-lead")
    gone = city.user("dispatcher", name="已离职")
    gone.is_active = False
    gone.save()

    def names(**asked):
        return {one.user.username for one in queries.people(**asked)[1]}

    assert names(words="worker") == {worker.username}
    assert names(role="unit-worker") == {worker.username}
    assert worker.username in names(unit=city.unit())
    assert names(state="inactive") == {gone.username}
    assert names(words="已离职") == {gone.username}


def test_the_list_asks_the_same_for_many(city):
    counts = []
    for _ in range(2):
        for n in range(8):
            city.user("inspector", name=f"检查员{len(counts)}{n}")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            queries.people()
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 5
