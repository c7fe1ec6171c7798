"""`meicheng setup`: what a fresh city needs before its first case."""

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.db import transaction

from meicheng.places.models import Division

from .actions import load_packs


def commands(subparsers: Any) -> None:
    """Add the command."""
    setup = subparsers.add_parser(
        "setup", help="load the kinds, items and standards; make the division CITY if there is none"
    )
    setup.add_argument(
        "--replace", action="store_true", help="write over what the city has edited since"
    )
    setup.set_defaults(run=_setup)


def _setup(arguments: argparse.Namespace) -> None:
    with transaction.atomic():
        loaded = load_packs(replace=arguments.replace)
        city = make_city()
    print(f"Loaded {loaded}.")
    if city is not None:
        print(f"Made the division CITY, {city.name_zh}; import the others with `meicheng import`.")


def make_city() -> Division | None:
    """The division that a fresh city begins with, or None where there are divisions already."""
    if Division.objects.exists():
        return None
    return Division.objects.create(
        code="CITY",
        name_zh=settings.CITY_NAME_ZH,
        name_en=settings.CITY_NAME_EN,
        level=Division.Level.CITY,
        path="/CITY/",
    )
