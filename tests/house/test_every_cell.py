"""Every cell of the matrix of permissions is tried, by page and by API, inside the scope and outside.

`TRIALS` says for each action how somebody does it. An action without a trial fails the first test:
whoever adds one to the matrix says here how to try it. Whoever may not is refused with 403 or 404
and nothing is written; whoever may is let through. The little city is made once for each door, and
every try is rolled back: some 1,200 requests, so these two tests take seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from meicheng.campaigns.actions import order_campaign
from meicheng.cases.models import Case
from meicheng.chronic.models import ChronicPlace
from meicheng.commitments.actions import promise
from meicheng.demo.little import WAYS, City
from meicheng.engine.workflow import TRANSITIONS, Need
from meicheng.files.actions import store_photo
from meicheng.files.documents import store_document
from meicheng.inspections.actions import Answer, record_visit
from meicheng.knowledge.actions import Draft as ArticleDraft
from meicheng.knowledge.actions import write_article
from meicheng.ledger.models import IdempotencyKey
from meicheng.lists.actions import Draft, make_list, solve
from meicheng.materials.actions import file_material
from meicheng.materials.tests.conftest import pdf
from meicheng.organisation.models import Membership, Unit, User
from meicheng.organisation.permissions import ANYWHERE, MATRIX, REACH, WHOLE_CITY, Reach
from meicheng.organisation.personal import seal
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.proofs.models import PublicPicture, Question, Use
from meicheng.routines.actions import order_routine
from meicheng.standards.actions import save_framework
from meicheng.standards.models import Item
from meicheng.supervision.models import Supervision
from meicheng.surveys.actions import keep_questionnaire, plan_wave
from meicheng.surveys.drawing import Asked
from meicheng.surveys.models import Wave

WHERE = {"division": "LC0101", "longitude": 114.29, "latitude": 34.19}
WORDS = "理由充分，已经说明清楚。"
STEPS = {row.code: row for row in TRANSITIONS if f"cases.{row.code}" in MATRIX}
# Further needs and conditions are tried where the workflow is; here it counts that the door opens.
HARDER = {
    row.code
    for row in TRANSITIONS
    if row.conditions or set(row.needs) & {Need.PARTS, Need.UNTIL, Need.REVIEW_ON}
}
HINDERED = frozenset({400, 409, 422})
keys = count()


@dataclass
class Try:
    """One request: a GET where nothing is sent, else a POST.

    `refused` are further answers that mean that it was refused (a form that comes back), `passed`
    answers that mean that the door stood open though what was sent leads nowhere.
    """

    path: str
    sent: dict[str, Any] | None = None
    refused: frozenset[int] = frozenset()
    passed: frozenset[int] = frozenset()


@dataclass
class World:
    """The little city with one thing of everything, all in LC and of its urban management."""

    city: City
    cases: dict[str, Case] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    who: User | None = None  # tries it now

    def case(self, state: str) -> Case:
        """A case in this state; the same one for the same state."""
        if state not in self.cases:
            # Apart from each other: what is near a closed case takes that one up again.
            apart = 114.275 + 0.001 * len(self.cases)
            self.cases[state] = self.city.case(state=state, longitude=apart)
        return self.cases[state]


def world() -> World:
    city = City()
    today = city_day(timezone.now())
    save_framework(FRAMEWORK)
    site = city.site()
    office, worker = city.user("creation-office"), city.user("unit-worker")
    visit = record_visit(site=site, by=office, answers=[Answer(city.item("swept"), "yes")])
    drafts = [Draft(f"问题{n}", city.unit(), today + timedelta(days=3)) for n in (1, 2)]
    listed = make_list(office, title="清单", source="mock", division=city.division("LC"),
                       items=drafts, key="trial")  # fmt: skip
    solve(worker, listed.items.get(position=2), WORDS)
    filing = file_material(
        worker, unit=city.unit(), items=[Item.objects.get(code="trial/2.1/plan")],
        file=store_document(pdf(), by=worker, name="plan.pdf"), file_name="plan.pdf",
        title="方案", dated=date(2026, 3, 1), key="trial",
    )  # fmt: skip
    report = city.report(case=city.case(state="reported", source="portal"),
                         phone_sealed=seal("13900000000"), phone_masked="139****0000")  # fmt: skip
    use = Use.objects.create(
        file=city.photo(), about="case:1", moment=Use.Moment.AFTER, label="案件", at=timezone.now(),
        division=city.division("LC0101"), unit=city.unit(),
    )  # fmt: skip
    PublicPicture.objects.create(file=use.file, state=PublicPicture.State.MADE)
    question = Question.objects.create(use=use, kind="future", asked_at=timezone.now())
    campaign = order_campaign(
        office, title="专项整治", lead=city.unit(), division=city.division("LC"),
        areas=[city.division("LC")], kinds=[city.kind("lamp-out")], counted=["查扣车辆"], key="trial",
        phases={"rectification": (today, today + timedelta(days=9))},
    )  # fmt: skip
    chronic = [chronic_place(city, n, done=n == 2) for n in (1, 2)]
    routine = order_routine(
        office, title="日常保洁", unit=city.unit(), division=city.division("LC"), rhythm="days", number=1,
        begins=today, items=[city.item("swept")], key="trial",
    )  # fmt: skip
    promised = promise(
        city.user("city-lead"), words="道路清扫", unit=city.unit(), division=city.division("LC"),
        post="队长", metric="entered", measured_in="公里", direction="least", figure=3, start=today,
        due=today + timedelta(days=9), key="trial",
    )  # fmt: skip
    survey = surveyed(city)
    article = write_article(
        ArticleDraft("路灯不亮了找谁？", WORDS, city.unit(), today + timedelta(days=90)), by=office
    )
    made = World(city)
    made.things = {"survey": survey, "cell": survey.cells.get(code="LC0101/household"),
                   "site": site, "visit": visit, "list": listed, "filing": filing, "report": report,
                   "question": question, "campaign": campaign, "planned": chronic[0], "watched": chronic[1],
                   "promise": promised, "article": article, "routine": routine, "time": routine.occurrences.get(day=today)}  # fmt: skip
    for state in sorted({"registered", "dispatched", "in_progress", *map(state_before, STEPS)}):
        made.case(state)
    supervised = made.case("in_progress")
    made.things["supervision"] = Supervision.objects.create(
        clock_id=supervised.pk, version=1, percent=200, to="unit-lead", unit=supervised.unit,
        district=supervised.district, passed_at=timezone.now(), written_at=timezone.now(),
    )  # fmt: skip
    city.user("dispatcher")
    return made


def surveyed(city: City) -> Wave:
    """A wave that is open in LC."""
    Division.objects.filter(code__startswith="LC").update(population=2000)
    office, today = city.user("creation-office"), city_day(timezone.now())
    form = keep_questionnaire(office, {
        "settings": {"form_id": "q", "title": {"zh": "问"}},
        "survey": [{"type": "text", "name": "why", "label": {"zh": "为什么"}}], "choices": {},
    })  # fmt: skip
    return plan_wave(office, questionnaire=form, title="问", division=city.division("CITY"), key="trial",
                     asked=Asked("households", [city.division("LC")], "district", 10),
                     opens=today, closes=today)  # fmt: skip


def chronic_place(city: City, number: int, *, done: bool) -> ChronicPlace:
    """A place with a plan of one measure; where that is done, its watch is over."""
    now = timezone.now()
    place = ChronicPlace.objects.create(
        code=f"LDN-2026-000{number}", kind=city.kind(), division=city.division("LC0101"),
        unit=city.unit(), longitude=114.28, latitude=34.19, cell=number, marked_at=now, post="队长",
        cause="无人管理", state="planned", planned_by=city.user("unit-lead"),
        quiet_since=city_day(now) - timedelta(days=400),
    )  # fmt: skip
    place.measures.create(
        position=1, text="设专人", due=city_day(now), done_at=now if done else None
    )
    return place


def state_before(step: str) -> str:
    """A state from which the step leads, into which the little city brings a case."""
    for state in STEPS[step].from_states:
        if str(state.value) in {*WAYS, "reported"}:
            return str(state.value)
    raise AssertionError(f"The little city has no way into a state before “{step}”: see WAYS")


def unit_for(step: str, w: World) -> Unit:
    """The unit that a step names: who solves it, or who helps."""
    return w.city.unit("health") if step == "support" else w.city.unit()


def of_step(step: str) -> tuple[Callable[[World], Try], Callable[[World], Try]]:
    """How a step of the workflow is taken on its page, and through the API."""

    hindered = HINDERED if step in HARDER else frozenset()

    def page(w: World) -> Try:
        case = w.case(state_before(step))
        sent: dict[str, Any] = {
            "seen": case.events_count, "remark": WORDS, "unit": unit_for(step, w).pk,
            "kind": case.kind_id, "to": w.case("registered").number,
        }  # fmt: skip
        if step in {"resolve", "verify"}:
            sent["photos"] = w.city.jpeg()
        if step == "join":
            sent["to"] = w.case("dispatched").number
        return Try(
            f"/cases/{case.number}/{step}/",
            {f"{step}-{k}": v for k, v in sent.items()},
            passed=hindered,
        )

    def api(w: World) -> Try:
        case = w.case(state_before(step))
        sent: dict[str, Any] = {"remark": WORDS}
        if Need.UNIT in STEPS[step].needs:
            sent["unit"] = unit_for(step, w).code
        if step == "join":
            sent["case"] = w.case("dispatched").number
        if step in {"resolve", "verify"}:
            sent["photos"] = [store_photo(w.city.jpeg(), by=w.who, name="photo.jpg").sha256]
        return Try(f"/api/v1/cases/{case.number}/{step}", sent, passed=hindered)

    return page, api


def thing(path: str, name: str) -> Callable[[World], Try]:
    """Looking at the page of one of the world's things."""
    return lambda w: Try(path.format(w.things[name]))


