"""What a kind asks beside, answered: read once for every door, and kept with the report.

The answers stand below the words, where whoever repairs it reads them, and by their codes in
`Report.extra`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

from meicheng.standards.asking import BadAnswer, Question, questions_of
from meicheng.standards.models import CaseKind

from .checking import NewReport


@dataclass(frozen=True)
class Answered:
    """An answer in the city's own language, with the question."""

    code: str
    question: str
    answer: str


def read_answers(kind: CaseKind, sent: Mapping[str, Sequence[str]]) -> list[Answered]:
    """The answers to the questions of a kind. Raises `BadAnswer`, also where a needed one lacks."""
    questions = questions_of(kind)
    strange = set(sent) - {question.code for question in questions}
    if strange:
        raise BadAnswer(
            _("%(kind)s does not ask %(code)s; it asks %(known)s")
            % {
                "kind": kind.code,
                "code": sorted(strange)[0][:40],
                "known": ", ".join(one.code for one in questions) or "–",
            }
        )
    read = []
    for one in questions:
        try:
            read.append(answered(one, sent.get(one.code, [])))
        except BadAnswer as problem:
            raise BadAnswer(f"{one.code}: {problem}") from None
    return [one for one in read if one.answer]


def answered(question: Question, written: Sequence[str]) -> Answered:
    """What was written to a question, read; "" where nothing was. Raises `BadAnswer`."""
    words = question.words.say(settings.LANGUAGE_CODE)
    return Answered(question.code, words, question.read(written))


def with_answers(said: NewReport, kind: CaseKind, answers: Sequence[Answered]) -> NewReport:
    """The report with its answers, of this kind from now on: what answers say suggests no other."""
    lines = [f"{one.question}：{one.answer}" for one in answers]
    kept = {f"attribute[{one.code}]": one.answer for one in answers}
    body = "\n".join([said.body.strip() or kind.name_zh, *lines])
    return replace(said, body=body, kind=kind, extra={**said.extra, **kept})
