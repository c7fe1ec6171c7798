"""What another system reads from the API."""

import json

import pytest
from django.utils import timezone

from meicheng.accounts import tokens
from meicheng.api import keys
from meicheng.cases.models import Case
from meicheng.ledger.models import Event
from meicheng.organisation.models import ApiToken, Membership
from meicheng.organisation.permissions import MATRIX


@pytest.mark.parametrize("path", ["/divisions", "/sites", "/units", "/cases", "/reports", "/marks"])
def test_without_a_token_nothing_is_told(city, client, call, path):
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert "Bearer" in answer["WWW-Authenticate"]
    assert client.get(f"/api/v1{path}", headers={"Authorization": "Bearer mc_x"}).status_code == 401


def test_a_token_that_was_revoked_or_has_expired_opens_nothing(city, call):
    caller = call()
    assert caller.get("/units").status_code == 200
    ApiToken.objects.update(expires_at=timezone.now())
    keys.forget_known()
    assert caller.get("/units").status_code == 401
    ApiToken.objects.update(expires_at=None, revoked_at=timezone.now())
    keys.forget_known()
    assert caller.get("/units").status_code == 401


def test_a_token_does_only_what_its_scopes_say(city, call, here):
    caller = call(scopes=["units:read"])
    assert caller.get("/units").status_code == 200
    for path in ("/divisions", "/sites", "/cases", "/reports", "/marks"):
        assert caller.get(path).status_code == 403, path
    assert caller.post("/reports", {"body": "垃圾成堆", **here}).status_code == 403


LISTS = {
    "/divisions": "divisions:read", "/sites": "sites:read", "/units": "units:read",
    "/cases": "cases:read", "/reports": "reports:read", "/marks": "marks:read",
    "/lists": "lists:read", "/notices": "notices:read", "/webhooks": "webhooks:read",
}  # fmt: skip
NEEDED = {"/cases": "cases.see", "/reports": "reports.see", "/marks": "assessment.see",
          "/lists": "lists.see", "/webhooks": "webhooks.manage"}  # fmt: skip


@pytest.mark.parametrize("scope", tokens.SCOPES)
def test_each_scope_opens_its_own_list_and_no_other(city, call, scope):
    caller = call(scopes=[scope])
    opened = {path for path in LISTS if caller.get(path).status_code == 200}
    assert opened == {path for path, needed in LISTS.items() if needed == scope}


@pytest.mark.parametrize("role", Membership.Role.values)
def test_each_role_reads_what_the_matrix_says(city, call, role):
    caller = call(role)
    for path, action in NEEDED.items():
        expected = 200 if role in MATRIX[action] else 403
        assert caller.get(path).status_code == expected, path


@pytest.mark.parametrize("path", ["/divisions", "/units", "/sites"])
def test_a_list_is_walked_to_its_end_without_gaps_while_rows_are_added(city, call, path):
    for _ in range(5):
        city.site()
    caller = call()
    whole = [one["code"] for one in caller.get(f"{path}?limit=200").json()["items"]]
    seen, address = [], f"{path}?limit=2"
    while address:
        page = caller.get(address)
        assert page.status_code == 200
        seen += [one["code"] for one in page.json()["items"]]
        city.site(name="added meanwhile")
        cursor = page.json()["next"]
        assert ("Link" in page.headers) == bool(cursor)
        address = f"{path}?limit=2&cursor={cursor}" if cursor else ""
        assert len(seen) < 500
    assert [one for one in seen if one in whole] == whole
    assert len(set(seen)) == len(seen)


def test_cases_are_walked_newest_first_while_new_ones_come(city, call):
    old = [city.case().number for _ in range(5)]
    caller = call()
    page = caller.get("/cases?limit=2").json()
    seen = [one["number"] for one in page["items"]]
    city.case()
    while page["next"]:
        page = caller.get(f"/cases?limit=2&cursor={page['next']}").json()
        seen += [one["number"] for one in page["items"]]
    assert seen == old[::-1]


@pytest.mark.parametrize(
    ("query", "status"),
    [("limit=0", 422), ("limit=201", 422), ("limit=x", 422), ("cursor=!!", 404),
     ("cursor=WyJhIl0", 404), ("cursor=é", 404)],
)  # fmt: skip
def test_a_page_that_cannot_be_is_told_what_was_expected(city, call, query, status):
    answer = call().get(f"/cases?{query}")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"]


def test_cases_are_those_of_the_callers_area_and_filters_are_checked(city, call):
    mine, other = city.case(division="XC0101"), city.case(state="closed")
    lead = call("district-lead", division="XC")
    assert [one["number"] for one in lead.get("/cases").json()["items"]] == [mine.number]
    assert lead.get(f"/cases/{other.number}").status_code == 403
    office = call()
    closed = office.get("/cases?group=closed").json()["items"]
    assert [one["number"] for one in closed] == [other.number]
    wrong = office.get("/cases?kind=ufo")
    assert wrong.status_code == 404
    assert "ufo" in wrong.json()["detail"]


