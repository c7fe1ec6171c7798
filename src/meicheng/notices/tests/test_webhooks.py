"""Other systems are told of events: signed, tried again, never from inside the city's own network."""

from __future__ import annotations

import json
import socket
import threading
import time
from datetime import timedelta
from ipaddress import ip_address

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from meicheng.ledger.models import Event, Seal
from meicheng.ledger.verify import verify
from meicheng.notices import calling
from meicheng.notices.calling import Forbidden, NoAnswer, judge, post
from meicheng.notices.models import Attempt, Endpoint, Message, Notice
from meicheng.notices.webhooks import delivering
from meicheng.notices.webhooks.actions import (
    BadEndpoint,
    change_endpoint,
    make_endpoint,
    pause_endpoint,
    put_event,
    put_seals,
    remove_endpoint,
    resend,
    resume_endpoint,
    rotate_secret,
    try_endpoint,
)
from meicheng.notices.webhooks.delivering import deliver, tidy
from meicheng.notices.webhooks.offers import OFFERS
from meicheng.organisation.permissions import NotAllowed


@pytest.fixture
def office(city, settings):
    settings.PRIVATE_WEBHOOKS = ["127.0.0.0/8"]
    return city.user("creation-office")


@pytest.fixture
def hook(office, web):
    """An endpoint on a real web server, and its secret."""
    return make_endpoint(office, name="Province", url=web.url + "/hook?k=1", events=list(OFFERS))


def put_all() -> None:
    for event in Event.objects.exclude(chain__startswith="webhook").order_by("pk"):
        put_event(event)


def due_now() -> None:
    Message.objects.filter(state="waiting").update(due_at=timezone.now())
    Endpoint.objects.update(not_before=None)


def test_a_case_is_told_step_by_step_in_order_and_signed_as_the_convention_says(city, hook, web):
    endpoint, secret = hook
    case = city.case(state="closed", description="请回电13800001234")
    put_all()
    put_all()  # a follower sees an event at least once
    deliver()
    deliver()
    verified = [Webhook(secret).verify(one.body, dict(one.headers)) for one in web.posts]
    assert [one["type"] for one in verified] == [
        *("case.reported", "case.register", "case.dispatch", "case.accept", "case.start"),
        *("case.resolve", "case.verify", "case.close"),
    ]
    dispatch = verified[2]["data"]
    assert dispatch["case"]["number"] == case.number
    assert dispatch["unit"] == case.unit.code
    assert dispatch["record"]["hash"] == Event.objects.get(verb="dispatch").hash
    assert len({one.headers["webhook-id"] for one in web.posts}) == 8
    assert web.posts[0].path == "/hook?k=1"
    said = b"".join(one.body for one in web.posts).decode()
    for word in ("13800001234", "已办理", city.user("creation-office").display_name):
        assert word not in said, "no words and no names of people"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(web.posts[0].body + b" ", dict(web.posts[0].headers))
    assert endpoint.messages.filter(state="delivered").count() == 8
    assert set(Attempt.objects.values_list("status", flat=True)) == {200}


def test_only_what_was_asked_for_is_sent(city, office, web):
    make_endpoint(office, name="Closed only", url=web.url, events=["case.close"])
    city.case(state="closed")
    put_all()
    deliver()
    assert [json.loads(one.body)["type"] for one in web.posts] == ["case.close"]


def test_a_seal_is_told_once_to_who_was_there_when_it_was_made(office, hook, web):
    at = timezone.now()
    Seal.objects.create(day=at.date() - timedelta(days=1), last_event=1, events=1, hash="ab")
    assert put_seals() == 1
    assert put_seals() == 0
    deliver()
    assert json.loads(web.posts[0].body)["data"]["hash"] == "ab"


def test_while_the_secret_is_changed_both_sign(office, hook, web):
    endpoint, old = hook
    new = rotate_secret(office, endpoint)
    try_endpoint(office, endpoint)
    deliver()
    for secret in (old, new):
        assert Webhook(secret).verify(web.posts[0].body, dict(web.posts[0].headers))
    Endpoint.objects.update(old_until=timezone.now())
    try_endpoint(office, endpoint)
    deliver()
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(web.posts[1].body, dict(web.posts[1].headers))


