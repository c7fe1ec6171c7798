"""A look at a reply before it is sent: reasons in words, which never hold it back."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from meicheng.engine.text.replies import Asked, Check, look_at_reply

from .models import Report

EARLIER = 40  # replies to the same kind of problem that a new one is compared with


@dataclass(frozen=True)
class Hint:
    """What was found of a reply: good or not, and why."""

    good: bool
    words: str


def reply_hints(report: Report, reply: str) -> list[Hint]:
    """What stands out in a reply to a report, beside the latest replies of its kind (1 SQL)."""
    replied = Report.objects.filter(kind=report.kind_id).exclude(reply="").exclude(pk=report.pk)
    earlier = replied.order_by("-reported_at").values_list("reply", flat=True)[:EARLIER]
    question = f"{report.subject}\n{report.body}"
    return [
        Hint(one.good, _words(one))
        for one in look_at_reply(reply, question=question, earlier=earlier)
    ]


def _words(one: Check) -> str:
    said = {"found": one.found}
    good, bad = {
        Asked.ANSWERS: (
            _("It answers what was asked."),
            _("It says only that the report was received or handed on; it answers nothing."),
        ),
        Asked.COMPLETE: (
            _("It is long enough for what was asked."),
            _("It is short for %(found)s questions.") % said
            if one.found
            else _("It is short: what was found, what was done, and what comes next?"),
        ),
        Asked.GROUNDS: (
            _("It names a rule or a day: %(found)s.") % said,
            _("It names neither the rule that it rests on nor a day."),
        ),
        Asked.POLITE: (
            _("It is polite."),
            _("“%(found)s” sounds cold.") % said
            if one.found
            else _("It neither greets nor thanks."),
        ),
        Asked.OWN: (
            _("It is no copy of an earlier reply."),
            _("It is nearly the same as an earlier reply: “%(found)s…”") % said,
        ),
        Asked.DISCREET: (
            _("It names no person."),
            _("It names a person or a private number: %(found)s.") % said,
        ),
    }[one.asked]
    return good if one.good else bad
