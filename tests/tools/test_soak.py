"""The model of the soak: what agrees is silent; what is lost, doubled or invented is named."""

from __future__ import annotations

import pytest
from django.utils import timezone

from meicheng.cases import tasks as following
from meicheng.cases.models import Case
from meicheng.ledger.models import Event
from meicheng.notices.models import Notice
from meicheng.voices.actions import submit_report
from meicheng.voices.checking import NewReport
from meicheng.voices.models import Report
from tools.bench.soak.book import Book, Reported, Step
from tools.bench.soak.checks import Around, disagreements


@pytest.fixture
def lead(city):
    return city.user("unit-lead")


@pytest.fixture
def book(city, lead):
    """What was told of one case, from the citizen's report to the unit's."""
    said = NewReport(source="portal", body="垃圾成堆", division=city.division("LC0101"))
    report = submit_report(said)
    found, case = Book(), report.case
    found.reports[report.code] = Reported(report.code)
    for code in ("register", "dispatch", "accept", "resolve"):
        case = city.take(case, code, unit=city.unit())
        by = city.who_takes(case, code).pk
        step = Step(code, by, case.events_count, case.state, case.unit and case.unit.code)
        found.step(case.number, step, "LC")
    following.tell_the_unit(Event.objects.get(verb="dispatch"))
    return found


@pytest.fixture
def named(city, book, lead):
    """Every disagreement now."""

    def compare() -> list[str]:
        around = Around({city.unit().code: [lead.pk]}, [], set(), 0, [], 0, timezone.now())
        return list(disagreements(book, around))

    return compare


def test_what_was_told_and_is_there_agrees(named):
    assert named() == []


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda: Event.objects.filter(verb="accept").delete(), "accept was told as version"),
        (lambda: Case.objects.update(state="closed"), "resolved was told last"),
        (lambda: Report.objects.all().delete(), "told as taken and is not there"),
        (lambda: Notice.objects.all().delete(), "was not told of case:"),
        (lambda: Notice.objects.update(key="case:0:9"), "which did not happen"),
    ],
    ids=["a lost event", "another state", "a lost report", "a lost notice", "an invented notice"],
)
def test_what_is_not_as_it_was_told_is_named(named, break_it, words):
    break_it()
    assert any(words in one for one in named())


def test_a_step_that_nobody_was_told_of_is_named(named, book):
    number = next(iter(book.steps))
    book.steps[number].pop(max(book.steps[number]))
    assert any("resolve was written" in one for one in named())
