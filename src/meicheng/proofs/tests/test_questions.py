"""What is asked about photographs, by whom it is answered, and that nothing follows by itself."""

from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image, ImageOps

from meicheng.cases import actions
from meicheng.cases.models import Case, CasePhoto
from meicheng.ledger.verify import verify
from meicheng.organisation.permissions import NotAllowed
from meicheng.proofs.actions import BadAnswer, answer_question
from meicheng.proofs.models import Question, Use

from .conftest import photo, picture, work

HOUR = timedelta(hours=1)


def case_with(city, *, before=None, after=None, at=None):
    """A case with these photographs, handed in now or `at`; the unit has had it for 3 hours."""
    case = city.case(state="in_progress")
    handed_in = at or timezone.now()
    if before is not None:
        CasePhoto.objects.create(
            case=case, file=before, moment="before", added_at=handed_in - 4 * HOUR
        )
    if after is not None:
        by = city.user("unit-worker", unit=case.unit)
        actions.resolve_case(case, by=by, photos=[after], remark="done")
        CasePhoto.objects.filter(case=case, file=after).update(added_at=handed_in)
    Case.objects.filter(pk=case.pk).update(dispatched_at=handed_in - 3 * HOUR)
    return case


def asked():
    return {(one.use.about, one.kind) for one in Question.objects.select_related("use")}


@pytest.fixture
def week_ago():
    return timezone.now() - timedelta(days=7)


def test_plain_work_raises_no_question(city):
    case = case_with(city, before=photo(picture(1)), after=photo(picture(1, after=True)))
    work()
    assert asked() == set()
    assert Use.objects.filter(about=case.chain).count() == 2


def test_the_same_photograph_for_another_case_is_asked_about(city, week_ago):
    old = case_with(city, after=photo(picture(2)), at=week_ago)
    new = case_with(city, after=photo(picture(2)))
    work()
    question = Question.objects.get(kind="same")
    assert (question.use.about, question.other.about) == (new.chain, old.chain)
    assert question.hours == pytest.approx(7 * 24, abs=0.2)


def test_a_photograph_that_was_changed_a_little_is_found_again(city, week_ago):
    case_with(city, after=photo(picture(3)), at=week_ago)
    new = [
        case_with(city, after=photo(changed, quality=60)).chain
        for changed in (
            picture(3).resize((400, 300)),
            ImageOps.mirror(picture(3)),
            picture(3).crop((20, 15, 600, 450)),
            ImageOps.expand(picture(3), (0, 200, 0, 300)),  # on a telephone's screen
        )
    ]
    work()
    assert asked() == {(chain, "alike") for chain in new}


def test_another_street_or_a_plain_surface_is_not_taken_for_the_same(city, week_ago):
    case_with(city, after=photo(picture(4)), at=week_ago)
    case_with(city, after=photo(Image.new("RGB", (64, 48), "grey")), at=week_ago)
    case_with(city, after=photo(picture(5)))
    case_with(city, after=photo(Image.new("RGB", (64, 48), "white")))
    work()
    assert asked() == set()


def test_a_photograph_from_elsewhere_or_another_time_is_asked_about(city):
    now = timezone.now()
    here = city.case()
    place = (here.longitude, here.latitude)
    far = (place[0] + 0.01, place[1])
    cases = {
        "fine": case_with(city, after=photo(picture(11), at=now - HOUR, where=place)),
        "elsewhere": case_with(city, after=photo(picture(12), at=now - HOUR, where=far)),
        "early": case_with(city, after=photo(picture(13), at=now - 9 * HOUR, where=place)),
        "future": case_with(city, after=photo(picture(14), at=now + 5 * HOUR, where=place)),
    }
    work()
    assert asked() == {(case.chain, kind) for kind, case in cases.items() if kind != "fine"}
    assert 850 < Question.objects.get(kind="elsewhere").metres < 1000
    assert Question.objects.get(kind="early").hours == pytest.approx(6, abs=0.1)


def test_before_and_after_from_different_spots_are_asked_about(city):
    case = city.case()
    place, aside = (case.longitude, case.latitude), (case.longitude + 0.0015, case.latitude)
    case_with(city, before=photo(picture(21), where=place), after=photo(picture(22), where=aside))
    one, two = (Image.effect_noise((64, 48), 90).resize((640, 480)) for _ in range(2))
    case_with(city, before=photo(one), after=photo(two))
    work()
    metres = set(Question.objects.filter(kind="spots").values_list("metres", flat=True))
    assert len(metres) == 2
    assert None in metres  # two pictures with nothing in common, and no place in the pictures


@pytest.fixture
def question(city, week_ago):
    case_with(city, after=photo(picture(2)), at=week_ago)
    case_with(city, after=photo(picture(2)))
    work()
    return Question.objects.get()


def test_looking_again_asks_nothing_twice(question):
    work()
    assert (Question.objects.count(), Use.objects.count()) == (1, 2)


def test_a_verifier_answers_once_with_a_reason_and_the_case_stays_as_it_is(city, question):
    verifier = city.user("verifier")
    with pytest.raises(BadAnswer):
        answer_question(question, by=verifier, fine=False, remark="  ")
    for other in (city.user("unit-lead"), city.user("verifier", division="XC")):
        with pytest.raises(NotAllowed):
            answer_question(question, by=other, fine=True, remark="it is ours")
    answer_question(question, by=verifier, fine=False, remark="the old photograph")
    with pytest.raises(BadAnswer):
        answer_question(question, by=verifier, fine=True, remark="after all")
    states = Case.objects.filter(photos__file=question.use.file).values_list("state", flat=True)
    assert set(states) == {"resolved"}
    assert verify().faults == []
    Question.objects.filter(pk=question.pk).update(head_hash="0" * 64)
    assert verify().faults[0].chain == question.chain


def test_the_page_shows_both_photographs_and_takes_the_answer(city, client, question):
    client.force_login(city.user("verifier"))
    page = client.get("/proofs/").content.decode()
    assert page.count(f"/files/{question.use.file.sha256}/480") >= 2
    assert client.post(f"/proofs/{question.pk}/answer", {"fine": "no"}).status_code == 400
    answered = client.post(f"/proofs/{question.pk}/answer", {"fine": "no", "remark": "旧照片"})
    assert answered.status_code == 302
    page = client.get(f"/proofs/{question.pk}/").content.decode()
    assert "旧照片" in page
    assert f"{question.use.href}#steps" in page
    assert f"/proofs/{question.pk}/" in client.get(question.use.href).content.decode()


def test_a_verifier_of_another_district_sees_neither_question_nor_photograph(
    city, client, question
):
    client.force_login(city.user("verifier", division="XC"))
    assert client.get(f"/proofs/{question.pk}/").status_code == 404
    assert client.get(f"/files/{question.other.file.sha256}/480").status_code == 404
    assert client.post(f"/proofs/{question.pk}/answer", {"fine": "yes"}).status_code == 404


def test_an_empty_page_says_what_it_is_for(city, client):
    client.force_login(city.user("verifier"))
    page = client.get("/proofs/", headers={"Accept-Language": "en"}).content.decode()
    assert "a person answers" in page
