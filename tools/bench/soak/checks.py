"""What the database holds at the end, beside the model: every difference by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from meicheng.cases.models import Case
from meicheng.engine.workflow import PEOPLES_STEPS
from meicheng.exchange.models import ImportRun
from meicheng.ledger.models import Event, Observation
from meicheng.notices.models import Delivery, Letter, Notice
from meicheng.supervision.models import Clock, Rules, Supervision, TimeWarning
from meicheng.voices.models import Report

from .book import Book

# What follows by itself moves a case too: the ends of its parts, and citizens.
BY_ITSELF = {
    "finish": "closed",
    "unsplit": "registered",
    "relapse": "relapsed",
    "reopen": "to_redo",
}
STARTS, STOPS = {"dispatch", "decide"}, {"resolve", "suspend"}
GOES_ON = {"redo", "reopen", "resume"}
ENDS = {"send_back", "withdraw", "join", "split", "close", "turn_down"}
MORE_HOURS = 0.5  # as the users ask for
BLUR = 2.0  # seconds between a step's event and the moment that its clock was read
ANSWERED = {"answered", "turned_down"}


@dataclass(frozen=True)
class Around:
    """What the model cannot know: who was there, what was before, what the mail server took."""

    leads: dict[str, list[int]]  # unit to its leads
    desk: list[int]  # dispatchers
    seeds: set[str]  # numbers of the cases that were there before
    first_event: int  # the last event from before the users came
    mails: list[tuple[str, list[str]]]  # Message-ID, receivers
    kills: int
    looked_at: datetime  # after which the worker looked at the clocks once more


def disagreements(book: Book, around: Around) -> Iterator[str]:
    """Every disagreement between what was told and what is there."""
    yield from book.faults
    cases = {case.number: case for case in Case.objects.all()}
    events = stories(cases)
    yield from steps_disagree(book, cases, events, around)
    yield from states_disagree(book, cases, events, around)
    yield from reports_disagree(book, events, around)
    yield from notices_disagree(book, cases, events, around)
    yield from letters_disagree(book, around)
    yield from clocks_disagree(cases, events, around)
    yield from tasks_disagree(book)


def stories(cases: dict[str, Case]) -> dict[str, list[Event]]:
    """The events of every case, in their order."""
    by_chain: dict[str, list[Event]] = {case.chain: [] for case in cases.values()}
    for event in Event.objects.filter(chain__startswith="case:").order_by("chain", "sequence"):
        by_chain.setdefault(event.chain, []).append(event)
    return {number: by_chain[case.chain] for number, case in cases.items()}


def story_of(words: str) -> str:
    """The steps of the case that a disagreement begins with; "" where it names none."""
    case = Case.objects.filter(number=words.partition(":")[0]).first()
    if case is None:
        return ""
    story = Event.objects.filter(chain=case.chain).order_by("sequence")
    return ", ".join(f"{event.sequence} {event.verb} {event.at:%H:%M:%S}" for event in story)


def steps_disagree(
    book: Book, cases: dict[str, Case], events: dict[str, list[Event]], around: Around
) -> Iterator[str]:
    """A step that was told is one event, by that person, at that version; and the other way round."""
    for number, told in book.steps.items():
        if number not in cases:
            yield f"{number}: steps were told and there is no such case"
            continue
        at = {event.sequence: event for event in events[number]}
        for step in told.values():
            there = at.get(step.version)
            if there is None or (there.verb, there.by_id) != (step.code, step.by):
                yield f"{number}: {step.code} was told as version {step.version}; there is {there}"
    for number, story in events.items():
        told, part = book.steps.get(number, {}), cases[number].parent_id is not None
        if number in book.unsure:
            continue
        for event in story:
            opening = part and event.sequence <= 3  # written with the split of its whole
            old = event.pk <= around.first_event
            expected = opening or old or event.sequence in told
            if event.verb in PEOPLES_STEPS and event.by_id and not expected:
                yield f"{number}: {event.verb} was written as {event.sequence}, nobody was told"


def states_disagree(
    book: Book, cases: dict[str, Case], events: dict[str, list[Event]], around: Around
) -> Iterator[str]:
    """The state is that of the last step told, or of what followed by itself; as many in all."""
    expected: Counter[str] = Counter()
    for number, case in cases.items():
        told = book.steps.get(number, {})
        last = max(told, default=0)
        state = told[last].state if told else ("dispatched" if case.parent_id else "reported")
        if not told and number in around.seeds:
            state = "dispatched"
        for event in events[number]:
            if event.sequence > last and event.by_id is None:
                state = BY_ITSELF.get(event.verb, state)
        expected[case.state if number in book.unsure else state] += 1
        if state != case.state and number not in book.unsure:
            yield f"{number}: {case.state}, and {state} was told last"
        if [event.sequence for event in events[number]] != list(range(1, case.events_count + 1)):
            yield f"{number}: its events are not 1 to {case.events_count}"
    found = Counter(case.state for case in cases.values())
    for state in sorted(found | expected):
        if found[state] != expected[state]:
            yield f"{found[state]} cases are {state}; {expected[state]} were told to be"
    split = sum(step.code == "split" for told in book.steps.values() for step in told.values())
    parts = sum(case.parent_id is not None for case in cases.values())
    if parts != 2 * split and not book.unsure:
        yield f"{parts} parts of cases; {split} splits into two were told"


def reports_disagree(book: Book, events: dict[str, list[Event]], around: Around) -> Iterator[str]:
    """Each report that was told is there once, and was written into one case."""
    reports = {one.code: one for one in Report.objects.all()}
    for code in book.reports.keys() - reports.keys():
        yield f"report {code} was told as taken and is not there"
    more = len(reports.keys() - book.reports.keys())
    if more > book.lost_reports:
        yield f"{more} reports nobody was told of; {book.lost_reports} answers did not come"
    written = Counter(
        event.verb
        for story in events.values()
        for event in story
        if event.pk > around.first_event
        and (
            event.verb == "reported_again"
            or (event.verb == "reported" and "part_of" not in event.data)
            or (event.verb == "relapse" and event.by_id is None)
            or (event.verb == "relapse" and "source" in event.data)
        )
    )
    if written.total() != len(reports):
        yield f"{len(reports)} reports were written into cases {written.total()} times: {written}"
    contested = sum(
        event.verb == "reopen" and event.by_id is None
        for story in events.values()
        for event in story
    )
    if contested != len(book.contested):
        yield f"{contested} cases were reopened by citizens; {len(book.contested)} were told"
    for code, rating in book.rated.items():
        one = reports.get(code)
        if one is not None and one.rating != rating and not one.extra.get("contested"):
            yield f"report {code} is rated {one.rating}; {rating} was told"


def notices_disagree(
    book: Book, cases: dict[str, Case], events: dict[str, list[Event]], around: Around
) -> Iterator[str]:
    """Leads are told once of each dispatch, the desk of each case that was sent back; of no other."""
    told = Counter(
        Notice.objects.filter(kind__in=["case.dispatched", "case.sent_back"]).values_list(
            "key", "person_id"
        )
    )
    expected: Counter[tuple[str, int]] = Counter()
    for story in events.values():
        back = 0
        for before, event in zip([None, *story], story, strict=False):
            key = f"{event.chain}:{event.sequence}"
            if event.verb in STARTS:
                people = around.leads.get(event.data["unit"], [])
            elif event.verb == "undo" and before and event.data["step"] in STARTS:
                people = around.leads.get(before.data["unit"], [])
            elif event.verb == "send_back":
                back += 1
                people = around.desk if back < 3 else []
            else:
                continue
            expected.update((key, person) for person in people if person != event.by_id)
    for key, person in expected - told:
        yield f"person {person} was not told of {key}"
    for key, person in told - expected:
        yield f"person {person} was told of {key}, which did not happen or was told before"


def letters_disagree(book: Book, around: Around) -> Iterator[str]:
    """Every answer was mailed to whoever left an address; at most one mail for each kill twice."""
    waiting = Delivery.objects.exclude(state__in=["sent", "needless"])
    for line in waiting.select_related("letter", "notice")[:20]:
        yield f"{line.channel} of {line.letter or line.notice} is {line.state}: {line.last_error}"
    copies = Counter(mail for mail, _to in around.mails)
    twice = sum(count - 1 for count in copies.values())
    if twice > around.kills:
        yield f"{twice} mails came again; the worker was killed {around.kills} times"
    sent = set(
        Delivery.objects.filter(state="sent", channel="mail").values_list("parcel", flat=True)
    )
    for code in sent - copies.keys():
        yield f"mail {code} is noted as sent and did not come"
    for code in copies.keys() - sent:
        yield f"mail {code} came and is not noted as sent"
    letters = set(Letter.objects.values_list("key", flat=True))
    for one in Report.objects.filter(state__in=ANSWERED, email_sealed__isnull=False):
        if one.replied_at and f"report:{one.pk}:{one.replied_at.isoformat()}" not in letters:
            yield f"report {one.code} is answered and no letter was written"
    received = {to for _mail, receivers in around.mails for to in receivers}
    left = {one.email: one.code for one in book.reports.values() if one.email}
    answered = set(Report.objects.filter(state__in=ANSWERED).values_list("code", flat=True))
    for email, code in left.items():
        if code in answered and email not in received:
            yield f"report {code} is answered and {email} got no mail"
    for email in received:
        if "@soak." in email and email not in left and not book.lost_reports:
            yield f"{email} got a mail and was told nothing"


def clocks_disagree(
    cases: dict[str, Case], events: dict[str, list[Event]], around: Around
) -> Iterator[str]:
    """What was passed on each clock is what the story of its case asks for, each once.

    A limit is an hour by the clock, so that a per cent is 36 seconds of running.
    """
    rungs = [row["percent"] for row in Rules.objects.earliest("pk").rungs]
    rows: dict[int, Counter[tuple[int, int]]] = {}
    for model in (TimeWarning, Supervision):
        for key, version, percent in model._default_manager.values_list(
            "clock_id", "version", "percent"
        ):
            rows.setdefault(key, Counter())[version, percent] += 1
    chained: Counter[str] = Counter()
    for event in Event.objects.filter(verb__in=["time_warning", "supervised"]):
        chained[event.chain] += 1
    numbers = {case.pk: number for number, case in cases.items()}
    for clock in Clock.objects.all():
        number = numbers[clock.pk]
        found = rows.get(clock.pk, Counter())
        if max(found.values(), default=1) > 1 or chained[clock.chain] != found.total():
            yield f"{number}: {found.total()} passings and {chained[clock.chain]} events of them"
        ran = running(events[number], around.looked_at)
        for version, (seconds, hours) in enumerate(ran, 1):
            for percent in rungs:
                there, used = (version, percent) in found, percent * 36 * hours
                if seconds >= used + BLUR and not there:
                    yield f"{number}: {percent} % of version {version} was not passed"
                late = seconds + 60 if version == len(ran) and clock.next_at else seconds
                if there and late < used - BLUR:
                    yield f"{number}: {percent} % of version {version} was passed too early"


def running(story: Sequence[Any], until: datetime) -> list[tuple[float, float]]:
    """Seconds that each version of a case's clock ran by a moment, and of how many hours.

    Retold from its events. A unit has it for 40 s, reports it done, has to do it again for 5 s, and
    sends it back:

    >>> from datetime import timedelta
    >>> from types import SimpleNamespace as Row
    >>> began = datetime(2026, 11, 25, 9)
    >>> story = [Row(verb=verb, at=began + timedelta(seconds=after), data={}) for verb, after in
    ...          [("dispatch", 0), ("resolve", 40), ("redo", 100), ("send_back", 105)]]
    >>> running(story, began + timedelta(hours=1))
    [(45.0, 1.0)]
    """
    ran: list[tuple[float, float]] = []
    since: datetime | None = None
    ended: tuple[datetime, float] | None = None  # since when, and seconds so far, before an end
    parted = False  # a whole that was split has no limit of its own until it is reopened
    for event in story:
        back = event.data["step"] if event.verb == "undo" else ""
        starts = event.verb in STARTS or (event.verb == "reopen" and parted)
        parted = event.verb == "split" or (parted and not starts)
        stops = event.verb in STOPS | ENDS or back in STARTS
        before, ended = ended, None
        if since is not None and (starts or stops or event.verb == "extend"):
            seconds, hours = ran[-1]
            ended = since, seconds
            ran[-1] = seconds + (event.at - since).total_seconds(), hours
            since = None
            if event.verb == "extend":  # half as much again, counted from where it began
                ran.append((ran[-1][0], hours + MORE_HOURS))
                since = event.at
        elif back in ENDS and before is not None:  # as if it had never stopped
            since, seconds = before
            ran[-1] = seconds, ran[-1][1]
        if starts:
            ran.append((0.0, 1.0))
        if starts or (event.verb in GOES_ON and since is None and ran):
            since = event.at
    if since is not None:
        seconds, hours = ran[-1]
        ran[-1] = seconds + (until - since).total_seconds(), hours
    return ran


def tasks_disagree(book: Book) -> Iterator[str]:
    """Every import that was started ended, and each of its rows is there once."""
    rows = 0
    for pk, told in book.imported.items():
        run = ImportRun.objects.get(pk=pk)
        rows += told
        if run.state != ImportRun.State.DONE or run.imported + run.duplicates != told:
            yield f"import {pk} is {run.state}: {run.imported} of {told} rows; {run.message}"
    found = Observation.objects.count()
    if found != rows:
        yield f"{found} observations; {rows} were sent"
