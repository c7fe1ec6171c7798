"""A demo city is whole, believable, and says of itself that it is none that anybody needs."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from itertools import pairwise

import pytest
from django.db.models import Count, F, Max, Min, Q, Sum
from django.test import Client

from meicheng.assessment.dry_runs import report
from meicheng.assessment.models import DryRun
from meicheng.assessment.periods import parse_period
from meicheng.assessment.queries import assess
from meicheng.campaigns.effect import effect_of
from meicheng.campaigns.models import Campaign
from meicheng.cases.models import STATE_LABELS, Case, CasePhoto
from meicheng.chronic.models import ChronicPlace
from meicheng.commitments.models import Commitment
from meicheng.commitments.queries import lines, whole
from meicheng.demo.campaigning import PLANS
from meicheng.demo.ground import DISTRICTS
from meicheng.demo.making import NotADemo
from meicheng.demo.models import DemoCity
from meicheng.demo.people import ACCOUNTS, PASSWORD
from meicheng.demo.sizes import SIZES
from meicheng.demo.welcome import welcome
from meicheng.engine.planning.drawing import draw_by_kind
from meicheng.engine.space import Locator
from meicheng.engine.workflow import TRANSITIONS, State, replay
from meicheng.inspections.models import Visit
from meicheng.knowledge.models import Article
from meicheng.ledger.models import CaseTally, Event, Observation
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.lists.models import ListItem, ProblemList
from meicheng.materials.models import Filing
from meicheng.organisation.models import Unit, UnitRole, WorkingGroup
from meicheng.places.models import Division, MapLayer, Site, SiteKind
from meicheng.project.commands import run
from meicheng.proofs.models import PublicPicture, Question
from meicheng.routines.models import Occurrence, Routine
from meicheng.standards.models import Framework
from meicheng.supervision.models import Clock, Supervision
from meicheng.surveys.drawing import drawn_again
from meicheng.surveys.models import Wave
from meicheng.voices.codes import read_code
from meicheng.voices.models import Peer, Report

from .conftest import UNTIL, make

TINY = SIZES["tiny"]
# Places around the middle of this demo's map, and well-known ones.
REAL = ["商丘", "开封", "周口", "许昌", "郑州", "亳州", "菏泽", "梁园", "睢阳", "睢县", "民权", "太康",
        "淮阳", "鹿邑", "夏邑", "虞城", "永城", "宁陵", "柘城", "扶沟", "北京", "上海", "南京"]  # fmt: skip


def test_it_has_as_many_of_everything_as_its_size_says(demo: DemoCity) -> None:
    assert Report.objects.filter(case__isnull=False).count() == TINY.reports
    assert Case.objects.count() == TINY.cases
    along_streets = ["bench", "street-lamp"]
    assert Site.objects.exclude(kind__in=along_streets).count() == TINY.sites
    mocks = [
        f"visit:{pk}" for pk in Visit.objects.filter(reason="dry_run").values_list("pk", flat=True)
    ]
    usual = Observation.objects.exclude(origin__in=mocks)
    usual = usual.exclude(origin__startswith="survey:").count()
    assert 0 <= usual - TINY.observations < 30
    # The last step of a mark's trace: what failed was photographed, and what held was not.
    photographed = Observation.objects.filter(photo__isnull=False)
    assert set(photographed.values_list("value", flat=True)) == {"no"}
    assert Division.objects.filter(level="district").count() == 3


def test_a_case_stands_in_every_state(demo: DemoCity) -> None:
    assert set(Case.objects.values_list("state", flat=True)) == {code for code, _ in STATE_LABELS}


def test_every_event_is_a_step_of_the_workflow(demo: DemoCity) -> None:
    steps = {row.code for row in TRANSITIONS} | {
        "reported", "reported_again", "joined_by", "rated", "comment",
        "sent_there", "refused_there", "closed_there", "undo",
    }  # fmt: skip
    of_cases = Event.objects.filter(chain__startswith="case:")
    assert set(of_cases.values_list("verb", flat=True)) <= steps


def test_somebody_took_a_wrong_step_back(demo: DemoCity) -> None:
    for chain in Event.objects.filter(verb="undo").values_list("chain", flat=True):
        case = Case.objects.get(pk=chain.removeprefix("case:"))
        told = list(Event.objects.filter(chain=chain).order_by("sequence"))
        assert replay((one.verb, one.data) for one in told) == State(case.state)
        wrong = next(one for one, after in pairwise(told) if after.verb == "undo")
        assert case.unit is not None
        assert wrong.data["unit"] != case.unit.code
    assert Event.objects.filter(verb="undo").count() >= 1


def test_the_hotline_answered_questions_at_once(demo: DemoCity) -> None:
    answered = Report.objects.filter(case__isnull=True, state="answered", source="hotline")
    assert answered.count() == 14
    told = Event.objects.filter(chain__startswith="report:", verb="answered").values_list(
        "data", flat=True
    )
    articles = dict(Article.objects.values_list("code", "answer"))
    assert all(one["reply"] == articles[one["article"]] for one in told if "article" in one)


def test_requests_went_to_and_came_from_a_neighbour_city(demo: DemoCity) -> None:
    peer = Peer.objects.get()
    assert not peer.active  # a demo city calls nobody
    assert Report.objects.filter(source_system=peer.system).count() > 0
    assert set(peer.sent.values_list("status", flat=True)) == {"", "open", "closed"}


def test_three_lists_stand_in_different_states(demo: DemoCity) -> None:
    struck = Count("items", filter=Q(items__status="struck"))
    made = ProblemList.objects.annotate(total=Count("items"), struck=struck)
    shares = [one.struck / one.total for one in made.order_by("made_at")]
    assert len(shares) == 3
    assert shares[0] > 0.5 > shares[1] > shares[2] == 0
    states = set(ListItem.objects.values_list("status", flat=True))
    assert states == {"open", "solved", "struck", "returned"}


def test_one_mock_assessment_has_its_report_and_one_waits(demo: DemoCity) -> None:
    held, waiting = DryRun.objects.select_related("round__division", "framework").order_by("pk")
    done = report(held)
    assert done.complete
    assert done.found.marks is not None
    assert held.foretold["low"] < held.foretold["mean"] < held.foretold["high"]
    assert done.failed
    assert report(waiting).visited == 0
    again = draw_by_kind(
        {kind: Site.objects.filter(kind=kind, active=True).values_list("code", flat=True)
         for kind in held.round.drawn["plan"]},
        held.round.drawn["plan"],
        held.round.drawn["seed"],
    )  # fmt: skip
    drawn = set(held.round.stops.values_list("site__code", flat=True))
    assert {code for codes in again.values() for code in codes} == drawn


def test_every_kind_of_site_is_there_and_in_its_district(demo: DemoCity) -> None:
    assert set(Site.objects.values_list("kind", flat=True)) == set(
        SiteKind.objects.values_list("pk", flat=True)
    )
    drawn = Division.objects.values_list("code", "path", "outline")
    locator = Locator((code, path.count("/"), outline) for code, path, outline in drawn)
    sites = Site.objects.values_list("longitude", "latitude", "division__code")
    found = locator.find_all([(longitude, latitude) for longitude, latitude, _code in sites])
    assert found == [code for _longitude, _latitude, code in sites]


def test_every_role_has_its_units_and_every_group_its_members(demo: DemoCity) -> None:
    for role in UnitRole.objects.annotate(count=Count("units")):
        assert role.count >= 3, role.code
    groups = WorkingGroup.objects.annotate(count=Count("units"))
    assert len(groups) == 13
    assert min(group.count for group in groups) >= 3


def test_counters_and_chains_hold(demo: DemoCity) -> None:
    assert rebuild(check=True) == []
    result = verify()
    assert result.faults == []
    # those of cases, of their clocks, of the three problem lists, rounds, filed documents, campaigns, chronic places, routines and commitments
    clocks = Clock.objects.filter(events_count__gt=0).count()
    assert clocks
    made = 3 + 3 + Filing.objects.count() + len(PLANS) + ChronicPlace.objects.count()
    # … and of questions about photographs and pictures that the public may see
    made += Question.objects.count() + PublicPicture.objects.filter(events_count__gt=0).count()
    made += Routine.objects.count() + Commitment.objects.count() + Wave.objects.count()
    # … and of articles of the knowledge base, and of months whose calls were drawn
    calls = Event.objects.filter(chain__startswith="callbacks:").values("chain").distinct().count()
    made += Article.objects.count() + calls
    # … and of questions that were answered at once
    made += Report.objects.filter(case__isnull=True).count()
    assert result.chains == TINY.cases + clocks + made


def test_promises_were_kept_broken_and_are_on_track_and_behind(demo: DemoCity) -> None:
    found = lines(whole(Commitment.objects.all()), today=UNTIL.date())
    assert len(found) == 14
    states = {line.promise.outcome or line.standing.state for line in found}
    assert {"kept", "broken", "on_track", "behind"} <= states


def test_people_were_asked_and_what_they_said_counts(demo: DemoCity) -> None:
    closed = Wave.objects.exclude(closed_at=None).order_by("closes")
    assert closed.count() == 4
    assert [one.code for one in Wave.objects.filter(closed_at=None)] == ["DC-2026-0004"]
    for wave in closed:
        assert wave.results["weights"]["misses"] == []
        cells = {one.cell: len(one.codes) for one in drawn_again(wave)}
        assert cells == dict(wave.cells.values_list("code", "asked"))
    happy = [one for one in closed if one.questionnaire.code == "residents-happiness"]
    before, after = (one.results["indexes"]["happiness"]["city"]["mean"] for one in happy)
    assert 0.5 < before < after < 0.9
    fed = Observation.objects.filter(origin=happy[0].origin)
    assert set(fed.values_list("item__code", flat=True)) == {
        f"urban-management-service/5.2.{n}" for n in (7, 8, 9, 10)
    }


def test_routines_are_mostly_done_and_some_are_missed(demo: DemoCity) -> None:
    today = UNTIL.date()
    gone = Occurrence.objects.filter(due__lt=today)
    missed = gone.filter(done_at=None).count()
    assert 0 < missed < gone.count() / 4
    assert Occurrence.objects.filter(day=today, done_at=None).exists()
    assert not Occurrence.objects.filter(done_at__gt=UNTIL).exists()


def test_late_cases_are_supervised_answered_and_lifted(demo: DemoCity) -> None:
    """The clocks of the demo are those that the rooms' own code would have kept."""
    running = Clock.objects.filter(next_at__isnull=False).select_related("case")
    assert all(one.due_at == one.case.due_at for one in running)
    assert set(Supervision.objects.values_list("to", flat=True)) == set(Supervision.To.values)
    assert Supervision.objects.filter(lifted_at=None).exists()
    answered = Supervision.objects.exclude(answered_at=None)
    assert answered.exists()
    assert not answered.filter(answered_at__lt=F("passed_at")).exists()


def test_all_three_standards_have_marks_and_something_unknown(demo: DemoCity) -> None:
    city = Division.objects.get(code="CITY")
    frameworks = Framework.objects.all()
    assert len(frameworks) == 3
    for framework in frameworks:
        found = assess(framework, parse_period("2026Q3"), city)
        assert found.marks is not None
        assert 0.8 < found.coverage < 1, framework.code
        assert 0.6 < found.marks / found.full_marks < 0.99, framework.code


def test_hardly_two_reports_say_the_same(demo: DemoCity) -> None:
    bodies = list(Report.objects.values_list("body", flat=True))
    assert len(set(bodies)) > 0.95 * len(bodies)
    written = "".join([*bodies, *Report.objects.values_list("reply", flat=True)])
    assert not set(written) & set("{}[]|")


def test_every_report_can_be_followed_by_its_code(demo: DemoCity, client: Client) -> None:
    codes = list(Report.objects.values_list("code", flat=True))
    assert [code for code in codes if read_code(code) != code] == []
    for state in ("closed", "in_progress", "turned_down", "joined"):
        report = Report.objects.filter(case__state=state).first()
        if report is not None:
            assert client.get(f"/p/{report.code}/").status_code == 200


def test_nothing_happened_after_the_last_moment(demo: DemoCity) -> None:
    for last in (
        Event.objects.aggregate(last=Max("at")),
        Report.objects.aggregate(last=Max("reported_at")),
        Observation.objects.aggregate(last=Max("observed_at")),
        Visit.objects.aggregate(last=Max("visited_at")),
    ):
        assert last["last"] < demo.until
    first = Report.objects.aggregate(first=Min("reported_at"))["first"]
    assert 650 < (demo.until - first).days <= 731


