"""A tiny demo city, made once for the tests that only look at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.test import override_settings

from meicheng.demo.making import make_city
from meicheng.demo.models import DemoCity
from meicheng.demo.sizes import SIZES

UNTIL = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)  # a Friday afternoon in the city


def make(seed: int = 1, *, until: datetime = UNTIL, reset: bool = False) -> DemoCity:
    """Make a tiny city of a fixed day, without a word."""
    return make_city(
        SIZES["tiny"],
        seed=seed,
        until=until,
        password="a-demo-password",
        say=lambda _stage, _result, _seconds: None,
        reset=reset,
    )


@pytest.fixture(scope="module")
def _made(
    django_db_setup: None,
    django_db_blocker: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[DemoCity]:
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    files = tmp_path_factory.mktemp("files")
    with (
        django_db_blocker.unblock(),  # type: ignore[attr-defined]
        override_settings(MEDIA_ROOT=files, PASSWORD_HASHERS=hashers),
        transaction.atomic(),
    ):
        yield make()
        transaction.set_rollback(True)


@pytest.fixture
def demo(_made: DemoCity, db: None) -> DemoCity:
    """The tiny city; what a test changes in it is undone afterwards."""
    return _made