def at(path: str, sent: dict[str, Any] | None = None, **more: Any) -> Callable[[World], Try]:
    """An address that is the same in every world."""
    return lambda w: Try(path, dict(sent) if sent is not None else None, **more)


FORM = frozenset({400})  # the form comes back with what is wrong
DUE = str(date.today() + timedelta(days=30))


def new_list(w: World) -> dict[str, Any]:
    item = {"text": "问题", "unit": w.city.unit().code, "due": DUE}
    return {"title": "清单", "source": "walk", "division": "LC", "items": [item]}


Way = Callable[[World], Try]
# For each action: how it is done on a page, and how through the API (None: the API has no such door).
TRIALS: dict[str, tuple[Way | None, Way | None]] = {
    **{f"cases.{step}": of_step(step) for step in STEPS},
    "limits.write": (
        at("/cases/working-time/", {"do": "day", "day": "2027-01-04", "works": "free"}, refused=FORM),
        None,
    ),
    # The page shows everybody what they reach and is shut to nobody of the staff: see its own tests.
    "supervision.see": (None, None),
    "supervision.answer": (
        lambda w: Try(f"/supervision/{w.things['supervision'].pk}/answer", {"words": WORDS}), None,
    ),
    "knowledge.see": (thing("/knowledge/{0.code}/", "article"), at("/api/v1/knowledge")),
    "knowledge.write": (
        lambda w: Try(f"/knowledge/{w.things['article'].code}/review", {"until": DUE}), None,
    ),
    "chronic.see": (
        thing("/chronic/{0.code}/", "planned"), thing("/api/v1/chronic/{0.code}", "planned"),
    ),
    "chronic.plan": (
        lambda w: Try(f"/chronic/{w.things['planned'].code}/plan",
                      {"unit": w.city.unit().code, "post": "队长", "cause": WORDS, "text": ["清运"],
                       "due": [DUE]}),
        None,
    ),
    "chronic.do": (
        lambda w: Try(f"/chronic/{w.things['planned'].code}/measures/1", {"remark": WORDS}), None,
    ),
    "chronic.strike_off": (
        lambda w: Try(f"/chronic/{w.things['watched'].code}/strike-off", {"remark": WORDS}), None,
    ),
    "cases.comment": (
        lambda w: Try(f"/cases/{w.case('in_progress').number}/comment/", {"remark": WORDS}), None,
    ),
    "proofs.see": (thing("/proofs/{0.pk}/", "question"), None),
    "proofs.answer": (
        lambda w: Try(f"/proofs/{w.things['question'].pk}/answer", {"fine": "yes", "remark": WORDS}),
        None,
    ),
    "proofs.hide": (lambda w: Try(f"/proofs/hidden/{w.things['question'].use.file.sha256}/"), None),
    "surveys.see": (thing("/surveys/{0.code}/", "survey"), thing("/api/v1/surveys/{0.code}", "survey")),
    "surveys.make": (
        lambda w: Try(f"/surveys/{w.things['survey'].code}/letters", {"stratum": "none"}), None,
    ),
    "surveys.interview": (
        lambda w: Try(f"/surveys/{w.things['survey'].code}/interview/{w.things['cell'].pk}/missed",
                      {"why": "refused"}),
        None,
    ),
    "campaigns.see": (
        thing("/campaigns/{0.code}/", "campaign"), thing("/api/v1/campaigns/{0.code}", "campaign"),
    ),
    "campaigns.order": (
        lambda w: Try(f"/campaigns/{w.things['campaign'].code}/list", {"list": w.things["list"].code}),
        None,
    ),
    "campaigns.count": (
        lambda w: Try(f"/campaigns/{w.things['campaign'].code}/count",
                      {"day": str(city_day(timezone.now())), "count-0": "3"}),
        None,
    ),
    "commitments.see": (
        thing("/commitments/{0.code}/", "promise"), thing("/api/v1/commitments/{0.code}", "promise"),
    ),
    "commitments.make": (
        lambda w: Try("/commitments/new/",
                      {"key": "made", "words": WORDS, "unit": w.city.unit().pk, "post": "队长",
                       "metric": "open", "direction": "most", "figure": "5",
                       "start": str(city_day(timezone.now())), "due": DUE}, FORM),
        None,
    ),
    "commitments.enter": (
        lambda w: Try(f"/commitments/{w.things['promise'].code}/enter",
                      {"day": str(city_day(timezone.now())), "value": "1", "remark": WORDS}),
        None,
    ),
    "commitments.change": (
        lambda w: Try(f"/commitments/{w.things['promise'].code}/withdraw", {"reason": WORDS}), None,
    ),
    "routines.see": (
        thing("/routines/{0.code}/", "routine"), thing("/api/v1/routines/{0.code}", "routine"),
    ),
    "routines.order": (
        lambda w: Try(f"/routines/{w.things['routine'].code}/end", {"reason": WORDS}), None,
    ),
    "routines.do": (
        lambda w: Try(f"/routines/times/{w.things['time'].pk}/",
                      {f"{w.city.item('swept').pk}-value": "yes"}),
        None,
    ),
    "cases.see": (
        lambda w: Try(f"/cases/{w.case('in_progress').number}/"),
        lambda w: Try(f"/api/v1/cases/{w.case('in_progress').number}"),
    ),
    "cases.open": (
        lambda w: Try("/cases/new/", {"kind": "exposed-litter", "description": WORDS, **WHERE,
                                      "division": w.city.division("LC0101").pk}, FORM),
        None,
    ),
    "reports.see": (
        thing("/reports/{0.code}/", "report"), thing("/api/v1/reports/{0.code}", "report"),
    ),
    "reports.write": (
        lambda w: Try("/reports/new", {"body": WORDS, "source": "hotline", "key": f"k{next(keys)}",
                                        "kind": "exposed-litter", **WHERE,
                                        "division": w.city.division("LC0101").pk}, FORM),
        at("/api/v1/reports", {"body": "路边有一堆垃圾没人清理", **WHERE}),
    ),
    "reports.reply": (
        lambda w: Try(f"/reports/{w.things['report'].code}/answer", {"reply": WORDS}), None,
    ),
    "reports.see_phone": (
        lambda w: Try(f"/reports/{w.things['report'].code}/phone", {"reason": "回访核实"}), None,
    ),
    "visits.see": (thing("/inspections/{0.pk}/", "visit"), None),
    "visits.write": (
        lambda w: Try(f"/inspections/new?site={w.things['site'].code}",
                      {"key": f"k{next(keys)}", "reason": "routine",
                       f"{w.city.item('swept').pk}-value": "yes"}),
        None,
    ),
    "rounds.make": (
        at("/assessment/dry-runs/hold?framework=trial&period=2026Q3&division=LC",
           {"take:back-lane": "1", "due": DUE, "title": "模拟测评", "key": "k"}),
        None,
    ),
    "lists.see": (thing("/lists/{0.code}/", "list"), thing("/api/v1/lists/{0.code}", "list")),
    "lists.make": (
        lambda w: Try("/lists/new", {"title": "清单", "source": "walk", "division": "LC",
                                     "key": f"k{next(keys)}", "text": ["问题"],
                                     "unit": [w.city.unit().code], "measures": [""], "due": [DUE],
                                     "criterion": [""], "item": [""], "site": [""]}, FORM),
        lambda w: Try("/api/v1/lists", new_list(w)),
    ),
    "lists.solve": (
        lambda w: Try(f"/lists/{w.things['list'].code}/1/solve", {"remark": WORDS}),
        lambda w: Try(f"/api/v1/lists/{w.things['list'].code}/items/1/solve", {"remark": WORDS}),
    ),
    "lists.strike_off": (
        lambda w: Try(f"/lists/{w.things['list'].code}/2/strike-off", {"remark": WORDS}),
        lambda w: Try(f"/api/v1/lists/{w.things['list'].code}/items/2/strike-off", {"remark": WORDS}),
    ),
    "materials.see": (
        thing("/materials/{0.code}/", "filing"), thing("/api/v1/filings/{0.code}", "filing"),
    ),
    "materials.file": (
        lambda w: Try("/materials/file?item=trial/2.1/plan",
                      {"unit": w.city.unit().code, "title": "记录", "dated": "2026-03-02", "year": "2026",
                       "item": "trial/2.1/plan", "document": pdf(f"新{next(keys)}"),
                       "key": f"k{next(keys)}"}, FORM),
        lambda w: Try("/api/v1/filings",
                      {"unit": w.city.unit().code, "title": "记录", "dated": "2026-03-02", "year": "2026",
                       "item": "trial/2.1/plan", "document": pdf(f"新{next(keys)}")}),
    ),
    "materials.review": (
        lambda w: Try(f"/materials/{w.things['filing'].code}/review",
                      {"verdict": "accept", "item": "trial/2.1/plan"}),
        lambda w: Try(f"/api/v1/filings/{w.things['filing'].code}/review", {"verdict": "accept"}),
    ),
    "figures.see": (at("/figures/?period=2026Q3&division=LC"), None),
    "figures.enter": (
        lambda w: Try(f"/figures/?framework=trial&period=2026Q3&division=LC&unit={w.city.unit().code}",
                      {"v:trial/1.1": "91", "s:trial/1.1": "年报", "save": "1", "key": f"k{next(keys)}"}),
        None,
    ),
    "figures.freeze": (
        at("/figures/periods/", {"division": "LC", "period": "2026Q2", "reason": WORDS}), None,
    ),
    "vetoes.record": (
        lambda w: Try("/figures/vetoes/near", {"item": "trial/0.1", "division": "LC", "words": WORDS,
                                               "day": "2026-09-01", "key": f"k{next(keys)}"}),
        None,
    ),
    "assessment.see": (at("/assessment/gaps/?framework=trial&period=2026Q3"), at("/api/v1/marks")),
    "assessment.plan": (
        at("/assessment/what-if/keep?framework=trial&period=2026Q3&division=LC",
           {"name": "设想", "change": "1.1=1"}),
        None,
    ),
    "appraisal.see": (at("/appraisal/"), None),
    "places.see": (thing("/sites/{0.code}/", "site"), thing("/api/v1/sites/{0.code}", "site")),
    "standards.write": (
        at("/standards/trial/1/freeze/", {}), lambda w: Try("/api/v1/standards", other_framework()),
    ),
    "exchange.import": (at("/import/template/sites.csv"), None),
    "exchange.export": (at("/import/export/sites.csv"), None),
    "ledger.see": (at("/ledger/access/"), None),
    "webhooks.manage": (at("/notices/webhooks/"), None),
    "accounts.see": (at("/people/dispatcher-city/"), None),
    "accounts.manage": (at("/people/dispatcher-city/unlock", {}), None),
}  # fmt: skip