def test_a_refused_message_comes_again_later_and_later_under_its_own_number(office, hook, web):
    endpoint, _secret = hook
    web.reply = lambda _post: (500, "暂时不可用".encode() * 100)
    message = try_endpoint(office, endpoint)
    waits = []
    for _time in range(delivering.MOST_ATTEMPTS):
        due_now()
        before = timezone.now()
        assert deliver() == 1
        message.refresh_from_db()
        waits.append((message.due_at - before).total_seconds())
    assert message.state == "failed"
    # each pause is a tenth more or less, so that the last two may come in either order
    for wait, planned in zip(waits[:-1], delivering.PAUSES, strict=True):
        assert 0.9 * planned <= wait < 1.1 * planned + 5
    assert list(delivering.PAUSES) == sorted(delivering.PAUSES)
    assert sum(waits[:-1]) > 2.5 * 86_400
    assert {one.headers["webhook-id"] for one in web.posts} == {message.code}
    attempt = Attempt.objects.first()
    assert (attempt.status, attempt.answer[:5]) == (500, "暂时不可用")
    assert deliver() == 0
    web.reply = lambda _post: (200, b"ok")
    resend(office, message)
    assert deliver() == 1
    message.refresh_from_db()
    assert message.state == "delivered"
    assert message.attempts.count() == delivering.MOST_ATTEMPTS + 1
    assert verify().faults == []


def test_who_asks_to_be_called_later_is(office, hook, web):
    web.reply, web.headers = lambda _post: (429, b""), {"Retry-After": "1200"}
    message = try_endpoint(office, hook[0])
    deliver()
    message.refresh_from_db()
    assert message.due_at > timezone.now() + timedelta(minutes=19)


def test_one_that_never_answers_is_left_alone_and_holds_up_nobody(
    city, office, hook, web, monkeypatch
):
    monkeypatch.setattr(calling.post, "__kwdefaults__", {**post.__kwdefaults__, "seconds": 0.3})

    def never(one):
        if one.path == "/never":
            web.hanging.wait()
        return 200, b""

    web.reply = never
    dead, _secret = make_endpoint(
        office, name="Dead", url=web.url + "/never", events=["case.reported", "case.register"]
    )
    for _time in range(3):
        city.case()
    put_all()
    begun = time.monotonic()
    deliver()
    assert time.monotonic() - begun < 3
    assert hook[0].messages.filter(state="delivered").count() == 6
    assert sum(one.path == "/never" for one in web.posts) == 1, "one trial for all that waits"
    dead.refresh_from_db()
    assert dead.not_before > timezone.now() + timedelta(seconds=20)
    assert "no answer within" in Attempt.objects.get(message__endpoint=dead).error
    assert deliver() == 0
    for _time in range(2):  # tried again with one message, never with all
        Endpoint.objects.update(not_before=None)
        assert deliver() == 1
    web.reply = lambda _post: (200, b"")
    due_now()
    deliver()
    deliver()
    assert dead.messages.filter(state="delivered").count() == 6, "and then all that waited"


def test_an_answer_that_drips_is_cut_off(office):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        ended = threading.Event()

        def drip() -> None:
            peer, _address = listening.accept()
            with peer:
                peer.recv(4096)
                while not ended.wait(0.05):
                    try:
                        peer.send(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(NoAnswer, match=r"0\.4 s"):
            post(url, b"{}", {}, seconds=0.4)
        assert time.monotonic() - begun < 2
        ended.set()
        thread.join()


def test_after_days_of_failing_it_is_switched_off_and_those_who_look_after_it_are_told(
    city, office, hook, web
):
    endpoint, _secret = hook
    administrator = city.user("administrator")
    web.reply = lambda _post: (503, b"")
    try_endpoint(office, endpoint)
    deliver()
    Endpoint.objects.update(failing_since=timezone.now() - timedelta(days=6))
    due_now()
    deliver()
    endpoint.refresh_from_db()
    assert endpoint.state == "disabled"
    told = Notice.objects.filter(kind="webhook.disabled")
    assert {one.person for one in told} == {office, administrator}
    city.case()
    put_all()
    due_now()
    assert deliver() == 0
    web.reply = lambda _post: (200, b"")
    resume_endpoint(office, endpoint)
    assert deliver() == 3
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.failing_since) == ("active", None)
    assert verify().faults == []


def test_one_that_says_it_is_gone_is_switched_off_at_once(office, hook, web):
    web.reply = lambda _post: (410, b"")
    try_endpoint(office, hook[0])
    deliver()
    assert Endpoint.objects.get().state == "disabled"


def test_a_redirection_is_not_followed(office, hook, web):
    web.reply, web.headers = lambda _post: (302, b""), {"Location": web.url + "/other"}
    message = try_endpoint(office, hook[0])
    deliver()
    message.refresh_from_db()
    assert message.state == "waiting"
    assert [one.path for one in web.posts] == ["/hook?k=1"]


def test_paused_it_waits_and_removed_it_hears_nothing_more(city, office, hook, web):
    endpoint, _secret = hook
    pause_endpoint(office, endpoint)
    city.case(state="reported")
    put_all()
    assert deliver() == 0
    resume_endpoint(office, endpoint)
    assert deliver() == 1
    remove_endpoint(office, endpoint)
    city.case(state="reported")
    put_all()
    assert deliver() == 0
    assert Message.objects.count() == 1
    with pytest.raises(BadEndpoint):
        resume_endpoint(office, endpoint)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fc00::1", "::"),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1"),
    ],
)
def test_the_citys_own_network_is_not_called(address):
    assert not judge(ip_address(address))


