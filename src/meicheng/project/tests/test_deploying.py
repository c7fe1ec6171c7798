"""`meicheng check --deploy` on a machine that was only tried out, and on a city's."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from meicheng.notices.webhooks.signing import new_secret
from meicheng.organisation.models import Membership, User
from meicheng.project import deploy


def ids():
    return {message.id for message in deploy.production()}


def test_a_start_for_trying_out_is_told_what_a_city_needs(db, settings):
    settings.VAR = Path("var").absolute()
    assert ids() >= {f"meicheng.W00{n}" for n in (1, 2, 4, 5, 6)}


def test_a_citys_start_lacks_nothing_but_its_database_server(city, settings):
    city.user("administrator")
    settings.HTTPS = True
    settings.ALLOWED_HOSTS = ["meicheng.example.gov.cn"]
    settings.CITY_NAME_ZH = "某某市"
    settings.VAR = Path("/srv/meicheng")
    assert ids() <= {"meicheng.W003"}


def test_an_administrator_without_a_second_factor_is_named(city):
    assert "meicheng.W007" not in ids()
    user = User.objects.create_user("bare", display_name="新管理员")
    Membership.objects.create(user=user, role="administrator", division=city.root)
    assert "meicheng.W007" in ids()


def test_single_sign_on_has_to_be_safe_on_its_way(db, settings):
    settings.SINGLE_SIGN_ON = "http://a:b@login.example/x"
    assert "meicheng.W008" in ids()
    settings.SINGLE_SIGN_ON = "https://a:b@login.example/x"
    assert "meicheng.W008" not in ids()


@pytest.mark.parametrize(
    ("secret", "told"), [("", False), ("whsec_", True), ("hello", True), ("new", False)]
)
def test_what_a_bridge_signs_with_has_to_be_a_secret(db, settings, secret, told):
    settings.CHAT_SECRET = new_secret() if secret == "new" else secret
    assert ("meicheng.E004" in ids()) == told


def test_debug_stops_the_check(db, settings):
    settings.DEBUG = True
    with pytest.raises(SystemCheckError, match="MEICHENG_DEBUG is on"):
        call_command("check", deploy=True)


def test_every_message_says_what_to_do(db):
    assert all(message.hint for message in deploy.production())
