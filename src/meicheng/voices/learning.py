"""Learning from words that people have sorted: models, their versions, and what they suggest."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.engine.text.categories import (
    CannotLearn,
    Guess,
    Judgement,
    Message,
    Model,
    judge,
    names_of,
    train,
)
from meicheng.exchange.reading import open_table
from meicheng.organisation.models import User
from meicheng.standards.models import CaseKind, Topic
from meicheng.tables.kinds import Refused, kind_of

from .messages import WORDS, rows_of_file
from .models import Report, TextModel

MOST_REPORTS = 20_000  # the latest ones that people have sorted
FEWEST_OF_A_KIND = 5
OFTEN_ENOUGH = 200  # newly sorted reports that make learning again worth it
_CLASSIFIED_AT_ONCE = 2000
COLUMNS = {**WORDS, "category": ("category", "一级标签", "类别", "一级分类")}


@dataclass(frozen=True)
class Sorted:
    """Messages of a file with their numbers and, where people have sorted them, categories."""

    ids: list[str]
    messages: list[Message]
    categories: list[str]


Progress = Callable[[str], None]


def read_messages(path: Path, *, sorted_ones: bool) -> Sorted:
    """The messages of a CSV or XLSX file; with `sorted_ones` each must have its category.

    Raises `Refused`, naming the row, for a file that is broken or lacks a column.
    """
    needed = ["body", "category"] if sorted_ones else ["message_id", "body"]
    found = Sorted([], [], [])
    for number, cells in rows_of_file(path, COLUMNS, needed=needed):
        if sorted_ones and not cells["category"]:
            raise Refused(_("Row %(row)d: the category is empty") % {"row": number})
        if sorted_ones and not (cells["subject"] + cells["body"]):
            raise Refused(_("Row %(row)d: there are no words") % {"row": number})
        found.ids.append(cells["message_id"])
        found.messages.append(Message(cells["subject"], cells["body"]))
        found.categories.append(cells["category"])
    return found


def train_from_file(
    path: Path,
    *,
    unlabelled: list[Path] | None = None,
    taxonomy: Path | None = None,
    by: User | None = None,
    progress: Progress = lambda words: None,
) -> TextModel:
    """Learn the categories of messages from a file, judge what was learned, and keep it.

    The subjects' names come from `taxonomy` (a file with level1 to level3) or from the topics
    that the city has imported. Raises `Refused` and `CannotLearn`; then nothing has changed.
    """
    found = read_messages(path, sorted_ones=True)
    others = [
        one for more in unlabelled or [] for one in read_messages(more, sorted_ones=False).messages
    ]
    names = names_of(_taxonomy(taxonomy))
    progress(
        _("%(messages)d messages in %(categories)d categories, %(others)d more without one")
        % {
            "messages": len(found.messages),
            "categories": len(set(found.categories)),
            "others": len(others),
        }
    )
    learned = train(found.messages, found.categories, names=names, unlabelled=others)
    progress(_("learned; now each fifth is held back in turn to judge it"))
    judgement = judge(found.messages, found.categories, names=names, unlabelled=others)
    return keep_model(
        TextModel.Purpose.CATEGORY,
        learned,
        judgement,
        learned_from=path.name,
        ids=found.ids,
        by=by,
    )


def learn_kinds(*, by: User | None = None) -> TextModel:
    """Learn the kinds of cases from the latest reports whose kind a person has confirmed.

    Raises `CannotLearn` where there are too few.
    """
    rows = list(_confirmed().order_by("-pk")[:MOST_REPORTS])
    many = Counter(row["case__kind_id"] for row in rows)
    rows = [row for row in reversed(rows) if many[row["case__kind_id"]] >= FEWEST_OF_A_KIND]
    messages = [Message(row["subject"], row["body"]) for row in rows]
    kinds = [row["case__kind_id"] for row in rows]
    names = {
        kind.code: [kind.name_zh, kind.name_en] for kind in CaseKind.objects.filter(active=True)
    }
    learned = train(messages, kinds, names=names)
    return keep_model(
        TextModel.Purpose.KIND,
        learned,
        judge(messages, kinds, names=names),
        learned_from=_("reports up to %(code)s") % {"code": rows[-1]["code"]},
        ids=[row["code"] for row in rows],
        by=by,
    )


def learn_daily(day: date) -> int:
    """Learn the kinds anew once enough reports were sorted since; how often (0 or 1)."""
    last = TextModel.objects.filter(purpose=TextModel.Purpose.KIND).first()
    known = last.judgement.get("learned_upto", 0) if last else 0
    if _confirmed().filter(pk__gt=known)[:OFTEN_ENOUGH].count() < OFTEN_ENOUGH:
        return 0
    try:
        learn_kinds()
    except CannotLearn:
        return 0  # too few of any kind yet; tomorrow there may be more
    return 1


def keep_model(
    purpose: TextModel.Purpose,
    model: Model,
    judgement: Judgement,
    *,
    learned_from: str,
    ids: list[str],
    by: User | None = None,
) -> TextModel:
    """Keep a model as the next version of its purpose."""
    content = model.to_bytes()
    said = asdict(judgement) | {
        "macro_f1": judgement.macro_f1,
        "right": judgement.right,
        "calibration_error": judgement.calibration_error,
        "learned_upto": _confirmed_upto() if purpose == TextModel.Purpose.KIND else 0,
    }
    said["mistakes"] = [
        [ids[one.row], one.category, one.guessed, one.probability] for one in judgement.mistakes
    ]
    for _attempt in range(5):
        newest = TextModel.objects.filter(purpose=purpose).only("version").first()
        try:
            with transaction.atomic():
                return TextModel.objects.create(
                    purpose=purpose,
                    version=newest.version + 1 if newest else 1,
                    made_at=timezone.now(),
                    made_by=by,
                    learned_from=learned_from[:200],
                    messages=judgement.learned,
                    categories=len(model.categories),
                    judgement=said,
                    sha256=hashlib.sha256(content).hexdigest(),
                    content=content,
                )
        except IntegrityError:  # somebody else trained meanwhile: the next number is free
            continue
    raise RuntimeError(f"no free version of {purpose} after five attempts")


_loaded: dict[str, tuple[int, Model]] = {}


def model_in_use(purpose: TextModel.Purpose) -> Model | None:
    """The newest model of a purpose (1 SQL statement, and 1 more where it is new here)."""
    newest = TextModel.objects.filter(purpose=purpose).values_list("pk", flat=True).first()
    if newest is None:
        return None
    kept = _loaded.get(purpose)
    if kept is None or kept[0] != newest:
        content = TextModel.objects.values_list("content", flat=True).get(pk=newest)
        kept = _loaded[purpose] = (newest, Model.from_bytes(bytes(content)))
    return kept[1]


def guess_kinds(report: Report, *, at_most: int = 3) -> list[Guess]:
    """The likeliest kinds of a report's problem, with the words that say so (2 SQL at most)."""
    model = model_in_use(TextModel.Purpose.KIND)
    return model.guess(Message(report.subject, report.body), at_most=at_most) if model else []


