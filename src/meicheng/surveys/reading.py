"""Reading a questionnaire: the sheets survey, choices and settings of an XLSForm, checked.

Columns of our own beside XLSForm's: in `survey` `item` (codes of standards' items that the answers
feed), `index` ("happiness" or "impression") and `margin` (yes: answers are weighted to what is known
of all people); in `choices` `score` (what an answer counts, 0 to 1) and `answer` (the code that is
written for it); in `settings` `minutes`, `audience` and `within` (the question that says how many
adults the household has).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from meicheng.engine.surveys.expressions import BadExpression, Expression, parse

from .questions import INDEXES, PLAIN, Choice, Form, Group, Question, Said

NAME = re.compile(r"[A-Za-z_][\w-]{0,39}", re.ASCII)
CHOSEN = re.compile(r"[\w-]{1,40}", re.ASCII)
LABEL = re.compile(r"(label|hint|constraint_message)::.*?\(?(zh|en)[\w-]*\)?\s*$")
MOST_QUESTIONS, MOST_CHOICES = 200, 60
LONGEST = {"title": 120, "label": 500, "hint": 500, "constraint_message": 200}


class BadForm(ValueError):
    """A questionnaire that cannot be taken; `problems` says where, what, and what was expected."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


@dataclass
class _Reading:
    """A document that is being read, and what is wrong with it."""

    document: Mapping[str, Any]
    problems: list[str] = field(default_factory=list)

    def fault(self, sheet: str, row: Any, column: str, words: str) -> None:
        place = _("%(sheet)s, row %(row)s, %(column)s") % {
            "sheet": sheet, "row": row, "column": column,
        }  # fmt: skip
        self.problems.append(f"{place}: {words}")


def read_form(document: Any) -> Form:
    """A questionnaire from its document. Raises `BadForm` with everything that is wrong."""
    if not isinstance(document, Mapping) or not isinstance(document.get("survey"), list):
        raise BadForm(
            [_("Expected the parts survey, choices and settings, as an XLSForm has them")]
        )
    reading = _Reading(document)
    form = _form(reading)
    if reading.problems:
        raise BadForm(reading.problems[:50])
    return form


def words_of(row: Mapping[str, Any], column: str) -> Said:
    """A text in both languages: `label: {zh, en}`, `label::中文 (zh)` and `label::English (en)`."""
    own = row.get(column)
    if isinstance(own, Mapping):
        return Said(_text(own.get("zh")), _text(own.get("en")))
    found = {"zh": _text(own)}
    for name, value in row.items():
        matched = LABEL.match(str(name))
        if matched and matched[1] == column:
            found[matched[2]] = _text(value)
    return Said(found["zh"] or found.get("en", ""), found.get("en", ""))


def _form(reading: _Reading) -> Form:
    settings = reading.document.get("settings") or {}
    if isinstance(settings, list):
        settings = settings[0] if settings and isinstance(settings[0], Mapping) else {}
    code = _text(settings.get("form_id"))
    if not NAME.fullmatch(code):
        reading.fault("settings", 2, "form_id",
                      _("expected a code of 1 to 40 letters, digits, _ and -"))  # fmt: skip
    title = settings.get("title") or settings.get("form_title")
    said = (
        Said(_text(title.get("zh")), _text(title.get("en")))
        if isinstance(title, Mapping)
        else Said(_text(title), _text(settings.get("form_title_en")))
    )
    if not 0 < len(said.zh) <= LONGEST["title"] or len(said.en) > LONGEST["title"]:
        reading.fault("settings", 2, "form_title", _("expected a title of 1 to 120 characters"))
    minutes = _number(settings.get("minutes"), 5)
    if minutes is None or not 0 < minutes <= 60:
        reading.fault("settings", 2, "minutes", _("expected a number from 1 to 60"))
    audience = _text(settings.get("audience")) or "households"
    if audience not in {"households", "venues", "visitors", "panel"}:
        reading.fault("settings", 2, "audience",
                      _("expected households, venues, visitors or panel"))  # fmt: skip
    groups = _groups(reading, _lists(reading))
    form = Form(code, said, groups, minutes or 5, audience, _text(settings.get("within")))
    names = {one.name for one in form.questions}
    if not names and not reading.problems:
        reading.fault("survey", 2, "type", _("there is no question"))
    if form.within and getattr(form.question(form.within), "kind", "") != "integer":
        reading.fault("settings", 2, "within",
                      _("expected the name of a question of the kind integer"))  # fmt: skip
    return form