FRAMEWORK: dict[str, Any] = {
    "framework": "trial", "edition": "1", "name": {"zh": "试用标准", "en": "Trial standard"},
    "full_marks": 100,
    "nodes": [
        {"code": "1", "name": {"zh": "数据", "en": "Figures"}, "weight": 50, "criteria": [
            {"code": "1.1", "name": {"zh": "比例", "en": "Share"}, "weight": 50, "unit": "percent",
             "method": "statistic", "rule": {"kind": "target", "at_least": 90},
             "lead": "urban-management"}]},
        {"code": "2", "name": {"zh": "材料", "en": "Papers"}, "weight": 50, "criteria": [
            {"code": "2.1", "name": {"zh": "方案", "en": "Plan"}, "weight": 50, "method": "document",
             "rule": {"kind": "materials", "needs": ["plan"]}, "lead": "urban-management"}]},
        {"code": "0", "name": {"zh": "否决", "en": "Vetoes"}, "criteria": [
            {"code": "0.1", "name": {"zh": "事故", "en": "Accident"}, "method": "veto",
             "rule": {"kind": "veto", "rules_out": "framework"}, "lead": "urban-management"}]},
    ],
}  # fmt: skip


def other_framework() -> dict[str, Any]:
    return {**FRAMEWORK, "framework": "other"}


