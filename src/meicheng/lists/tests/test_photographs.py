"""A unit's proof on a problem list is looked at as every other photograph is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.ledger.followers import FOLLOWERS, find_followers
from meicheng.ledger.models import Event
from meicheng.lists.actions import solve
from meicheng.lists.models import ListItem, ProblemList
from meicheng.proofs import asking
from meicheng.proofs.memory import Memory
from meicheng.proofs.models import Question, Use


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch):
    monkeypatch.setattr(asking, "MEMORY", Memory())


def work():
    find_followers()
    for event in Event.objects.filter(verb="list_item_solved").order_by("pk"):
        FOLLOWERS["lists.photographs"].react(event)


def test_one_photograph_for_two_items_of_a_list_is_asked_about(city, new_list):
    made, photo = new_list(2), city.photo()
    worker = city.user("unit-worker", unit=city.unit())
    first, second = made.items.order_by("position")
    solve(worker, first, "已清运", photo)
    work()
    assert not Question.objects.exists()
    Use.objects.update(at=timezone.now() - timedelta(hours=3))
    solve(worker, second, "已清运", photo)
    work()
    question = Question.objects.get()
    assert (question.kind, question.use.moment) == ("same", "list")
    assert question.use.href == f"/lists/{made.code}/{second.position}/"
    assert question.other.href == f"/lists/{made.code}/{first.position}/"


def test_a_proof_that_was_taken_before_the_list_was_made_is_asked_about(city, new_list):
    made, photo = new_list(), city.photo()
    photo.taken_at = ProblemList.objects.get().made_at - timedelta(days=2)
    photo.save()
    solve(city.user("unit-worker", unit=city.unit()), made.items.get(), "已清运", photo)
    work()
    work()
    assert [one.kind for one in Question.objects.all()] == ["early"]


def test_the_photograph_of_its_own_case_proves_an_item_too(city, new_list):
    case, photo = city.case(), city.photo()
    made = new_list()
    ListItem.objects.update(case=case)
    Use.objects.create(
        file=photo, about=case.chain, moment="after", label=case.number, division=case.division,
        at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    solve(city.user("unit-worker", unit=city.unit()), made.items.get(), "已清运", photo)
    work()
    assert Use.objects.filter(about=case.chain).count() == 2
    assert not Question.objects.exists()