def test_times_of_a_case_follow_each_other(demo: DemoCity) -> None:
    closed = Case.objects.filter(state="closed")
    assert not closed.filter(
        Q(registered_at__lt=F("reported_at"))
        | Q(dispatched_at__lt=F("registered_at"))
        | Q(resolved_at__lt=F("dispatched_at"))
        | Q(closed_at__lt=F("resolved_at"))
    ).exists()


def test_districts_and_units_differ_and_are_believable(demo: DemoCity) -> None:
    sums = CaseTally.objects.aggregate(
        due=Sum("due"), on_time=Sum("on_time"), rated=Sum("rated"), satisfied=Sum("satisfied")
    )
    assert 0.75 < sums["on_time"] / sums["due"] < 0.97
    assert 0.7 < sums["satisfied"] / sums["rated"] < 0.98
    answers = Counter(
        Observation.objects.filter(site__isnull=False).values_list("value", flat=True)
    )
    assert 0.75 < answers["yes"] / (answers["yes"] + answers["no"]) < 0.95


def test_no_name_and_no_outline_is_a_real_place_s(demo: DemoCity) -> None:
    names = [
        *Division.objects.values_list("name_zh", flat=True),
        *Site.objects.values_list("name_zh", flat=True),
        *Unit.objects.values_list("name_zh", flat=True),
        json.dumps(list(MapLayer.objects.values_list("features", flat=True)), ensure_ascii=False),
    ]
    assert not [(real, name[:40]) for name in names for real in REAL if real in name]
    assert {name for _code, name, *_rest in DISTRICTS} <= set(names)


