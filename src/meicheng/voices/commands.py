"""`meicheng voices` and `meicheng open311`: learn to sort messages, sort them, and show how good that is."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import keeping
from .open311 import commands as open311
from .topics import commands as topics

if TYPE_CHECKING:
    from .models import TextModel

log = logging.getLogger("meicheng.voices")

REFUSED = 2
NOT_TAKEN, LATER = 65, 75  # EX_DATAERR and EX_TEMPFAIL of sysexits.h
LARGEST_MAIL = 64 * 1024 * 1024


def commands(subparsers: Any) -> None:
    """Add the commands of voices."""
    voices = subparsers.add_parser(
        "voices", help="what citizens write, sorted by the city's own machine"
    )
    ways = voices.add_subparsers(title="voices", metavar="WHAT", required=True)
    train = ways.add_parser(
        "train",
        help="learn categories from a file that people have sorted",
        description="FILE (CSV or XLSX) has the columns subject, body and category. The names of "
        "imported topics help; so do messages without a category.",
    )
    train.add_argument("file", metavar="FILE", type=Path)
    train.add_argument("--unlabelled", metavar="FILE", type=Path, nargs="+", default=[])
    train.add_argument(
        "--taxonomy", metavar="FILE", type=Path, help="level1, level2, level3 (the imported topics)"
    )
    train.add_argument("--json", action="store_true", help="the report as JSON")
    train.set_defaults(run=_train)
    mail = ways.add_parser(
        "mail-in",
        help="take one e-mail from standard input as a report, for a pipe of the mail server",
        description="Exit code 0: taken, or left out because a machine wrote it; 65: refused, and "
        "the words are for its sender; 75: try again later.",
    )
    mail.set_defaults(run=_mail_in)
    learn = ways.add_parser(
        "learn", help="learn kinds of cases from reports that people have sorted"
    )
    learn.add_argument("--json", action="store_true", help="the report as JSON")
    learn.set_defaults(run=_learn)
    classify = ways.add_parser("classify", help="write each message's category and its probability")
    classify.add_argument("file", metavar="FILE", type=Path)
    classify.add_argument("--out", metavar="OUT.csv", type=Path, required=True)
    classify.set_defaults(run=_classify)
    report = ways.add_parser("report", help="how good a version is, and its worst mistakes")
    report.add_argument("--purpose", choices=["category", "kind"], default="category")
    report.add_argument("--version", type=int, help="the newest unless given")
    report.add_argument("--json", action="store_true", help="the report as JSON")
    report.set_defaults(run=_report)
    topics.commands(ways)
    keeping.commands(subparsers)
    open311.commands(subparsers)


def _train(arguments: argparse.Namespace) -> int:
    from meicheng.engine.text.categories import CannotLearn
    from meicheng.tables.kinds import Refused

    from .learning import train_from_file

    begun = time.monotonic()
    try:
        kept = train_from_file(
            arguments.file,
            unlabelled=arguments.unlabelled,
            taxonomy=arguments.taxonomy,
            progress=lambda words: print(f"  {words}", file=sys.stderr),
        )
    except (Refused, CannotLearn) as problem:
        return _refuse("train", str(problem))
    _show(kept, as_json=arguments.json, seconds=time.monotonic() - begun)
    return 0


def _mail_in(_arguments: argparse.Namespace) -> int:
    from .checking import BadReport
    from .codes import shown
    from .mailing import take_letter

    try:
        report = take_letter(sys.stdin.buffer.read(LARGEST_MAIL))
    except BadReport as problem:
        print(f"meicheng voices mail-in: {problem}", file=sys.stderr)
        return NOT_TAKEN
    except Exception:  # whatever it is: it is in the log, and the mail server keeps the letter
        log.exception("A letter could not be taken")
        return LATER
    print(f"{shown(report.code)}" if report is not None else "left out: written by a machine")
    return 0


def _learn(arguments: argparse.Namespace) -> int:
    from meicheng.engine.text.categories import CannotLearn

    from .learning import learn_kinds

    begun = time.monotonic()
    try:
        kept = learn_kinds()
    except CannotLearn as problem:
        return _refuse("learn", str(problem))
    _show(kept, as_json=arguments.json, seconds=time.monotonic() - begun)
    return 0


def _classify(arguments: argparse.Namespace) -> int:
    from meicheng.tables.kinds import Refused

    from .learning import classify_file

    begun = time.monotonic()
    try:
        count, used = classify_file(arguments.file, arguments.out)
    except (Refused, OSError) as problem:
        return _refuse("classify", str(problem))
    seconds = time.monotonic() - begun
    print(
        f"{arguments.out}: {count:,} messages by version {used.version} in {seconds:.1f} s "
        f"({count / max(seconds, 1e-9):,.0f} a second)"
    )
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from .models import TextModel

    found = TextModel.objects.defer("content").filter(purpose=arguments.purpose)
    kept = (found.filter(version=arguments.version) if arguments.version else found).first()
    if kept is None:
        there = ", ".join(str(one.version) for one in found) or "none"
        return _refuse("report", f"no such version; there are: {there}")
    _show(kept, as_json=arguments.json)
    return 0


def _show(kept: TextModel, *, as_json: bool, seconds: float | None = None) -> None:
    """Print a version's report."""
    said = kept.judgement
    if as_json:
        head = {"purpose": kept.purpose, "version": kept.version, "learned_from": kept.learned_from}
        print(json.dumps(head | {"messages": kept.messages} | said, ensure_ascii=False))
        return
    took = f", {seconds:.1f} s" if seconds is not None else ""
    print(
        f"{kept.purpose} version {kept.version}: {kept.messages:,} messages, {kept.learned_from}{took}"
    )
    print(
        f"  macro-F1 {said['macro_f1']:.3f} · right {said['right']:.1%} · "
        f"calibration error {said['calibration_error']:.3f} (held-back messages)"
    )
    print("\n  precision  recall     F1  messages  category")
    for name, messages, precision, recall, f1 in said["scores"]:
        print(f"  {precision:9.3f} {recall:7.3f} {f1:6.3f} {messages:9,}  {name}")
    names = [score[0] for score in said["scores"]]
    if len(names) <= 15:
        print("\n  rows: where they belong; columns: where they were put, in the same order")
        for name, row in zip(names, said["table"], strict=True):
            print("  " + "".join(f"{cell:6d}" for cell in row) + f"  {name}")
    print("\n  said to be / were right, by tenths of probability")
    for messages, told, right in said["bands"]:
        print(f"  {told:6.1%} / {right:6.1%}   {messages:,} messages")
    print("\n  worst mistakes: number, where it belongs, where it was put, how sure")
    for number, category, guessed, probability in said["mistakes"]:
        print(f"  {number or '–':>14}  {category} → {guessed}  {probability:.2f}")


def _refuse(what: str, message: str) -> int:
    print(f"meicheng voices {what}: {message}", file=sys.stderr)
    return REFUSED
