"""`meicheng cases due KIND` and `meicheng cases reindex`."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from typing import Any


def commands(subparsers: Any) -> None:
    """Add the commands of cases."""
    cases = subparsers.add_parser("cases", help="what is known of cases without opening one")
    ways = cases.add_subparsers(title="cases", metavar="WHAT", required=True)
    due = ways.add_parser("due", help="when each stage of a kind of case is due")
    due.add_argument("kind", help="code of the kind: exposed-litter")
    due.add_argument(
        "--at", help="when its clock starts: 2026-09-30T16:20, in the city's time (now)"
    )
    due.add_argument("--division", default="", help="code of the division it lies in")
    due.add_argument("--road", default="", help="kind of the road or site it lies at: back-lane")
    due.add_argument("--severity", type=int, help="how grave it is, 1 to 3 (the kind's own)")
    due.add_argument("--json", action="store_true", help="print everything as JSON")
    due.set_defaults(run=_due)
    reindex = ways.add_parser("reindex", help="make the words anew by which cases are found")
    reindex.add_argument(
        "--check", action="store_true", help="change nothing; name what differs and exit with 1"
    )
    reindex.set_defaults(run=_reindex)


def _due(arguments: argparse.Namespace) -> int:
    from django.utils import timezone
    from django.utils.translation import get_language
    from django.utils.translation import gettext as _

    from meicheng.engine.calendar import Limit
    from meicheng.places.models import Division, SiteKind
    from meicheng.standards.models import CaseKind

    from .clock import stages_due

    kind = CaseKind.objects.filter(code=arguments.kind).first()
    if kind is None:
        known = ", ".join(CaseKind.objects.values_list("code", flat=True))
        said = _("no kind of case %(code)s; there are: %(known)s")
        return _refuse(said % {"code": arguments.kind, "known": known or "–"})
    division = Division.objects.filter(code=arguments.division).first()
    if arguments.division and division is None:
        said = _("There is no division %(code)s; `meicheng export divisions FILE.csv` lists them")
        return _refuse(said % {"code": arguments.division})
    if arguments.road and not SiteKind.objects.filter(code=arguments.road).exists():
        known = ", ".join(SiteKind.objects.values_list("code", flat=True))
        said = _("no kind of road or site %(code)s; there are: %(known)s")
        return _refuse(said % {"code": arguments.road, "known": known or "–"})
    if arguments.severity not in (None, 1, 2, 3):
        said = _("--severity %(value)s: expected 1, 2 or 3")
        return _refuse(said % {"value": arguments.severity})
    at = timezone.localtime()
    if arguments.at:
        try:
            at = datetime.fromisoformat(arguments.at)
        except ValueError:
            said = _("--at %(value)s: expected a time such as 2026-09-30T16:20")
            return _refuse(said % {"value": arguments.at})
        at = timezone.localtime(at) if at.tzinfo else timezone.make_aware(at)
    language = "en" if (get_language() or "").startswith("en") else "zh"
    found = stages_due(
        kind, at, division=division, road=arguments.road, severity=arguments.severity
    )
    unknown = sorted({year for stage in found for year in stage.unknown_years})
    if unknown:
        said = _(
            "the holidays of %(years)s are not known yet; Monday to Friday are taken as worked"
        )
        _tell(said % {"years": ", ".join(map(str, unknown))})
    stages = [
        {
            "name": stage.name[language],
            "limit": stage.limit,
            "due": timezone.localtime(stage.due).isoformat(timespec="seconds"),
        }
        for stage in found
    ]
    if arguments.json:
        whole = {"kind": kind.code, "at": at.isoformat(timespec="seconds"), "stages": stages}
        print(json.dumps(whole, ensure_ascii=False))
        return 0
    print(f"{kind.name} · {timezone.localtime(at):%Y-%m-%d %H:%M}")
    for stage, due in zip(found, stages, strict=True):
        day = timezone.localtime(stage.due)
        limit = Limit.parse(stage.limit).say(language)
        print(f"  {due['name']}: {limit} → {day:%Y-%m-%d %H:%M}")
    return 0


def _reindex(arguments: argparse.Namespace) -> int:
    from django.utils.translation import gettext as _

    from .text import differences, write_texts

    wrong = 0
    for cases in differences():
        wrong += len(cases)
        for case in cases[:20] if arguments.check else []:
            said = _("%(number)s: found by other words than it has")
            print("  " + said % {"number": case.number})
        if not arguments.check:
            write_texts(cases)
    if not wrong:
        print(_("Every case is found by the words that it has."))
        return 0
    if arguments.check:
        said = _("%(count)s cases differ; `meicheng cases reindex` mends them.")
        print(said % {"count": f"{wrong:,}"}, file=sys.stderr)
        return 1
    said = _("%(count)s cases are found by the words that they have now.")
    print(said % {"count": f"{wrong:,}"})
    return 0


def _tell(message: str) -> None:
    print(f"meicheng cases due: {message}", file=sys.stderr)


def _refuse(message: str) -> int:
    _tell(message)
    return 2
