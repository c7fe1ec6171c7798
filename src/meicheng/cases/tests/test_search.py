"""How cases are found by words: Chinese of two characters and more, places, numbers."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from meicheng.cases import actions
from meicheng.cases.models import Case, CaseText
from meicheng.cases.text import asked, pieces, text_of
from meicheng.places.time import city_day
from meicheng.project.commands import run
from meicheng.tables import pages


def found(city, words, **more):
    """What a dispatcher of the whole city finds by words."""
    from django.utils import timezone

    from meicheng.cases.queries import case_list, filters_from

    filters = filters_from({"q": words, "group": "all", **more})
    page = case_list(city.user("dispatcher"), filters, page=1, at=timezone.now())
    return {row.case.number for row in page.rows}


@pytest.mark.parametrize(
    "words",
    ["井盖", "消失的井盖", "归德路", "112", "LED", "ｌｅｄ灯", "柳池", "垃圾 归德", "暴露垃圾"],
)
def test_a_case_is_found_by_any_words_that_it_has(city, words):
    case = city.case(description="消失的井盖，旁边 LED灯 也不亮")
    Case.objects.filter(pk=case.pk).update(address="归德路112号")
    run(["cases", "reindex"])
    city.case("lamp-out", division="XC0101", description="路灯不亮")
    assert found(city, words) == {case.number}


@pytest.mark.parametrize("words", ["盖井", "井盖 路灯", "1123", "xled"])
def test_a_case_without_one_of_the_words_is_not_found(city, words):
    city.case(description="消失的井盖 LED 112")
    assert found(city, words) == set()


def test_a_single_character_is_said_to_be_too_short(city, client):
    city.case(description="消失的井盖")
    client.force_login(city.user("dispatcher"))
    page = client.get("/cases/", {"q": "井"}).content.decode()
    assert "“井”" in page
    assert "A-20" not in page


def test_a_number_is_found_by_its_end(city):
    cases = [city.case() for _ in range(3)]
    assert found(city, cases[1].number[-4:]) == {cases[1].number}


def test_words_follow_the_kind_and_the_end_of_a_case_at_once(city):
    case = city.case(state="reported", description="巷口")
    case = actions.register_case(case, by=city.user("dispatcher"), kind=city.kind("lamp-out"))
    assert found(city, "路灯") == {case.number}
    actions.withdraw_case(case, by=city.user("dispatcher"), remark="重复")
    assert found(city, "路灯", group="open") == set()
    assert found(city, "路灯", group="all") == {case.number}


def test_reindexing_names_and_mends_what_is_wrong(city, capsys):
    cases = [city.case(description="消失的井盖") for _ in range(3)]
    assert run(["cases", "reindex", "--check"]) == 0
    CaseText.objects.filter(pk=cases[0].pk).delete()
    CaseText.objects.filter(pk=cases[1].pk).update(grams="别的")
    capsys.readouterr()
    assert run(["cases", "reindex", "--check"]) == 1
    said = capsys.readouterr().out
    assert cases[0].number in said
    assert cases[1].number in said
    assert cases[2].number not in said
    assert found(city, "井盖") == {cases[2].number}, "a check changes nothing"
    assert run(["cases", "reindex"]) == 0
    assert found(city, "井盖") == {case.number for case in cases}


WRITTEN = st.text(st.sampled_from("井盖破损归德路abc19 ，-"), max_size=30)


@given(WRITTEN, st.data())
def test_whatever_is_copied_out_of_a_text_finds_it(text, data):
    begin = data.draw(st.integers(0, len(text)))
    words = text[begin : data.draw(st.integers(begin, len(text)))]
    whole = set(pieces(text))
    # A Latin word or number that was cut short is another word than the one in the text.
    cut = {one for one in asked(words) if one.isascii() and len(one) < 3}
    assert set(asked(words)) - cut <= whole


PLACES = ["归德路", "柳池巷", "归德路 12号", "兰庙街"]


@pytest.mark.django_db
@given(st.data())
@settings(max_examples=8)
def test_words_with_filters_find_what_a_plain_look_at_every_case_finds(data):
    """Rare words and common ones take two ways; both give the plain answer, page by page."""
    from django.utils import timezone

    from meicheng.cases.queries import case_list, filters_from, listing
    from meicheng.demo.little import City

    with transaction.atomic():
        city, at = City(), timezone.now()
        for number in range(data.draw(st.integers(0, 9))):
            case = city.case(
                data.draw(st.sampled_from(["lamp-out", "exposed-litter"])),
                division=data.draw(st.sampled_from(["LC0101", "XC0101"])),
                state=data.draw(st.sampled_from(["registered", "dispatched", "withdrawn"])),
                description=data.draw(st.sampled_from(PLACES)),
                reported_at=at - timedelta(days=data.draw(st.integers(0, 3))),
            )
            due = data.draw(st.sampled_from([None, at, at + timedelta(hours=number % 2)]))
            Case.objects.filter(pk=case.pk).update(due_at=due)
        asked_for = {
            "q": data.draw(st.sampled_from(["归德路", "归德路 12", "柳池", "路灯", "火星"])),
            "group": data.draw(st.sampled_from(["all", "open", "ended"])),
            "kind": data.draw(st.sampled_from(["", "lamp-out"])),
            "division": data.draw(st.sampled_from(["", "LC"])),
            "sort": data.draw(st.sampled_from(["newest", "due"])),
            **data.draw(
                st.sampled_from([{}, {"since": str(city_day(at)), "until": str(city_day(at))}])
            ),
        }
        filters, most = filters_from(asked_for), data.draw(st.sampled_from([2, 1000]))
        expected = plain_look(filters, at)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(listing, "MOST_FOUND", most)
            patch.setattr(pages, "PAGE_SIZE", 2)
            found = [case_list(city.user(), filters, page=1 + n, at=at) for n in range(2)]
        capped = expected[:most]
        assert [row.case.number for row in found[0].rows] == capped[:2]
        if len(capped) > 2:
            assert [row.case.number for row in found[1].rows] == capped[2:4]
        assert found[0].shown.count == len(capped)
        assert found[0].shown.capped == (len(expected) > most)
        transaction.set_rollback(True)


def plain_look(filters, at):
    """Numbers of the cases that fit, in order, by looking at every one."""
    rows = [
        case
        for case in Case.objects.select_related("kind", "division__district", "site")
        if set(asked(filters.words)) <= set(text_of(case).grams.split())
        and (filters.kind is None or case.kind_id == filters.kind.pk)
        and (filters.division is None or case.district_id == filters.division.pk)
        and (filters.group != "open" or case.closed_at is None)
        and (filters.group != "ended" or case.state == "withdrawn")
        and (filters.since is None or city_day(case.reported_at) == filters.since)
    ]
    if filters.sort == "due":
        rows.sort(key=lambda case: (case.due_at is None, case.due_at or at, case.pk))
    else:
        rows.sort(key=lambda case: (case.reported_at, case.pk), reverse=True)
    return [case.number for case in rows]
