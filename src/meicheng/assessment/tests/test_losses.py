"""The account of lost marks adds up, however it is cut."""

import io
import random
import re

import pytest
from django.utils import translation
from openpyxl import load_workbook

from meicheng.assessment.losses import CUTS, Account, Part, losses_chart, lost_marks
from meicheng.assessment.queries import assess
from meicheng.ledger.actions import new_observation, observe
from meicheng.places.models import Site
from meicheng.standards.models import Framework, Item

from .golden import criterion, node
from .golden import standard as one_criterion
from .test_marks import AT, QUARTER, look, standard  # noqa: F401


def cut(framework, city, by, **only):
    result = assess(framework, QUARTER, city.root)
    return lost_marks(framework, QUARTER, city.root, result, by=by, only=only)


def test_a_loss_is_shared_out_by_where_it_arose(city, standard):  # noqa: F811
    lane, other = city.site("back-lane"), city.site("back-lane", division="XC0101")
    for value in ["no"] * 3 + ["yes"] * 12:
        look(city, lane, "swept", value)
    for value in ["no"] + ["yes"] * 4:
        look(city, other, "swept", value)
    # only 1.1 is known, so it is worth all 100 marks: 4 of 20 fail, 20 lost; LC has 3 of the 4
    account = cut(standard, city, "district")
    assert account.total == pytest.approx(20)
    assert {part.code: part.marks for part in account.parts} == pytest.approx({"LC": 15, "XC": 5})


def test_a_figure_of_the_whole_city_is_nobodys_district(city, standard):  # noqa: F811
    Item.objects.filter(code="notice-board").update(criteria=["little/1.2"])
    figure = new_observation(
        item=Item.objects.get(code="notice-board"),
        division=city.root,
        observed_at=AT,
        value="",
        number=40,
    )
    observe([figure])
    (part,) = cut(standard, city, "district").parts
    assert (part.code, part.marks) == ("", pytest.approx(100))


def test_a_deduction_is_lost_where_its_problems_are_at_what_each_costs(city):
    rule = {"kind": "deduct", "per": 0.02, "by_kind": {"exposed-litter": 0.05}}
    one_criterion(node("1", 1, criterion("a", rule)))
    Item.objects.filter(code__in=["no-dirty-corner", "swept"]).update(criteria=["g/a"])
    lane, other = city.site("back-lane"), city.site("back-lane", division="XC0101")
    look(city, lane, "no-dirty-corner", "no")  # opens exposed-litter: 0.05
    look(city, other, "swept", "no")  # opens dirty-road: 0.02
    look(city, other, "swept", "", number=3, weight=4)  # 3 · 0.02, whatever the look weighs
    account = cut(Framework.objects.get(code="g"), city, "district")
    found = {part.code: part.marks for part in account.parts}
    assert found == pytest.approx({"LC": 100 * 0.05, "XC": 100 * (0.02 + 3 * 0.02)})


def test_the_parts_add_up_to_the_loss_however_it_is_cut(city):
    city.load_standards("sanitary-city-2021")
    framework = Framework.objects.get(code="sanitary-city")
    dice = random.Random(5)
    items = list(Item.objects.filter(source="look").prefetch_related("site_kinds"))
    seen = []
    for number in range(40):
        item = dice.choice(items)
        kind = dice.choice(list(item.site_kinds.all()))
        where = dice.choice([one for one in city.divisions.values() if one.level == "community"])
        site = Site.objects.create(
            code=f"S{number}", name_zh=f"{number}", kind=kind, division=where
        )
        for _ in range(5):
            seen.append(
                new_observation(
                    item=item,
                    site=site,
                    division=where,
                    observed_at=AT,
                    value=dice.choice(["yes", "yes", "no"]),
                )
            )
    observe(seen)
    result = assess(framework, QUARTER, city.root)
    loss = result.full_marks - result.marks
    assert loss > 0
    for by in CUTS:
        account = cut(framework, city, by)
        assert account.total == pytest.approx(loss, abs=1e-9)
        assert sum(part.marks for part in account.parts) == pytest.approx(loss, abs=1e-9)
        inner = next(other for other in CUTS if other != by)
        deeper = [cut(framework, city, inner, **{by: part.code}).total for part in account.parts]
        assert sum(deeper) == pytest.approx(loss, abs=1e-9)


def test_the_page_cuts_and_cuts_again(city, standard, client, django_assert_max_num_queries):  # noqa: F811
    lane = city.site("back-lane")
    for value in ["no", "no", "yes"]:
        look(city, lane, "swept", value)
    client.force_login(city.user("creation-office"))
    question = "/assessment/losses/?framework=little&period=2026Q3"
    first = client.get(question).content.decode()
    assert "node=1" in first
    with django_assert_max_num_queries(26):
        page = client.get(f"{question}&node=1&by=district").content.decode()
    assert "district=LC" in page
    last = client.get(f"{question}&node=1&district=LC&by=criterion&unit=&site_kind=back-lane")
    assert last.status_code == 200


def test_the_losses_are_drawn_with_their_sentence_and_taken_along(city, standard, client):  # noqa: F811
    for value in ["no", "no", "yes"]:
        look(city, city.site("back-lane"), "swept", value)
    client.force_login(city.user("creation-office"))
    client.cookies["django_language"] = "en"
    asked = "framework=little&period=2026Q3&by=criterion&district=LC"
    answer = client.get(f"/assessment/losses/?{asked}")
    chart, account = answer.context["chart"], answer.context["account"]
    assert sum(chart.series[0].values) == pytest.approx(account.total)
    assert f"{account.total:.2f} marks lost in all, most by" in chart.says
    page = answer.content.decode()
    assert f'aria-label="{chart.says}"' in page  # what a reader who cannot see it hears
    book = re.search(r'href="(/assessment/losses\.xlsx[^"]*)"', page)[1].replace("&amp;", "&")
    sheet = load_workbook(io.BytesIO(client.get(book).content)).active
    head, _headings, *rows, total = sheet.iter_rows(values_only=True)
    assert "District: Liuchi District" in head
    assert [row[0] for row in rows] == [part.name for part in account.parts]
    assert total[:2] == ("Total", pytest.approx(account.total))


def test_many_small_losses_are_told_together(db):
    parts = tuple(Part(str(n), f"criterion {n}", 20.0 - n, (20 - n) / 210) for n in range(20))
    with translation.override("en"):
        chart = losses_chart(Account("criterion", 210.0, parts))
    # 20 + 19 + … + 1 = 210: fifteen are drawn, and 5 + 4 + 3 + 2 + 1 are left
    assert len(chart.labels) == 15
    assert "Not drawn are 5 smaller ones with 15.00 together." in chart.says
    assert losses_chart(Account("criterion", 0.0, ())) is None


def test_the_place_asked_for_is_no_cut(city, standard, client):  # noqa: F811
    look(city, city.site("back-lane"), "swept", "no")
    client.force_login(city.user("creation-office"))
    question = "/assessment/losses/?framework=little&period=2026Q3"
    whole = client.get(question).context["account"].total
    assert whole > 0
    assert client.get(f"{question}&division=CITY").context["account"].total == whole
    assert client.get(f"{question}&division=CITY&district=LC").context["account"].total == whole


def test_who_may_not_see_the_marks_does_not_see_the_losses(city, client):
    client.force_login(city.user("administrator"))
    assert client.get("/assessment/losses/").status_code == 403
