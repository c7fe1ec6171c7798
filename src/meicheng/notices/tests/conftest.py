from __future__ import annotations

from collections.abc import Iterator

import pytest

from .servers import HttpServer, MailServer, http_server, mail_server


@pytest.fixture
def mails(settings) -> Iterator[MailServer]:
    """A real mail server, set up as the city's."""
    with mail_server() as server:
        settings.MAIL = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 5
        settings.DEFAULT_FROM_EMAIL = "meicheng@city.example"
        settings.PUBLIC_ADDRESS = "https://city.example"
        yield server


@pytest.fixture
def web() -> Iterator[HttpServer]:
    """A real web server that answers 200."""
    with http_server() as server:
        yield server
