"""Pages load from this server only, and addresses that no text can name are refused."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/nowhere", "/static/built/main.js"])
def test_every_answer_says_that_scripts_come_from_here_alone(client, db, path):
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    "path", ["/p/%00/", "/p/at/a%00/", "/p/?same=%00", "/reports/?division=%00"]
)
def test_a_sign_that_no_database_takes_is_refused_in_words(client, city, path):
    client.force_login(city.user("creation-office"))
    answer = client.get(path, headers={"Accept-Language": "zh-Hans"})
    assert answer.status_code == 400
    assert "无法识别该请求" in answer.content.decode()


@pytest.mark.parametrize("path", ["/open311/v2/requests/%00.json", "/api/v1/sites/%00"])
def test_machines_are_told_so_in_the_form_of_their_standard(client, city, path):
    answer = client.get(path)
    assert (answer.status_code, "json" in answer["Content-Type"]) == (400, True)


def test_the_icon_is_where_browsers_ask_for_it_beside_a_picture(client):
    assert client.get("/favicon.ico").url.endswith(".svg")
