"""`meicheng setup`, what a fresh city needs before its first case, and `meicheng standards`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meicheng.places.models import Division

from .actions import load_packs
from .freezing import freeze_framework
from .models import Framework
from .queries import editions, unused_items

REFUSED = 2


def commands(subparsers: Any) -> None:
    """Add the commands."""
    setup = subparsers.add_parser(
        "setup", help="load the kinds, items and standards; make the division CITY if there is none"
    )
    setup.add_argument(
        "--replace", action="store_true", help="write over what the city has edited since"
    )
    setup.set_defaults(run=_setup)
    room = subparsers.add_parser("standards", help="what standards are here, and what uses them")
    verbs = room.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listed = verbs.add_parser("list", help="every edition: marks, criteria, whether it is in use")
    listed.add_argument("--json", action="store_true", help="as JSON")
    listed.set_defaults(run=_list)
    unused = verbs.add_parser("unused", help="items that no standard uses: kept, and count nowhere")
    unused.add_argument("--json", action="store_true", help="as JSON")
    unused.set_defaults(run=_unused)
    freeze = verbs.add_parser(
        "freeze", help="mark an edition as used: a changed file must then be a new edition"
    )
    freeze.add_argument("framework", metavar="CODE", help="code of the standard: sanitary-city")
    freeze.add_argument("edition", metavar="EDITION", help="its edition: 2021")
    freeze.set_defaults(run=_freeze)


def _setup(arguments: argparse.Namespace) -> None:
    with transaction.atomic():
        loaded = load_packs(replace=arguments.replace)
        city = make_city()
    print(_("Loaded: %(counts)s.") % {"counts": loaded})
    if city is not None:
        said = _("Made the division CITY, %(name)s; import the others with `meicheng import`.")
        print(said % {"name": city.name})


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


def _list(arguments: argparse.Namespace) -> None:
    rows = editions()
    if arguments.json:
        told = [
            {
                "framework": row.framework.code,
                "edition": row.framework.edition,
                "name": {"zh": row.framework.name_zh, "en": row.framework.name_en},
                "full_marks": row.framework.full_marks,
                "pass_at_least": row.framework.pass_at_least,
                "criteria": row.criteria,
                "frozen_at": row.framework.frozen_at and row.framework.frozen_at.isoformat(),
            }
            for row in rows
        ]
        print(json.dumps(told, ensure_ascii=False))
        return
    if not rows:
        print(_("No standard is here yet; `meicheng setup` loads the three that are shipped."))
    for row in rows:
        framework = row.framework
        use = (
            _("in use since %(day)s, frozen")
            % {"day": date_format(framework.frozen_at, "SHORT_DATE_FORMAT")}
            if framework.frozen_at
            else _("not used yet, may be changed")
        )
        marks = _("%(marks)g marks, %(criteria)d criteria") % {
            "marks": framework.full_marks,
            "criteria": row.criteria,
        }
        print(f"{framework.code} {framework.edition}: {framework.name} · {marks} · {use}")


def _unused(arguments: argparse.Namespace) -> None:
    items = unused_items()
    if arguments.json:
        told = [
            {
                "item": item.code,
                "name": {"zh": item.name_zh, "en": item.name_en},
                "criteria": item.criteria,
            }
            for item in items
        ]
        print(json.dumps(told, ensure_ascii=False))
        return
    if not items:
        print(_("Every item serves some standard."))
    for item in items:
        print(f"{item.code}  {item.name}")


def _freeze(arguments: argparse.Namespace) -> int:
    framework = Framework.objects.filter(
        code=arguments.framework, edition=arguments.edition
    ).first()
    if framework is None:
        known = ", ".join(f"{one.code} {one.edition}" for one in Framework.objects.all())
        said = _("there is no standard %(code)s %(edition)s; here are: %(known)s") % {
            "code": arguments.framework,
            "edition": arguments.edition,
            "known": known or "–",
        }
        print(f"meicheng standards: {said}", file=sys.stderr)
        return REFUSED
    changed = freeze_framework(framework)
    words = (
        _("%(code)s %(edition)s is frozen: a changed file must be a new edition.")
        if changed
        else _("%(code)s %(edition)s was frozen before.")
    )
    print(words % {"code": framework.code, "edition": framework.edition})
    return 0