# --- trying ---


def test_every_action_of_the_matrix_has_a_trial():
    assert set(TRIALS) == set(MATRIX)


@pytest.mark.one_database  # each action is tried on both by its own room
@pytest.mark.parametrize("door", ["page", "api"])
def test_whoever_may_is_let_through_and_whoever_may_not_changes_nothing(db, door, caplog):
    caplog.set_level("CRITICAL", logger="django.request")  # hundreds of refusals are meant
    made = world()
    wrong: list[str] = []
    ways = {action: way[door == "api"] for action, way in TRIALS.items()}
    with written() as tables:
        for role in Membership.Role:
            for where in ("inside", "outside", "city"):
                client, made.who = visitor(made.city, role, where)
                if client is None:
                    continue
                for action, way in ways.items():
                    # What needs the whole city is tried by who has a part of it and by who has all.
                    if way is None or where == ("outside" if action in WHOLE_CITY else "city"):
                        continue
                    said = attempt(client, way, made, tables)
                    if said != expected(action, role, where):
                        wrong.append(f"{role.value} {where}: {action} {said}")
    assert not wrong, "\n".join(wrong)


def expected(action: str, role: Membership.Role, where: str) -> str:
    """What the matrix says of somebody who holds a role here."""
    if role not in MATRIX[action]:
        return "refused"
    if action in WHOLE_CITY:
        return "passed" if where == "city" else "refused"
    return "passed" if action in ANYWHERE or where == "inside" else "refused"


