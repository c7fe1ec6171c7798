"""A morning at the workbench: filters, columns, what changes meanwhile, comments, templates."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.cases import actions
from meicheng.cases.actions import Needed, Stale
from meicheng.cases.models import Case, Look, ReplyTemplate, SavedFilter
from meicheng.cases.workbench.comments import comment_case
from meicheng.cases.workbench.replies import filled
from meicheng.ledger.models import Event
from meicheng.notices.models import Notice


@pytest.fixture
def desk(city, client):
    """The pages as a dispatcher of the whole city sees them."""
    client.force_login(city.user("dispatcher"))
    return client


def save(client, name, query, circle=""):
    return client.post("/cases/filters", {"name": name, "query": query, "circle": circle})


def test_a_saved_filter_is_shown_with_its_count_to_those_it_is_shared_with(city, client):
    city.case("lamp-out")
    city.case("lamp-out", state="closed")
    city.case()
    mine, same, other = city.user(), city.user(name="陈一"), city.user("verifier")
    client.force_login(mine)
    save(client, "路灯", "kind=lamp-out&group=open")
    save(client, "全体路灯", "kind=lamp-out&group=all", "role:dispatcher")
    shown = {}
    for who in (mine, same, other):
        client.force_login(who)
        page = client.get("/cases/counts").content.decode()
        shown[who] = re.findall(r"★ (\S+) <b class=\"num small\">(\d+)</b>", page)
    assert sorted(shown[mine]) == [("全体路灯", "2"), ("路灯", "1")]
    assert shown[same] == [("全体路灯", "2")]
    assert shown[other] == []


def test_nobody_shares_with_a_unit_of_others_or_deletes_what_others_keep(city, desk):
    assert save(desk, "x", "", f"unit:{city.unit().pk}").status_code == 403
    kept = SavedFilter.objects.create(owner=city.user("verifier"), name="x", role="dispatcher")
    assert desk.post(f"/cases/filters/{kept.pk}/delete").status_code == 403
    assert SavedFilter.objects.get() == kept


def test_the_columns_that_i_choose_stay_mine_in_my_order(city, desk):
    city.case(description="消失的井盖")
    desk.post("/cases/columns", {"column": ["words", "unit"]})
    desk.post("/cases/columns", {"column": ["words", "unit"], "up": "unit"})
    head = re.search(r"<thead>.*?</thead>", desk.get("/cases/").content.decode(), re.S)[0]
    assert re.findall(r"<th>(\S+?)</th>", head) == ["责任单位", "问题描述"]
    desk.force_login(city.user("verifier"))
    assert "上报时间" in desk.get("/cases/").content.decode()


def test_the_pane_shows_the_case_without_the_frame_and_opens_the_next_after_a_step(city, desk):
    first, second = city.case(state="reported"), city.case(state="reported")
    pane = {"HTTP_X_PANE": "1"}
    shown = desk.get(f"/cases/{first.number}/", **pane).content.decode()
    assert first.number in shown
    assert "<nav" not in shown
    said = {"register-seen": first.events_count, "register-kind": first.kind_id}
    answer = desk.post(f"/cases/{first.number}/register/", said, HTTP_X_NEXT=second.number, **pane)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert f'data-number="{second.number}"' in page
    assert first.number in page, "what was done is said"
    assert Case.objects.get(pk=first.pk).state == "registered"


def live(client, cases, *, opened=None, after=0, tag=""):
    """Ask what changed since these cases were shown."""
    rows = ",".join(f"{case.number}:{case.events_count}" for case in cases)
    asked = {"rows": rows, "after": after}
    if opened:
        asked["open"] = f"{opened.number}:{opened.events_count}"
    return client.get("/cases/live", asked, HTTP_IF_NONE_MATCH=tag)


def test_what_others_do_appears_and_silence_costs_a_304(city, desk):
    shown = [city.case(state="reported"), city.case()]
    answer = live(desk, shown, opened=shown[0], after=shown[1].pk)
    assert answer.json() == {"new": 0, "rows": {}, "moved": "", "others": []}
    assert live(desk, shown, opened=shown[0], tag=answer["ETag"]).status_code == 304
    city.case()
    other = city.user("creation-office", name="王芳")
    actions.turn_down_case(Case.objects.get(pk=shown[0].pk), by=other, remark="重复")
    said = live(desk, shown, opened=shown[0], after=shown[1].pk, tag=answer["ETag"]).json()
    assert said["new"] == 1
    assert list(said["rows"]) == [shown[0].number]
    assert "不予立案" in said["rows"][shown[0].number]
    assert said["moved"] == "王芳: 不予立案"


def test_nothing_outside_of_my_reach_is_told(city, client):
    case = city.case(division="XC0101")
    client.force_login(city.user("district-lead"))
    said = live(client, [Case(number=case.number, events_count=0)], opened=case).json()
    assert said == {"new": 0, "rows": {}, "moved": "", "others": []}
    assert not Look.objects.exists()


def test_two_at_one_case_see_each_other(city, client):
    case = city.case()
    for who in ("陈一", "王芳"):
        client.force_login(city.user(name=who))
        others = live(client, [case], opened=case).json()["others"]
    assert others == ["陈一"]
    Look.objects.update(at=timezone.now() - timedelta(minutes=2))
    assert live(client, [case], opened=case).json()["others"] == []


def test_asking_what_changed_costs_the_same_for_one_row_and_for_fifty(
    city, desk, django_assert_max_num_queries
):
    cases = [city.case() for _ in range(30)]
    Case.objects.update(events_count=99)
    for shown in (cases[:1], cases):
        with django_assert_max_num_queries(14):
            assert len(live(desk, shown, opened=cases[0]).json()["rows"]) == len(shown)


def test_who_comes_second_is_told_who_did_what(city):
    case = city.case(state="reported")
    seen = case.events_count
    actions.register_case(case, by=city.user(name="王芳"))
    with pytest.raises(Stale, match=r"王芳: 立案"):
        actions.turn_down_case(case, by=city.user(name="陈一"), remark="不属实", seen=seen)


def test_a_comment_names_people_and_units_who_are_told_once(city):
    case = city.case()
    case = city.take(case, "dispatch")
    fang, worker = city.user("verifier", name="王芳"), city.user("unit-worker", unit=case.unit)
    unit = case.unit.name_zh
    comment_case(case, by=city.user(), remark=f"请@王芳看一下，@{unit}今天能到吗？写信给 a@b.cn")
    event = Event.objects.filter(chain=case.chain).last()
    assert (event.verb, event.data["people"], event.data["units"]) == (
        "comment", [fang.username], [case.unit.code],
    )  # fmt: skip
    told = set(Notice.objects.filter(kind="case.mention").values_list("person", flat=True))
    assert told == {fang.pk, worker.pk}


@pytest.mark.parametrize("words", ["", "  ", "请@李四看一下", "@XC区长 看一下"])
def test_a_comment_that_names_nobody_or_whom_the_case_is_hidden_from_is_refused(
    city, client, words
):
    case = city.case(division="LC0101")
    city.user("district-lead", division="XC", name="XC区长")
    client.force_login(city.user())
    answer = client.post(f"/cases/{case.number}/comment/", {"remark": words})
    assert answer.status_code == 400
    assert words.strip() in answer.content.decode(), "what was typed is kept"
    assert not Event.objects.filter(verb="comment").exists()


def test_two_of_the_same_name_are_told_apart(city):
    case = city.case()
    city.user("verifier", name="王芳")
    second = city.user("inspector", name="王芳")
    with pytest.raises(Needed, match=second.username):
        comment_case(case, by=city.user(), remark="@王芳 看一下")
    comment_case(case, by=city.user(), remark=f"@{second.username} 看一下")
    assert Notice.objects.get().person == second


def test_an_auditor_comments_on_nothing(city, client):
    case = city.case()
    client.force_login(city.user("auditor"))
    assert client.post(f"/cases/{case.number}/comment/", {"remark": "看"}).status_code == 403


def test_at_offers_those_who_see_the_case(city, client):
    case = city.case()
    city.user("verifier", name="王芳")
    city.user("district-lead", division="XC", name="王强")
    client.force_login(city.user())
    offers = client.get(f"/cases/{case.number}/people", {"q": "王"}).json()["offers"]
    assert [one["what"] for one in offers] == ["王芳"]


def test_a_template_is_filled_in_and_a_place_that_nobody_knows_is_refused(city, desk):
    case = city.case(state="dispatched")
    body = "{number}（{kind}）已派{unit}，{due}前办结。"
    desk.post("/cases/templates", {"name": "派遣", "body": body, "circle": "role:dispatcher"})
    kept = ReplyTemplate.objects.get()
    due = timezone.localtime(case.due_at).strftime("%Y-%m-%d %H:%M")
    assert filled(kept.body, case) == (
        f"{case.number}（暴露垃圾）已派{case.unit.name_zh}，{due}前办结。"
    )
    assert case.unit.name_zh in desk.get(f"/cases/{case.number}/").content.decode()
    answer = desk.post("/cases/templates", {"name": "x", "body": "{unti}"})
    assert answer.status_code == 400
    assert "unti" in answer.content.decode()
    desk.force_login(city.user(name="陈一"))
    assert "派遣" in desk.get("/cases/templates").content.decode()
    assert desk.get(f"/cases/templates/{kept.pk}").status_code == 404


def test_the_list_asks_the_same_number_of_questions_for_more(
    city, desk, django_assert_max_num_queries
):
    for number in (1, 20):
        for _ in range(number):
            city.case(state="dispatched")
            save(desk, f"f{number}", "kind=lamp-out")
        with django_assert_max_num_queries(20):
            assert desk.get("/cases/").status_code == 200


def test_a_description_is_shown_as_text(city, desk):
    case = city.case(description="<script>alert(1)</script>井盖")
    for path in ("/cases/?q=井盖", f"/cases/{case.number}/", "/search/?q=井盖"):
        assert "<script>alert" not in desk.get(path).content.decode()
