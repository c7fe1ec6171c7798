"""Pages load from this server only."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/nowhere", "/static/built/main.js"])
def test_every_answer_says_that_scripts_come_from_here_alone(client, db, path):
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "http" not in policy