def visitor(city: City, role: Membership.Role, where: str) -> tuple[Client | None, User | None]:
    """Somebody signed in who holds the role where everything is, elsewhere, or in the whole city."""
    place = {"inside": "LC", "outside": "XC", "city": "CITY"}[where]
    if REACH[role] is Reach.UNIT:
        if where == "city":
            return None, None
        user = city.user(role.value, unit=city.unit(district=place), name=f"{where} {role.value}")
    else:
        user = city.user(role.value, division=place, name=f"{where} {role.value}")
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client, user


def attempt(client: Client, way: Way, made: World, tables: list[str]) -> str:
    """Try it, and take it back: "passed", "refused", or what is wrong."""
    with transaction.atomic():
        one = way(made)
        tables.clear()
        answer = send(client, one)
        changed = sorted(set(tables) - UNTOUCHED)
        if IdempotencyKey.objects.exists():
            changed.append("an idempotency key")
        onward = client.get(answer.url).status_code if answer.status_code == 302 else 200
        transaction.set_rollback(True)
    if answer.status_code in {403, 404} | one.refused:
        return f"refused, but it wrote {changed}" if changed else "refused"
    if onward >= 400:
        return f"passed, and led to a page that answers {onward}"
    if answer.status_code in {200, 201, 302} or answer.status_code in one.passed:
        return "passed"
    return f"answered {answer.status_code}: {answer.content[:120]!r}"


def send(client: Client, one: Try) -> Any:
    if one.sent is None:
        return client.get(one.path)
    if not one.path.startswith("/api/"):
        return client.post(one.path, one.sent)
    key = {"HTTP_IDEMPOTENCY_KEY": f"trial-{next(keys)}"}
    if any(hasattr(value, "read") for value in one.sent.values()):
        return client.post(one.path, one.sent, **key)
    return client.post(one.path, json.dumps(one.sent), content_type="application/json", **key)


# Written before an answer is known, and taken back with it where it is a refusal.
UNTOUCHED = frozenset({"django_session", "ledger_idempotencykey"})


@contextmanager
def written() -> Iterator[list[str]]:
    """The tables that statements write to, as they do."""
    tables: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        words = sql.split(None, 4)
        if words[0].upper() in {"INSERT", "DELETE"}:
            tables.append(words[2].strip('"'))
        elif words[0].upper() == "UPDATE":
            tables.append(words[1].strip('"'))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables
