"""`meicheng assess FRAMEWORK`: marks of a place in a period."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def commands(subparsers: Any) -> None:
    """Add the command of the assessment."""
    parser = subparsers.add_parser("assess", help="marks of a place under a standard")
    parser.add_argument("framework", help="code of the standard: sanitary-city")
    parser.add_argument("--edition", help="edition (the newest when absent)")
    parser.add_argument(
        "--period", help="2026, 2026Q3, 2026-09 or 2026-07-15..2026-09-03 (the running quarter)"
    )
    parser.add_argument("--division", default="CITY", help="code of the division (CITY)")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write the printed report (.docx or .pdf) too"
    )
    parser.set_defaults(run=_assess)


def _assess(arguments: argparse.Namespace) -> int:
    from meicheng.places.models import Division
    from meicheng.standards.models import Framework

    from .periods import current_period, parse_period
    from .queries import as_json, assess

    editions = Framework.objects.filter(code=arguments.framework).order_by("-edition")
    if arguments.edition:
        editions = editions.filter(edition=arguments.edition)
    framework = editions.first()
    division = Division.objects.filter(code=arguments.division).first()
    try:
        period = parse_period(arguments.period) if arguments.period else current_period()
    except ValueError as problem:
        return _refuse(str(problem))
    if framework is None:
        known = ", ".join(f"{one.code} {one.edition}" for one in Framework.objects.all())
        return _refuse(
            f"no standard {arguments.framework} {arguments.edition or ''}; here are: {known or '–'}"
        )
    if division is None:
        return _refuse(f"no division {arguments.division}; `meicheng export divisions` lists them")
    if arguments.report is not None:
        if arguments.report.suffix.lower() not in {".docx", ".pdf"}:
            return _refuse(f"{arguments.report}: expected a name that ends in .docx or .pdf")
        from .report import as_docx, as_pdf, paper_of

        write = as_pdf if arguments.report.suffix.lower() == ".pdf" else as_docx
        arguments.report.write_bytes(write(paper_of(framework, period, division)))
    result = assess(framework, period, division)
    if arguments.json:
        print(json.dumps(as_json(framework, period, division, result), ensure_ascii=False))
        return 0
    print(f"{framework.name} {framework.edition} · {division.name} · {period.text}")
    if result.marks is None:
        print("Nothing is known of this place and period.")
        return 0
    doubt = "no interval"
    if result.interval:
        doubt = f"95 % interval {result.interval[0]:.1f} to {result.interval[1]:.1f}"
    print(f"{result.marks:.1f} of {result.full_marks:g} ({doubt})")
    print(
        f"with what is missing as nothing {result.strict_marks:.1f}; coverage {result.coverage:.0%}"
    )
    if result.pass_probability is not None:
        print(f"chance to reach {result.pass_at_least:g}: {result.pass_probability:.0%}")
    for node in result.nodes:
        if node.parent is None and node.full_marks and node.marks is not None:
            print(f"  {node.code:>4}  {node.marks:8.1f} of {node.full_marks:7.1f}")
    return 0


def _refuse(message: str) -> int:
    print(f"meicheng assess: {message}", file=sys.stderr)
    return 2