def _lists(reading: _Reading) -> dict[str, tuple[Choice, ...]]:
    """The lists of choices by name, from a mapping of lists or from rows with `list_name`."""
    given = reading.document.get("choices") or {}
    if isinstance(given, Mapping):
        given = [
            {"list_name": name, **row}
            for name, rows in given.items()
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, Mapping)
        ]
    found: dict[str, list[Choice]] = {}
    for number, row in enumerate(given, 2):
        at = row.get("row", number)
        name, code = _text(row.get("list_name") or row.get("list name")), _text(row.get("name"))
        label = words_of(row, "label")
        if not CHOSEN.fullmatch(code):
            reading.fault("choices", at, "name", _("expected a code of letters, digits, _ and -"))
        if not 0 < len(label.zh) <= LONGEST["label"]:
            reading.fault("choices", at, "label", _("expected words in Chinese"))
        score = _number(row.get("score"), None)
        if _text(row.get("score")) and (score is None or not 0 <= score <= 1):
            reading.fault("choices", at, "score", _("expected a number from 0 to 1"))
        choices = found.setdefault(name, [])
        if any(one.name == code for one in choices):
            reading.fault("choices", at, "name", _("“%(name)s” stands twice") % {"name": code[:40]})
        choices.append(Choice(code, label, score, _text(row.get("answer"))[:40]))
    for name, choices in found.items():
        if len(choices) > MOST_CHOICES:
            words = _("at most %(most)d choices in one list") % {"most": MOST_CHOICES}
            reading.fault("choices", name, "list_name", words)
    return {name: tuple(choices) for name, choices in found.items()}


def _groups(reading: _Reading, lists: Mapping[str, tuple[Choice, ...]]) -> tuple[Group, ...]:
    groups: list[Group] = []
    inside: dict[str, Any] | None = None
    names: set[str] = set()
    rows = reading.document["survey"]
    if len(rows) > MOST_QUESTIONS:
        words = _("at most %(most)d rows") % {"most": MOST_QUESTIONS}
        reading.fault("survey", MOST_QUESTIONS + 2, "type", words)
        rows = rows[:MOST_QUESTIONS]
    for number, row in enumerate(rows, 2):
        if not isinstance(row, Mapping):
            reading.fault("survey", number, "type", _("expected a row with type and name"))
            continue
        at = row.get("row", number)
        kind = _text(row.get("type")).replace("begin_group", "begin group")
        kind = kind.replace("end_group", "end group")
        if kind == "end group":
            if inside is None:
                reading.fault("survey", at, "type", _("no group was begun"))
            else:
                groups.append(Group(**{**inside, "questions": tuple(inside["questions"])}))
            inside = None
            continue
        if kind == "begin group":
            if inside is not None:
                words = _("groups within groups are not taken; end the group before")
                reading.fault("survey", at, "type", words)
            if _text(row.get("name")) in {"", "check", *(one.name for one in groups)}:
                reading.fault("survey", at, "name", _("expected a name of its own for each group"))
            inside = {
                "name": _text(row.get("name")),
                "label": words_of(row, "label"),
                "relevant": _condition(reading, row, at, "relevant", names),
                "matrix": "table-list" in _text(row.get("appearance")),
                "questions": [],
            }
            continue
        question = _question(reading, row, at, kind, lists, names)
        names.add(question.name)
        if inside is None:
            groups.append(Group(question.name, Said(), (question,)))
        else:
            inside["questions"].append(question)
    if inside is not None:
        reading.fault("survey", len(rows) + 1, "type", _("a group is not ended"))
    return tuple(groups)


def _question(
    reading: _Reading,
    row: Mapping[str, Any],
    at: Any,
    kind: str,
    lists: Mapping[str, tuple[Choice, ...]],
    names: set[str],
) -> Question:
    kind, _blank, list_name = kind.partition(" ")
    choices: tuple[Choice, ...] = ()
    if kind in {"select_one", "select_multiple"}:
        choices = lists.get(list_name.strip(), ())
        if not choices:
            words = _("the list “%(name)s” is not in choices") % {"name": list_name[:40]}
            reading.fault("survey", at, "type", words)
    elif kind not in PLAIN:
        words = _("“%(kind)s” is no kind of question here; expected select_one LIST, "
                  "select_multiple LIST, range, integer, decimal, text, date, note, "
                  "begin_group or end_group") % {"kind": kind[:40]}  # fmt: skip
        reading.fault("survey", at, "type", words)
    name = _text(row.get("name"))
    if not NAME.fullmatch(name):
        reading.fault("survey", at, "name",
                      _("expected a code of 1 to 40 letters, digits, _ and -"))  # fmt: skip
    if name in names:
        reading.fault("survey", at, "name", _("“%(name)s” stands twice") % {"name": name[:40]})
    label = words_of(row, "label")
    if not 0 < len(label.zh) <= LONGEST["label"]:
        reading.fault("survey", at, "label", _("expected words in Chinese"))
    start, end, step = _scale(reading, row, at, kind)
    index = _text(row.get("index"))
    if index and index not in INDEXES:
        reading.fault("survey", at, "index", _("expected happiness or impression"))
    margin = _yes(row.get("margin"))
    if margin and kind != "select_one":
        reading.fault("survey", at, "margin", _("only select_one questions can be weighted by"))
    items = tuple(_text(row.get("item")).replace(",", " ").split())
    if items and kind not in {"select_one", "select_multiple"}:
        reading.fault("survey", at, "item", _("only questions with choices feed an item"))
    question = Question(
        name, kind, label, words_of(row, "hint"), _yes(row.get("required")),
        _condition(reading, row, at, "relevant", names),
        _condition(reading, row, at, "constraint", {*names, name}),
        words_of(row, "constraint_message"), choices, start, end, step, items, index, margin,
    )  # fmt: skip
    if index and not question.scored:
        reading.fault("survey", at, "index", _("its choices need a score from 0 to 1"))
    return question


def _scale(
    reading: _Reading, row: Mapping[str, Any], at: Any, kind: str
) -> tuple[float, float, float]:
    if kind != "range":
        return 0, 10, 1
    given = row.get("parameters") or {}
    if not isinstance(given, Mapping):
        given = dict(part.split("=", 1) for part in _text(given).split() if "=" in part)
    start, end, step = (
        _number(given.get(name), default)
        for name, default in (("start", 0), ("end", 10), ("step", 1))
    )
    whole = None not in (start, end, step) and step > 0 and start < end  # type: ignore[operator]
    if not whole or (end - start) / step > 20:  # type: ignore[operator]
        reading.fault("survey", at, "parameters",
                      _("expected start=0 end=10 step=1 with at most 21 points"))  # fmt: skip
        return 0, 10, 1
    return start, end, step  # type: ignore[return-value]


def _condition(
    reading: _Reading, row: Mapping[str, Any], at: Any, column: str, names: set[str]
) -> Expression | None:
    text = _text(row.get(column))
    if not text:
        return None
    try:
        found = parse(text[:500])
    except BadExpression as problem:
        words = _("“%(text)s” cannot be read at character %(at)d; expected ${name} = 'choice', "
                  "selected(${name}, 'choice'), and, or, not( )")  # fmt: skip
        reading.fault("survey", at, column, words % {"text": text[:60], "at": problem.at})
        return None
    for name in sorted(found.names - names):
        words = _("“%(name)s” is not asked before") % {"name": name[:40]}
        reading.fault("survey", at, column, words)
    return found


def _yes(value: Any) -> bool:
    return value is True or _text(value).casefold() in {"yes", "true", "true()", "1", "是"}


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool | Mapping | list):
        return "yes" if value is True else ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\0", "").strip()


def _number(value: Any, default: float | None) -> float | None:
    text = _text(value)
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None
