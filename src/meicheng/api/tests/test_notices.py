"""Notices and webhooks through the API."""

from __future__ import annotations

import json

from django.utils.translation import gettext_noop

from meicheng.ledger.models import IdempotencyKey
from meicheng.notices.actions import notify
from meicheng.notices.models import Endpoint, Message, Notice
from meicheng.notices.words import words

HOOK = {"name": "Province", "url": "https://system.example/hook", "events": ["case.close"]}


def test_somebody_reads_her_own_notices_in_her_language(city, call):
    caller = call("unit-lead")
    lead, other = city.user("unit-lead"), city.user("dispatcher")
    for key in "abc":
        said = words(gettext_noop("A case is overdue"))
        notify(to=[lead, other], kind="case.overdue", title=said, link="/cases/1/", key=key)
    found = caller.get("/notices?limit=2").json()
    assert [one["title"] for one in found["items"]] == ["A case is overdue"] * 2
    assert found["unread"] == 3
    older = caller.get(f"/notices?before={found['items'][-1]['id']}").json()
    assert len(older["items"]) == 1
    theirs = Notice.objects.filter(person=other).first().pk
    ids = [found["items"][0]["id"], theirs, 2**70]
    assert caller.post("/notices/read", {"ids": ids}).json() == {"read": 1}
    assert len(caller.get("/notices?unread=true").json()["items"]) == 2
    assert caller.post("/notices/read").json() == {"read": 2}
    assert Notice.objects.filter(person=other, read_at=None).count() == 3


def test_a_webhook_is_made_and_its_secret_told_once_and_kept_nowhere(city, call):
    caller = call()
    made = caller.post("/webhooks", HOOK, key="k")
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert "secret" not in caller.post("/webhooks", HOOK, key="k").json()
    assert Endpoint.objects.count() == 1
    assert secret not in json.dumps([one.answer for one in IdempotencyKey.objects.all()])
    assert secret not in caller.get("/webhooks").content.decode()
    number = made.json()["id"]
    assert caller.post(f"/webhooks/{number}/rotate").json()["secret"] != secret
    assert caller.post(f"/webhooks/{number}/pause").json()["state"] == "paused"
    changed = {**HOOK, "events": ["seal.made"]}
    assert caller.post(f"/webhooks/{number}/change", changed).json()["events"] == ["seal.made"]
    caller.post(f"/webhooks/{number}/resume")
    caller.post(f"/webhooks/{number}/test")
    (message,) = caller.get(f"/webhooks/{number}/messages").json()["items"]
    assert (message["type"], message["attempts"]) == ("test", [])
    Message.objects.update(state="failed")
    assert caller.post(f"/webhooks/{number}/messages/{message['id']}/resend").status_code == 200
    assert Message.objects.get().state == "waiting"
    caller.post(f"/webhooks/{number}/remove")
    assert caller.get("/webhooks").json()["items"] == []


def test_a_wrong_webhook_says_what_was_expected(call):
    answer = call().post("/webhooks", {**HOOK, "url": "https://"})
    assert answer.status_code == 409
    assert "expected one as https://" in answer.json()["detail"]
    assert call().post("/webhooks/1/pause").status_code == 404
    assert not Endpoint.objects.exists()


def test_only_who_looks_after_webhooks_reaches_them(city, call):
    caller = call("dispatcher")
    assert caller.get("/webhooks").status_code == 403
    assert caller.post("/webhooks", HOOK).status_code == 403
    assert call("administrator").get("/webhooks").status_code == 200