def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(office, hook, web, settings):
    settings.PRIVATE_WEBHOOKS = []
    try_endpoint(office, hook[0])
    deliver()
    assert web.posts == []
    assert "private network" in Attempt.objects.get().error


def test_the_address_that_was_judged_is_the_one_that_is_called(monkeypatch, web):
    """A name that answers differently the second time leads nowhere else."""
    asked = []

    own = socket.getaddrinfo

    def resolve(host, port, *rest, **more):
        if host[0].isdecimal():
            return own(host, port, *rest, **more)
        asked.append(host)
        ip = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    called = []
    connect = socket.create_connection
    monkeypatch.setattr(calling.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(
        calling.socket,
        "create_connection",
        lambda to, *rest: called.append(to[0]) or connect(to, *rest),
    )
    port = web.url.rpartition(":")[2]
    url = f"http://rebinding.example:{port}/x"
    with pytest.raises(Forbidden):
        post(url, b"{}", {}, guarded=True)
    asked.clear()
    assert post(url, b"{}", {}, guarded=True, allowed=["127.0.0.1/32"]).status == 200
    assert called == ["127.0.0.1"]
    assert web.posts[0].headers["Host"] == f"rebinding.example:{port}"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "ftp://x.example/"}, "https://"),
        ({"url": "https://"}, "https://"),
        ({"url": "https://x.example:port/"}, "https://"),
        ({"url": "https://x.example/ a"}, "https://"),
        ({"url": "https://me:pw@x.example/"}, "密码"),
        ({"url": "http://x.example/"}, "https://"),
        ({"events": ["case.gossip"]}, "case.gossip"),
        ({"events": []}, "至少"),
        ({"name": " "}, "80"),
    ],
)
def test_a_wrong_endpoint_says_what_was_expected_and_is_not_made(office, wrong, said):
    good = {"name": "Province", "url": "https://x.example/hook", "events": ["case.close"]}
    with pytest.raises(BadEndpoint, match=said):
        make_endpoint(office, **{**good, **wrong})
    assert not Endpoint.objects.exists()


def test_who_does_not_look_after_them_makes_and_changes_none(city, hook):
    for role in ("dispatcher", "unit-lead", "auditor", "city-lead"):
        person = city.user(role)
        with pytest.raises(NotAllowed):
            make_endpoint(person, name="x", url="https://x.example", events=["case.close"])
        with pytest.raises(NotAllowed):
            change_endpoint(
                person, hook[0], name="x", url="https://x.example", events=["case.close"]
            )
        with pytest.raises(NotAllowed):
            rotate_secret(person, hook[0])


def test_old_messages_are_forgotten_with_their_attempts(office, hook):
    try_endpoint(office, hook[0])
    deliver()
    Message.objects.update(made_at=timezone.now() - timedelta(days=31))
    try_endpoint(office, hook[0])
    assert tidy(timezone.now().date()) == 1
    assert (Message.objects.count(), Attempt.objects.count()) == (1, 0)


def test_the_office_makes_one_sees_its_secret_once_and_reads_the_log(client, office, web):
    client.force_login(office)
    form = {"name": "省平台", "url": web.url, "event": ["case.close", "seal.made"]}
    page = client.post("/notices/webhooks/new", form).content.decode()
    assert "whsec_" in page
    endpoint = Endpoint.objects.get()
    assert "whsec_" not in client.get(f"/notices/webhooks/{endpoint.pk}/").content.decode()
    web.reply = lambda _post: (500, b"<b>broken</b>")
    client.post(f"/notices/webhooks/{endpoint.pk}/test")
    deliver()
    page = client.get(f"/notices/webhooks/{endpoint.pk}/").content.decode()
    assert "500" in page
    assert "&lt;b&gt;broken" in page
    Message.objects.update(state="failed")
    code = Message.objects.get().code
    assert client.post(f"/notices/webhooks/{endpoint.pk}/{code}/resend").status_code == 302
    assert Message.objects.get().state == "waiting"
    assert "whsec_" in client.post(f"/notices/webhooks/{endpoint.pk}/rotate").content.decode()
    wrong = client.post(f"/notices/webhooks/{endpoint.pk}/", {**form, "url": "x"})
    assert wrong.status_code == 422
    for step in ("pause", "resume", "remove"):
        assert client.post(f"/notices/webhooks/{endpoint.pk}/{step}").status_code == 302
    assert client.post(f"/notices/webhooks/{endpoint.pk}/explode").status_code == 404
    assert "已删除" in client.get("/notices/webhooks/").content.decode()
    assert "省平台" not in client.get("/notices/webhooks/").content.decode()


def test_others_do_not_see_webhooks(city, client, hook):
    client.force_login(city.user("dispatcher"))
    for page in ("", "new", f"{hook[0].pk}/"):
        assert client.get(f"/notices/webhooks/{page}").status_code == 403
