"""`meicheng assess FRAMEWORK`: marks of a place in a period."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from meicheng.engine.scoring import Assessment
    from meicheng.places.models import Division
    from meicheng.standards.models import Framework

    from .periods import Period

ENDINGS = (".docx", ".pdf")
REFUSED = 2


def commands(subparsers: Any) -> None:
    """Add the command of the assessment."""
    parser = subparsers.add_parser("assess", help="marks of a place under a standard")
    parser.add_argument("framework", help="code of the standard: sanitary-city")
    parser.add_argument("--edition", help="edition (the newest when absent)")
    parser.add_argument(
        "--period", help="2026, 2026Q3, 2026-09 or 2026-07-15..2026-09-03 (the running quarter)"
    )
    parser.add_argument("--division", help="code of the division (the whole city when absent)")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write the printed report (.docx or .pdf) too"
    )
    parser.set_defaults(run=_assess)


def _assess(arguments: argparse.Namespace) -> int:
    from .queries import as_json, assess

    try:
        framework, division, period = _asked(arguments)
        if arguments.report is not None:
            _write_report(arguments.report, framework, division, period)
    except (ValueError, OSError) as problem:
        print(f"meicheng assess: {problem}", file=sys.stderr)
        return REFUSED
    result = assess(framework, period, division)
    if arguments.json:
        print(json.dumps(as_json(framework, period, division, result), ensure_ascii=False))
    else:
        print("\n".join(_lines(framework, division, period, result)))
    return 0


def _asked(arguments: argparse.Namespace) -> tuple[Framework, Division, Period]:
    """The standard, the place and the period; ValueError says which is not here, and what is."""
    from meicheng.places.models import Division
    from meicheng.standards.models import Framework

    from .periods import current_period, parse_period
    from .queries import root

    period = parse_period(arguments.period) if arguments.period else current_period()
    editions = Framework.objects.filter(code=arguments.framework).order_by("-edition")
    if arguments.edition:
        editions = editions.filter(edition=arguments.edition)
    framework = editions.first()
    if framework is None:
        known = ", ".join(f"{one.code} {one.edition}" for one in Framework.objects.all())
        if not known:
            raise ValueError(
                _("No standard is here yet; `meicheng setup` loads the three that are shipped.")
            )
        asked = f"{arguments.framework} {arguments.edition or ''}".strip()
        words = {"code": asked, "known": known}
        raise ValueError(_("There is no standard %(code)s; there are: %(known)s") % words)
    code = arguments.division
    division = Division.objects.filter(code=code).first() if code else root()
    if division is None:
        if not code:
            raise ValueError(_("No division is here yet; `meicheng setup` makes the city."))
        raise ValueError(
            _("There is no division %(code)s; `meicheng export divisions FILE.csv` lists them")
            % {"code": code}
        )
    return framework, division, period


def _write_report(path: Path, framework: Framework, division: Division, period: Period) -> None:
    """Write the printed report. Raises `ValueError` for another ending, and `OSError`."""
    from .report import as_docx, as_pdf, paper_of

    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise ValueError(
            _("“%(name)s” must end in %(endings)s")
            % {"name": path.name, "endings": ", ".join(ENDINGS)}
        )
    if not path.absolute().parent.is_dir():
        raise ValueError(_("There is no folder %(folder)s") % {"folder": path.absolute().parent})
    paper = paper_of(framework, period, division)
    path.write_bytes(as_pdf(paper) if ending == ".pdf" else as_docx(paper))


def _lines(
    framework: Framework, division: Division, period: Period, result: Assessment
) -> list[str]:
    """The marks as an officer reads them, line by line."""
    from .naming import criterion_names, node_names

    lines = [f"{framework.name} {framework.edition} · {division.name} · {period.words}"]
    if result.marks is None:
        return [*lines, _("Nothing is known of this place and period yet.")]
    words = {"marks": f"{result.marks:.1f}", "full": f"{result.full_marks:g}"}
    if result.interval is None:
        lines.append(_("%(marks)s of %(full)s marks, without an interval") % words)
    else:
        words |= {"low": f"{result.interval[0]:.1f}", "high": f"{result.interval[1]:.1f}"}
        lines.append(_("%(marks)s of %(full)s marks, 95 %% interval %(low)s to %(high)s") % words)
    strict = {"marks": f"{result.strict_marks:.1f}", "coverage": f"{result.coverage:.0%}"}
    lines.append(_("%(marks)s with what is missing as nothing; coverage %(coverage)s") % strict)
    if result.pass_probability is not None:
        chance = {"needed": f"{result.pass_at_least:g}", "chance": f"{result.pass_probability:.0%}"}
        lines.append(_("Chance to reach %(needed)s: %(chance)s") % chance)
    for code, name in zip(result.vetoes, criterion_names(framework, result.vetoes), strict=True):
        lines.append(_("Ruled out: %(code)s %(name)s") % {"code": code, "name": name})
    names = node_names(framework)
    for node in result.nodes:
        if node.parent is None and node.full_marks:
            marks = "–" if node.marks is None else f"{node.marks:.1f}"
            lines.append(
                f"  {node.code:>4}  {marks:>7} / {node.full_marks:<7.1f} {names[node.code]}"
            )
    return lines
