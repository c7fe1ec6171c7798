"""Signing in through the city's OpenID Connect service: a real small one on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from meicheng.accounts.tests.test_second_factor import CODE_PAGE, code
from meicheng.ledger.models import Event
from meicheng.organisation.models import User
from meicheng.project.environment import single_sign_on

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
LOGIN = "/sign-in/with/city/login/"


class Service(BaseHTTPRequestHandler):
    """What OpenID Connect Core 1.0 asks of the code flow, with PKCE; `who` is signed in at it."""

    who: str | None = "dispatcher-city"
    asked: dict[str, dict[str, str]] = {}

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/city"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/city/.well-known/openid-configuration":
            self.tell({
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            })  # fmt: skip
        elif parts.path == "/city/authorize":
            if self.who is None:
                return self.go(
                    f"{query['redirect_uri']}?error=access_denied&state={query['state']}"
                )
            self.asked["the-code"] = query
            self.go(f"{query['redirect_uri']}?code=the-code&state={query['state']}")
        elif parts.path == "/city/userinfo":
            self.tell({"sub": f"sub-{self.who}", "preferred_username": self.who})
        else:
            self.tell({}, status=404)
        return None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = {name: values[0] for name, values in parse_qs(body).items()}
        begun = self.asked.pop(said["code"], None)
        secret = base64.b64encode(b"meicheng:s@cret").decode()
        digest = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            begun is None
            or self.headers.get("Authorization") != f"Basic {secret}"
            or begun["code_challenge"] != proof
        ):
            return self.tell({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "meicheng", "sub": f"sub-{self.who}", "iat": now,
                  "exp": now + 60, "preferred_username": self.who}  # fmt: skip
        token = jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "1"})
        return self.tell({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def tell(self, found: dict, status: int = 200) -> None:
        content = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def go(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def service(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SINGLE_SIGN_ON = f"http://meicheng:s%40cret@127.0.0.1:{server.server_port}/city"
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on(settings.SINGLE_SIGN_ON, "统一身份认证")
    Service.who, Service.asked = "dispatcher-city", {}
    yield Service
    server.shutdown()
    server.server_close()


def walk(client, *, back="/cases/"):
    """From the sign-in page to the service and back; the last answer."""
    begun = client.get(f"{LOGIN}?next={back}")
    assert begun.status_code == 302, begun.content
    there = requests.get(begun["Location"], allow_redirects=False, timeout=10)
    parts = urlsplit(there.headers["Location"])
    return client.get(f"{parts.path}?{parts.query}")


def test_the_sign_in_page_offers_the_service_and_it_lets_somebody_in(client, city, service):
    user = city.user("dispatcher")
    assert "统一身份认证" in client.get("/sign-in").content.decode()
    for _ in range(2):  # the first time the account is connected, then it is known
        answer = walk(type(client)() if _ else client)
        assert (answer.status_code, answer["Location"]) == (302, "/cases/")
    assert client.get("/account/").status_code == 200
    assert Event.objects.filter(chain=f"account:{user.pk}", verb="signed_in").count() == 2


def test_nobody_gets_an_account_by_signing_in(client, city, service):
    before = User.objects.count()
    service.who = "stranger"
    answer = walk(client)
    assert answer.status_code == 403
    assert "stranger" in answer.content.decode()
    assert User.objects.count() == before
    assert client.get("/account/").status_code == 302


def test_an_account_out_of_use_stays_out(client, city, service):
    User.objects.filter(pk=city.user("dispatcher").pk).update(is_active=False)
    walk(client)
    assert client.get("/account/").status_code == 302


def test_an_administrator_takes_the_second_step_all_the_same(client, city, service):
    service.who = city.user("administrator").username
    assert walk(client)["Location"] == CODE_PAGE
    client.post(CODE_PAGE, {"code": code()})
    assert client.get("/people/").status_code == 200


def test_whom_the_service_refuses_is_told_so(client, city, service):
    service.who = None
    answer = walk(client)
    assert answer.status_code in {302, 403}
    assert client.get("/account/").status_code == 302


def test_an_answer_that_nobody_asked_for_is_refused(client, city, service):
    answer = client.get(f"{LOGIN}callback/?code=the-code&state=made-up")
    assert answer.status_code == 403
    assert client.get("/account/").status_code == 302


def test_a_service_that_does_not_answer_is_said(client, city, settings):
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on("http://a:b@127.0.0.1:9/x", "x")
    answer = client.get(LOGIN)
    assert answer.status_code == 403
    assert "没有应答" in answer.content.decode()


def test_no_session_is_connected_to_somebody_else_at_the_service(client, city, service):
    client.force_login(city.user("collector"))
    begun = client.get(f"{LOGIN}?process=connect")
    there = requests.get(begun["Location"], allow_redirects=False, timeout=10)
    parts = urlsplit(there.headers["Location"])
    assert client.get(f"{parts.path}?{parts.query}").status_code == 403
