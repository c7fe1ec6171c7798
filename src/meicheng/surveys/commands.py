"""Checking a questionnaire before it is brought in, and a draw after it was made."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from .drawing import drawn_again, frames_of, hash_of
from .models import Wave
from .reading import BadForm, read_form
from .workbooks import read_file


def commands(subparsers: Any) -> None:
    """Add `meicheng surveys`."""
    parser = subparsers.add_parser("surveys", help="check questionnaires, draw samples again")
    parts = parser.add_subparsers(metavar="WHAT", required=True)
    checking = parts.add_parser("check", help="say everything that is wrong with a questionnaire")
    checking.add_argument("file", type=Path)
    checking.set_defaults(run=check)
    drawing = parts.add_parser("recheck", help="draw a wave's sample again and compare")
    drawing.add_argument("code")
    drawing.set_defaults(run=recheck)


def check(arguments: argparse.Namespace) -> int:
    """Say what is wrong with a questionnaire in a file; 1 if anything is."""
    try:
        form = read_form(read_file(arguments.file.read_bytes()))
    except OSError as problem:
        print(_("%(file)s cannot be read: %(why)s")
              % {"file": arguments.file, "why": problem.strerror})  # fmt: skip
        return 2
    except BadForm as problem:
        print("\n".join(problem.problems))
        return 1
    words = _("%(title)s: %(questions)d questions on %(pages)d pages; nothing is wrong.")
    count = len(list(form.questions))
    print(words % {"title": form.title, "questions": count, "pages": len(form.groups)})
    return 0


def recheck(arguments: argparse.Namespace) -> int:
    """Draw a wave's sample again from its seed and compare; 1 if anything differs."""
    wave = Wave.objects.filter(code=arguments.code).first()
    if wave is None:
        print(_("There is no wave %(code)s") % {"code": arguments.code})
        return 2
    again = {one.cell: (one.codes, one.chance) for one in drawn_again(wave)}
    differ = []
    for cell in wave.cells.order_by("code"):
        codes, chance = again.pop(cell.code, ((), 0.0))
        drawn = {str(one).rsplit("/", 1)[-1] for one in codes}
        if drawn != set(map(str, cell.drawn)) or abs(chance - cell.chance) > 1e-12:
            differ.append(cell.code)
    if differ or again or hash_of(frames_of(wave)) != wave.frame_hash:
        print(_("The draw differs: %(cells)s") % {"cells": ", ".join([*differ, *again]) or "frame"})
        return 1
    words = _("%(code)s: the same %(count)d were drawn again from the seed %(seed)s.")
    count = sum(len(cell.drawn) for cell in wave.cells.all())
    print(words % {"code": wave.code, "count": count, "seed": wave.seed})
    return 0