def test_the_map_has_its_layers(demo: DemoCity) -> None:
    layers = {layer.code: len(layer.features["features"]) for layer in MapLayer.objects.all()}
    assert set(layers) == {"block", "park", "water", "lane", "street"}
    assert layers["block"] > 20
    assert layers["street"] > 10


def test_the_latest_cases_have_photographs(demo: DemoCity, client: Client) -> None:
    shown: dict[tuple[int, datetime], list[str]] = {}
    for photo in CasePhoto.objects.filter(moment="after").select_related("file"):
        shown.setdefault((photo.case_id, photo.added_at), []).append(photo.file.sha256)
    assert shown
    for (case, at), hashes in shown.items():
        event = Event.objects.get(chain=f"case:{case}", verb="resolve", at=at)
        assert event.data["photos"] == hashes


def test_everybody_on_the_list_can_sign_in(demo: DemoCity, client: Client) -> None:
    words = welcome("http://127.0.0.1:8000/")
    assert PASSWORD not in words  # another one was chosen
    for role, _where in ACCOUNTS:
        assert role.value in words
        assert client.login(username=role.value, password="a-demo-password")


def test_a_second_making_keeps_what_is_there(
    demo: DemoCity, capsys: pytest.CaptureFixture[str]
) -> None:
    Case.objects.filter(pk=1).update(outcome="kept")
    assert run(["demo", "make", "--size", "small"]) == 0
    assert "--reset" in capsys.readouterr().out
    assert Case.objects.get(pk=1).outcome == "kept"
    with pytest.raises(NotADemo):
        make()


def test_the_estimate_of_a_campaign_covers_what_it_truly_did(demo: DemoCity) -> None:
    for plan in PLANS:
        campaign = Campaign.objects.get(kinds=plan.kind)
        found = effect_of(campaign, outcome="cases", now=demo.until).finding
        # Without it there would have been treated_after / (1 - prevents).
        truth = -found.treated_after * plan.prevents / (1 - plan.prevents)
        assert found.effect is not None
        assert found.effect.low <= truth <= found.effect.high
    ended = Campaign.objects.get(kinds="unlicensed-tricycle")
    assert [one.days for one in ended.relapse_checks.all()] == [30, 60, 90]