def classify_file(
    path: Path, out: Path, *, progress: Progress = lambda words: None
) -> tuple[int, TextModel]:
    """Write for every message of a file its likeliest category with the probability.

    `out` gets the columns message_id, category, probability. Raises `Refused`; then `out` is not
    written.
    """
    newest = TextModel.objects.filter(purpose=TextModel.Purpose.CATEGORY).first()
    model = model_in_use(TextModel.Purpose.CATEGORY)
    if newest is None or model is None:
        raise Refused(_("There is no model yet; run “meicheng voices train FILE” first"))
    found = read_messages(path, sorted_ones=False)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["message_id", "category", "probability"])
        for start in range(0, len(found.messages), _CLASSIFIED_AT_ONCE):
            chances = model.probabilities(found.messages[start : start + _CLASSIFIED_AT_ONCE])
            for at, best in enumerate(chances.argmax(axis=1)):
                rows.writerow(
                    [found.ids[start + at], model.categories[best], f"{chances[at, best]:.4f}"]
                )
            progress(f"{min(start + _CLASSIFIED_AT_ONCE, len(found.messages)):,}")
    return len(found.messages), newest


def _confirmed() -> Any:
    """Reports whose case somebody has registered under a kind."""
    return (
        Report.objects.filter(case__registered_at__isnull=False)
        .exclude(case__kind_id="other")
        .values("pk", "code", "subject", "body", "case__kind_id")
    )


def _confirmed_upto() -> int:
    newest = _confirmed().order_by("-pk").first()
    return newest["pk"] if newest else 0


def _taxonomy(path: Path | None) -> Iterator[tuple[str, str, str]]:
    if path is None:
        yield from Topic.objects.values_list("level1", "level2", "level3")
        return
    table = open_table(path, kind_of("topics"))
    levels = ("level1", "level2", "level3")
    if not set(levels) <= set(table.columns):
        raise Refused(
            _("The file has no columns level1, level2 and level3; it has: %(columns)s")
            % {"columns": ", ".join(table.columns)}
        )
    for row in table.rows:
        cells = dict(zip(table.columns, row.cells, strict=False))
        first, second, third = (cells.get(level, "").strip() for level in levels)
        yield first, second, third
