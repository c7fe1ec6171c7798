"""The pages of problem lists, as officers, units and checkers use them."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from meicheng.inspections.actions import Answer, record_visit
from meicheng.lists.actions import solve
from meicheng.lists.models import ListItem, ProblemList
from meicheng.organisation.models import Membership, Unit, WorkingGroup

NEW = "/lists/new"


@pytest.fixture
def enter(client):
    def sign_in(user):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def sheet(*rows):
    book = Workbook()
    page = book.active
    page.append(["序号", "问题", "责任单位", "整改措施", "完成时限"])
    for row in rows:
        page.append(row)
    kept = io.BytesIO()
    book.save(kept)
    kept.seek(0)
    kept.name = "list.xlsx"
    return kept


def filled(today, **said):
    return {
        "title": "巡查清单",
        "source": "walk",
        "division": "LC",
        "key": "page-1",
        "text": ["路口垃圾", ""],
        "unit": ["urban-management-LC", ""],
        "measures": ["清运", ""],
        "due": [str(today + timedelta(days=2)), ""],
        **said,
    }


def test_an_officer_makes_a_list_by_hand(enter, office, today):
    answer = enter(office).post(NEW, filled(today))
    made = ProblemList.objects.get()
    assert answer.headers["Location"] == f"/lists/{made.code}/"
    item = made.items.get()
    assert (item.text, item.unit.code, item.measures) == (
        "路口垃圾", "urban-management-LC", "清运"
    )  # fmt: skip


def test_sending_the_form_twice_makes_one_list(enter, office, today):
    client = enter(office)
    client.post(NEW, filled(today))
    client.post(NEW, filled(today))
    assert ProblemList.objects.count() == 1


def test_a_unit_is_named_in_words_too(enter, city, office, today):
    enter(office).post(NEW, filled(today, unit=[city.unit().name_zh, ""]))
    assert ListItem.objects.get().unit == city.unit()


def test_what_is_wrong_is_said_at_once_and_what_was_typed_stays(enter, office, today):
    answer = enter(office).post(NEW, filled(today, title="", unit=["谁", ""], due=["soon", ""]))
    said = answer.content.decode()
    assert answer.status_code == 400
    assert "is no day" in said
    assert "There is no unit" in said
    assert "路口垃圾" in said
    assert not ProblemList.objects.exists()


def test_a_spreadsheet_becomes_a_list(enter, city, office, today):
    rows = [
        [1, "垃圾", city.unit().name_zh, "清运", today + timedelta(days=3)],
        [2, "路灯", "housing-construction-LC", "", str(today + timedelta(days=4))],
    ]
    said = filled(today, text="", unit="", measures="", due="", file=sheet(*rows))
    enter(office).post(NEW, said)
    items = ListItem.objects.order_by("position")
    assert [(one.text, one.unit.role_id, (one.due - today).days) for one in items] == [
        ("垃圾", "urban-management", 3),
        ("路灯", "housing-construction", 4),
    ]


def test_every_wrong_cell_of_a_spreadsheet_is_named(enter, office, today):
    rows = [
        [1, "垃圾", "nobody", "", today],
        [2, "", "urban-management-LC", "", "明天"],
        [3, "路灯", "urban-management-LC", "", today - timedelta(days=1)],
    ]
    said = filled(today, text="", unit="", measures="", due="", file=sheet(*rows))
    shown = enter(office).post(NEW, said).content.decode()
    for cell in ("C2: ", "B3: ", "E3: ", "E4: "):
        assert cell in shown
    assert not ProblemList.objects.exists()


def test_a_spreadsheet_without_the_columns_says_which(enter, office, today):
    wrong = io.BytesIO("问题,备注\n垃圾,x\n".encode())
    wrong.name = "list.csv"
    said = filled(today, text="", unit="", measures="", due="", file=wrong)
    shown = enter(office).post(NEW, said).content.decode()
    assert "names no column unit, deadline" in shown


def test_what_is_exported_can_be_read_in_again(enter, office, new_list, today):
    made = new_list(3)
    client = enter(office)
    for language in ("en", "zh-hans"):
        client.cookies["django_language"] = language
        content = client.get(f"/lists/{made.code}/list.xlsx").content
        file = io.BytesIO(content)
        file.name = "again.xlsx"
        said = filled(today, key=language, text="", unit="", measures="", due="", file=file)
        assert client.post(NEW, said).status_code == 302
        again = ProblemList.objects.first()
        assert [one.text for one in again.items.all()] == [one.text for one in made.items.all()]


def test_an_export_holds_what_the_page_shows_and_names_its_filter(enter, city, office, new_list):
    made = new_list(3)
    solve(city.user("unit-worker"), made.items.get(position=2), "已清运")
    content = enter(office).get(f"/lists/{made.code}/list.xlsx?state=solved").content
    rows = list(load_workbook(io.BytesIO(content)).active.values)
    assert "To be checked" in rows[0]
    assert [row[0] for row in rows[2:]] == [2]


def test_failed_answers_of_a_visit_fill_the_form(enter, city, office):
    site = city.site("back-lane")
    answers = [
        Answer(city.item("swept"), "no", photo=city.photo()),
        Answer(city.item("lamps-lit"), "yes"),
    ]
    visit = record_visit(site=site, by=city.user("inspector"), answers=answers)
    door = f"{NEW}?visit={visit.pk}"
    assert (
        door not in enter(city.user("inspector")).get(f"/inspections/{visit.pk}/").content.decode()
    )
    assert door in enter(office).get(f"/inspections/{visit.pk}/").content.decode()
    shown = enter(office).get(door).content.decode()
    assert city.item("swept").name_en in shown
    assert city.item("lamps-lit").name_en not in shown
    assert 'value="urban-management-LC"' in shown
    assert f'value="{site.code}"' in shown


def test_a_unit_rectifies_with_a_photograph_and_a_checker_strikes_off(enter, city, new_list):
    made = new_list()
    item = reverse("lists:item", args=[made.code, 1])
    worker = enter(city.user("unit-worker"))
    said = {"remark": "已清运", "proof": city.jpeg()}
    assert worker.post(f"{item}solve", said).status_code == 302
    kept = made.items.get()
    assert kept.status == "solved"
    checker = enter(city.user("verifier"))
    assert kept.proof.sha256 in checker.get(item).content.decode()
    assert checker.get(f"/files/{kept.proof.sha256}/small").status_code == 200
    assert checker.post(f"{item}strike-off", {"remark": ""}).status_code == 302
    assert made.items.get().status == "struck"
    assert "已清运" in checker.get(item).content.decode()


def test_the_proof_is_not_shown_to_another_district(enter, city, new_list):
    made = new_list()
    solve(city.user("unit-worker"), made.items.get(), "已清运", city.photo())
    proof = made.items.get().proof
    stranger = enter(city.user("verifier", division="XC"))
    assert stranger.get(f"/files/{proof.sha256}").status_code == 404


def test_who_solved_it_is_offered_no_button_to_strike_it_off(enter, city, new_list):
    made = new_list()
    worker = city.user("unit-worker")
    Membership.objects.create(user=worker, role="verifier", division=city.division("LC"))
    solve(worker, made.items.get(), "已清运")
    client = enter(worker)
    shown = client.get(f"/lists/{made.code}/1/").content.decode()
    assert "strike-off" not in shown
    assert "somebody else has to check it" in shown
    assert client.post(f"/lists/{made.code}/1/strike-off", {"remark": "好"}).status_code == 403


def test_a_step_that_cannot_be_says_why(enter, city, new_list):
    made = new_list()
    answer = enter(city.user("verifier")).post(f"/lists/{made.code}/1/strike-off")
    assert answer.status_code == 400
    assert "To be solved" in answer.content.decode()


def test_a_unit_sees_what_waits_for_it_and_nothing_of_others(enter, city, new_list):
    new_list(2)
    assert "第1处问题" in enter(city.user("unit-worker")).get("/lists/mine/").content.decode()
    stranger = city.user("unit-worker", unit=city.unit("health"))
    client = enter(stranger)
    assert "第1处问题" not in client.get("/lists/mine/").content.decode()
    made = ProblemList.objects.get()
    assert client.get(f"/lists/{made.code}/").status_code == 404
    assert client.get(f"/lists/{made.code}/1/").status_code == 404
    assert made.title not in client.get("/lists/").content.decode()


@pytest.mark.parametrize("path", ["/lists/", "/lists/new", "/lists/mine/"])
def test_an_administrator_sees_no_list(enter, city, path):
    assert enter(city.user("administrator")).get(path).status_code == 403


def test_overdue_counts_what_is_past_its_day_and_not_yet_solved(enter, city, office, new_list):
    made = new_list(3)
    solve(city.user("unit-worker"), made.items.get(position=1), "已清运")
    made.items.update(due=timezone.localdate() - timedelta(days=1))
    answer = enter(office).get(f"/lists/{made.code}/?state=overdue")
    assert answer.context["progress"].overdue == 2
    assert [item.position for item in answer.context["found"].rows] == [2, 3]


def test_progress_is_counted_by_group_district_and_unit(enter, city, office, new_list):
    group = WorkingGroup.objects.create(code="g", name_zh="市容组", name_en="Streets")
    group.units.add(city.unit())
    made = new_list(4)
    worker = city.user("unit-worker")
    solve(worker, made.items.get(position=1), "已清运")
    shares = enter(office).get(f"/lists/{made.code}/").context["shares"]
    for rows in (shares.groups, shares.districts, shares.units):
        assert [(row.progress.total, row.progress.solved) for row in rows] == [(4, 1)]
    assert shares.groups[0].name == "Streets"


def test_the_printed_list_has_the_columns_of_the_working_groups(enter, office, new_list):
    made = new_list()
    client = enter(office)
    client.cookies["django_language"] = "zh-hans"
    shown = client.get(f"/lists/{made.code}/print").content.decode()
    places = [shown.index(f">{word}</th>") for word in
              ("序号", "问题", "责任单位", "整改措施", "完成时限", "销号")]  # fmt: skip
    assert places == sorted(places)


def test_each_working_group_prints_its_own_part(enter, city, office, new_list):
    streets = WorkingGroup.objects.create(code="g", name_zh="市容组", name_en="Streets")
    health = WorkingGroup.objects.create(code="h", name_zh="健康组", name_en="Health")
    bureau = city.unit()
    for group in (streets, health):
        group.units.add(bureau)
    made = new_list(3)
    crew = Unit.objects.create(code="crew", name_zh="一队", role=bureau.role,
                               division=bureau.division, parent=bureau)  # fmt: skip
    alone = Unit.objects.create(code="alone", name_zh="独", role=bureau.role,
                                division=bureau.division)  # fmt: skip
    made.items.filter(position=2).update(unit=crew)
    made.items.filter(position=3).update(unit=alone)
    page = enter(office).get(f"/lists/{made.code}/print?by=group")
    assert [
        (part.group, [item.position for item in part.items]) for part in page.context["parts"]
    ] == [(streets, [1, 2]), (health, [1, 2]), (None, [3])]
    assert "Units of no working group" in page.content.decode()
    shares = enter(office).get(f"/lists/{made.code}/").context["shares"]
    assert [row.progress.total for row in shares.groups] == [2, 2]


@pytest.mark.parametrize("path", ["/lists/", "/lists/{code}/", "/lists/{code}/1/", "/lists/mine/"])
def test_a_page_costs_the_same_however_long_the_list(enter, city, office, new_list, path):
    user = city.user("unit-lead") if "mine" in path else office
    counts = []
    for size in (2, 40):
        made = new_list(size, key=str(size))
        client = enter(user)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(path.format(code=made.code)).status_code == 200
        counts.append(len(seen))
    assert counts[1] <= counts[0] <= 24
