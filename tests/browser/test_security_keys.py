"""A security key is added and signs in: Chromium's virtual one, by the pages of a real server."""

from __future__ import annotations

import re

import cv2
import numpy as np

from .conftest import Visitor


def test_an_administrator_adds_a_key_and_signs_in_with_it(visit):
    first: Visitor = visit(language="en")
    # Browsers ask for a name, not an address of numbers, and take it without HTTPS from this one.
    here = first.city.address.replace("127.0.0.1", "localhost")
    page = first.page
    made = first.city.meicheng("manage", "shell", "-c", MAKE).strip().splitlines()[-1]
    assert made == "key-holder"
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "usb", "hasResidentKey": False,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def sign_in():
        page.goto(f"{here}/sign-in")
        page.fill("[name=username]", "key-holder")
        page.fill("[name=password]", first.city.password)
        page.locator("button.pri").click()

    sign_in()
    page.wait_for_url(re.compile("/account/second-factor/$"))
    page.goto(f"{here}/account/second-factor/totp/activate/")
    assert read_code(page.locator("img.qr").screenshot()).startswith("otpauth://totp/key-holder?")
    page.goto(f"{here}/account/second-factor/")
    page.get_by_role("link", name="Add a key").click()
    page.fill("[name=name]", "Blue key")
    page.get_by_role("button", name="Touch the key now").click()
    page.wait_for_url(re.compile("/recovery-codes/$"))
    assert page.locator(".codes li").count() == 10
    page.get_by_role("link", name="I have written them down").click()
    page.goto(f"{here}/account/second-factor/webauthn/")
    assert "Blue key" in page.content()
    page.context.clear_cookies(name="sessionid")
    sign_in()
    page.wait_for_url(re.compile("/second-factor/authenticate/$"))
    assert page.get_by_label("Recovery code").count() == 1  # and no code of an app she has not
    assert page.locator(":focus").inner_text() == "Use a security key"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{here}/")
    assert page.goto(f"{here}/people/").status == 200


def read_code(picture: bytes) -> str:
    """What a phone would read from the picture of a QR code."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    return cv2.QRCodeDetector().detectAndDecode(image)[0]


MAKE = """
from meicheng.organisation.models import Membership, User
from meicheng.places.models import Division
from meicheng.demo.little import PASSWORD
user = User.objects.create_user("key-holder", PASSWORD, display_name="Key Holder", language="en")
Membership.objects.create(user=user, role="administrator", division=Division.objects.get(parent=None))
print(user.username)
"""
