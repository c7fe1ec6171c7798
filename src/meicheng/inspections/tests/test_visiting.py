"""What an inspector does at a site, and what becomes of it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from meicheng.cases.models import Case
from meicheng.inspections.actions import Answer, BadVisit, correct_answer, record_visit
from meicheng.inspections.models import Visit
from meicheng.inspections.panel import panel
from meicheng.inspections.tasks import look_at_photographs
from meicheng.ledger.followers import FOLLOWERS, find_followers
from meicheng.ledger.models import Event, Observation, Tally
from meicheng.organisation.permissions import NotAllowed
from meicheng.proofs import asking
from meicheng.proofs.memory import Memory
from meicheng.proofs.models import Question, Use


@pytest.fixture
def lane(city):
    return city.site("back-lane")


def visit(city, site, /, *answers, **more):
    more.setdefault("by", city.user("inspector"))
    return record_visit(site=site, answers=answers, **more)


def test_answers_become_observations_and_what_failed_a_registered_case(city, lane):
    photo = city.photo()
    found = visit(
        city,
        lane,
        Answer(city.item("swept"), "yes"),
        Answer(city.item("lamps-lit"), "no", "三盏不亮", photo),
        reason=Visit.Reason.SAMPLE,
    )
    assert (found.passed, found.failed) == (1, 1)
    seen = Observation.objects.filter(origin=found.origin)
    assert {(one.item.code, one.value, one.sampled) for one in seen} == {
        ("swept", "yes", True),
        ("lamps-lit", "no", True),
    }
    case = Case.objects.get(item=city.item("lamps-lit"))
    assert (case.kind.code, case.state, case.site) == ("lamp-out", "registered", lane)
    assert case.photos.get().file == photo
    assert "三盏不亮" in case.description


def test_a_case_leads_back_to_the_visit_that_opened_it_for_those_who_may_see_it(city, lane, client):
    found = visit(city, lane, Answer(city.item("lamps-lit"), "no", "", city.photo()))
    case = Case.objects.get()
    client.force_login(city.user("dispatcher"))
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert f'href="/inspections/{found.pk}/"' in page
    assert panel(case, city.user("district-lead", division="XC")) == ""
    assert panel(city.case(), city.user("dispatcher")) == ""


def test_what_is_an_open_case_already_opens_no_second_one(city, lane):
    def fail():
        return visit(city, lane, Answer(city.item("swept"), "no", "", city.photo()))

    fail()
    fail()
    assert Case.objects.count() == 1
    for step in ("dispatch", "accept", "start", "resolve", "verify", "close"):
        city.take(Case.objects.get(), step)
    fail()
    case = Case.objects.get()
    assert (case.state, case.relapsed, case.reports_count) == ("relapsed", True, 2)


def test_a_visit_of_ones_own_choice_estimates_nothing(city, lane):
    visit(city, lane, Answer(city.item("swept"), "yes"))
    assert not Observation.objects.get().sampled
    assert not Tally.objects.filter(sampled=True).exists()


def test_the_same_form_twice_is_one_visit(city, lane):
    answer = Answer(city.item("swept"), "no", "", city.photo())
    first = visit(city, lane, answer, key="abc")
    assert visit(city, lane, answer, key="abc") == first
    assert (Visit.objects.count(), Observation.objects.count(), Case.objects.count()) == (1, 1, 1)


def test_a_corrected_answer_stands_in_the_count_and_the_old_one_stays_on_record(city, lane):
    found = visit(city, lane, Answer(city.item("swept"), "no", "", city.photo()), reason="sample")
    old = Observation.objects.get()
    new = correct_answer(old, by=city.user("inspector"), value="yes", remark="看错了楼栋")
    found.refresh_from_db()
    assert (found.passed, found.failed) == (1, 0)
    assert new.replaces == old
    counted = {t.value: t.observations for t in Tally.objects.all() if t.observations}
    assert counted == {"yes": 1}
    with pytest.raises(BadVisit, match=r"corrected|更正"):
        correct_answer(old, by=city.user("inspector"), value="na", remark="再改")


@pytest.mark.parametrize(
    ("answers", "more", "said"),
    [
        ([], {}, "at least one"),
        ([("stalls-clean", "yes")], {}, "not looked at"),
        ([("swept", "maybe")], {}, "maybe"),
        ([("swept", "yes"), ("swept", "na")], {}, "twice"),
        ([("swept", "no")], {}, "photograph"),
        ([("swept", "yes")], {"visited_at": timezone.now() + timedelta(days=1)}, "future"),
    ],
)
def test_a_visit_that_cannot_be_says_why_and_leaves_nothing(city, lane, answers, more, said):
    from django.utils import translation

    with translation.override("en"), pytest.raises(BadVisit, match=said):
        visit(city, lane, *(Answer(city.item(code), value) for code, value in answers), **more)
    assert not Visit.objects.exists()
    assert not Observation.objects.exists()


@pytest.mark.parametrize("role", ["auditor", "unit-worker", "administrator"])
def test_who_does_not_inspect_records_nothing(city, lane, role):
    with pytest.raises(NotAllowed):
        visit(city, lane, Answer(city.item("swept"), "yes"), by=city.user(role))


def test_the_corrections_count_again_as_they_were_counted(city, lane):
    from meicheng.ledger.rebuild import rebuild

    visit(city, lane, Answer(city.item("swept"), "no", "", city.photo()), reason="sample")
    correct_answer(
        Observation.objects.get(), by=city.user("inspector"), value="na", remark="正在施工"
    )
    assert rebuild(check=True) == []


def work():
    """Let the worker look at the photographs of visits and cases that wait for it."""
    for waiting in DBTaskResult.objects.filter(task_path__endswith="look_at_photographs"):
        look_at_photographs.func(*waiting.args_kwargs["args"])
    find_followers()
    for event in Event.objects.filter(chain__startswith="case:").order_by("pk"):
        if event.verb == "reported":
            FOLLOWERS["proofs.photographs"].react(event)


def test_a_photograph_that_shows_an_item_again_on_a_later_visit_is_asked_about(
    city, lane, monkeypatch
):
    monkeypatch.setattr(asking, "MEMORY", Memory())
    photo = city.photo()
    first = visit(city, lane, Answer(city.item("swept"), "yes", "", photo))
    work()
    Use.objects.update(at=timezone.now() - timedelta(days=7))
    second = visit(city, lane, Answer(city.item("swept"), "yes", "", photo))
    work()
    assert {one.about for one in Use.objects.all()} == {first.origin, second.origin}
    question = Question.objects.get()
    assert (question.kind, question.use.about) == ("same", second.origin)
    assert question.use.href == f"/inspections/{second.pk}/"


def test_a_finding_that_opens_a_case_shows_one_photograph_and_raises_no_question(
    city, lane, monkeypatch
):
    monkeypatch.setattr(asking, "MEMORY", Memory())
    visit(city, lane, Answer(city.item("swept"), "no", "", city.photo()))
    work()
    assert sorted(one.moment for one in Use.objects.all()) == ["before", "visit"]
    assert not Question.objects.exists()