def test_who_has_the_newest_is_not_sent_it_again(city, call):
    case, site = city.case(state="dispatched"), city.site()
    caller = call()
    for path in (f"/cases/{case.number}", f"/sites/{site.code}", "/units/urban-management-LC"):
        first = caller.get(path)
        assert first.status_code == 200
        again = caller.get(path, If_None_Match=first["ETag"])
        assert (again.status_code, again.content) == (304, b"")
    city.take(case, "accept")
    assert caller.get(f"/cases/{case.number}", If_None_Match='"x"').status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/cases/A-19990101-0001", "/sites/NOWHERE", "/units/NOBODY", "/divisions/MARS",
        "/reports/NOTACODE", "/marks/none", "/nothing",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_and_not_a_page(city, call, path):
    answer = call().get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 404


def test_a_way_that_an_address_does_not_take_is_a_problem(city, client):
    answer = client.delete("/api/v1/cases")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


def test_errors_are_told_in_the_callers_language(city, call):
    caller = call()
    english = caller.get("/cases/A-1").json()["detail"]
    chinese = caller.get("/cases/A-1", Accept_Language="zh-CN").json()["detail"]
    assert english != chinese


def test_marks_are_those_of_the_command(city, call):
    city.load_standards("sanitary-city-2021")
    caller = call()
    assert [one["framework"] for one in caller.get("/marks").json()["items"]] == ["sanitary-city"]
    marks = caller.get("/marks/sanitary-city?period=2026Q3&division=LC").json()
    assert (marks["period"], marks["division"], marks["full_marks"]) == ("2026Q3", "LC", 1000)
    assert caller.get("/marks/sanitary-city?period=someday").status_code == 404
    days = caller.get("/marks/sanitary-city?period=2026-07-01..2026-09-30").json()
    whole = caller.get("/marks/sanitary-city?period=2026Q3").json()
    assert (days["nodes"], days["criteria"]) == (whole["nodes"], whole["criteria"])
    assert caller.get("/marks/sanitary-city?period=2026-07-02..2026-07-01").status_code == 404
    assert caller.get("/marks/sanitary-city?division=MARS").status_code == 404


def test_the_description_names_every_address(city, client):
    described = json.loads(client.get("/api/v1/openapi.json").content)
    assert described["openapi"].startswith("3.")
    assert set(described["paths"]) >= {
        "/api/v1/reports", "/api/v1/cases", "/api/v1/cases/{number}/{step}", "/api/v1/sites/{code}",
        "/api/v1/divisions", "/api/v1/units", "/api/v1/marks/{framework}", "/api/v1/photos",
    }  # fmt: skip


def test_lists_ask_the_same_number_of_questions_for_more(city, call, django_assert_max_num_queries):
    caller = call()
    caller.get("/units")
    for number in (2, 12):
        for _ in range(number):
            city.case(state="dispatched")
            city.report()
            city.site()
        for path in ("/cases", "/reports", "/sites", "/units", "/divisions"):
            with django_assert_max_num_queries(5):
                assert caller.get(path).status_code == 200


def test_tokens_are_made_listed_and_revoked_by_command(city, capsys, client):
    from meicheng.project.commands import run

    user = city.user("creation-office")
    assert (
        run(["token", "create", "hotline", "--user", user.username, "--scopes", "units:read"]) == 0
    )
    key = capsys.readouterr().out.strip().splitlines()[-1]
    asked = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/units", headers=asked).status_code == 200
    row = ApiToken.objects.get()
    assert key not in json.dumps([row.key_hash, row.name, row.scopes])
    assert run(["token", "list"]) == 0
    assert "hotline" in capsys.readouterr().out
    assert run(["token", "revoke", str(row.pk)]) == 0
    keys.forget_known()
    assert client.get("/api/v1/units", headers=asked).status_code == 401
    events = Event.objects.filter(chain=f"account:{user.pk}").order_by("sequence")
    assert [one.verb for one in events] == ["token_made", "token_revoked"]
    assert run(["token", "revoke", "999"]) == 1
    assert run(["token", "create", "x", "--user", "nobody", "--scopes", "units:read"]) == 1
    assert run(["token", "create", "x", "--user", user.username, "--scopes", "all"]) == 1


def test_words_of_people_and_staff_are_masked_but_for_who_may_see_numbers(city, call):
    case = city.case(description="王小明先生反映，电话13800001234", state="registered")
    city.take(case, "dispatch", remark="已致电张伟先生13900005678，热线0731-88665866")
    address = f"/cases/{case.number}"
    plain = [scope for scope in tokens.SCOPES if scope != "reports:personal"]
    masked = call("dispatcher", plain).get(address).json()
    last = masked["events"][-1]["data"]["remark"]
    assert last == "已致电张**先生139****5678，热线0731-88665866"
    assert "13800001234" not in json.dumps(masked)
    seen = call("dispatcher").get(address).json()
    assert seen["events"][-1]["data"]["remark"].startswith("已致电张伟先生13900005678")
    like_a_number = f"13800001234{'a' * 53}"
    Event.objects.filter(chain=case.chain, sequence=1).update(hash=like_a_number)
    assert call("dispatcher", plain).get(address).json()["events"][0]["hash"] == like_a_number
    worker = call("unit-worker", unit=Case.objects.get().unit).get(address).json()
    assert "13900005678" not in json.dumps(worker), (
        "the role may see no numbers, whatever the token"
    )
