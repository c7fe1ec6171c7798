"""An officer reads what a standard asks, how it is seen, and what one look serves."""

import pytest
from django.urls import reverse

from meicheng.engine.frameworks import framework_from, read_xlsx, read_yaml
from meicheng.standards.actions import load_packs
from meicheng.standards.models import Framework, Item
from meicheng.standards.queries import shared_looks


@pytest.fixture
def office(city, client):
    """Somebody of the creation office at a screen, in English, with all three standards loaded."""
    load_packs(replace=True)
    client.force_login(city.user("creation-office"))
    client.cookies["django_language"] = "en"
    return client


def shown(client, path, **more):
    answer = client.get(path, headers={"accept-language": "en"}, **more)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_says_what_each_standard_asks_and_what_one_look_saves(office):
    page = shown(office, reverse("standards:list"))
    looks = shared_looks()
    for framework in Framework.objects.all():
        assert framework.name_en in page
    assert f"{looks.saved:,}</b> looks saved" in page
    assert 0 < looks.saved < looks.separate


def test_looks_are_counted_once_for_each_item_and_once_for_each_standard_it_serves(city):
    load_packs(replace=True)
    Item.objects.filter(source="look").exclude(code__in=["bins-fit", "lamps-lit"]).update(
        active=False
    )
    rows = {row.kind.code: row for row in shared_looks().kinds}
    # at a main road lamps-lit serves one standard and bins-fit two; 1.2.4 of the third names no lanes
    assert (rows["main-road"].asked, rows["main-road"].separate) == (2, 1 + 2)
    assert (rows["back-lane"].asked, rows["back-lane"].separate) == (2, 1 + 1)
    assert (rows["old-estate"].asked, rows["old-estate"].separate) == (1, 1)


def test_an_item_that_no_standard_uses_is_listed(office):
    Item.objects.create(
        code="flower-pots", name_zh="花盆", name_en="Flower pots", criteria=["old/9"]
    )
    assert "items that no standard uses" in shown(office, reverse("standards:list"))
    assert "Flower pots" in shown(office, reverse("standards:unused"))


def test_a_standard_shows_rules_in_words_and_how_far_they_are_confirmed(office):
    page = shown(office, reverse("standards:standard", args=["sanitary-city", "2021"]))
    assert "Full marks up to 7.8‰, or when lower than the year before, else none" in page
    assert "To be checked" in page
    assert "When it happens, the whole standard is not passed" in page


def test_a_criterion_shows_its_items_and_what_else_the_same_look_serves(office):
    page = shown(office, reverse("standards:criterion", args=["sanitary-city", "2021", "3.1.5"]))
    assert "Swept and kept clean" in page
    assert reverse("standards:criterion", args=["civilised-city", "2021", "6.1.5"]) in page
    assert (
        reverse("standards:criterion", args=["urban-management-service", "2020", "1.1.1"]) in page
    )


def test_every_criterion_of_every_standard_has_its_page(office):
    for framework in Framework.objects.all():
        standard = framework_from(framework.document)
        codes = {leaf.method: leaf.code for _node, leaf in standard.all_criteria()}
        for code in codes.values():
            shown(
                office, reverse("standards:criterion", args=[standard.code, standard.edition, code])
            )


def test_a_standard_leaves_as_a_file_that_comes_back_the_same(office):
    standard = framework_from(Framework.objects.get(code="civilised-city").document)
    address = [standard.code, standard.edition]
    yaml = office.get(reverse("standards:file", args=[*address, "yaml"]))
    assert read_yaml(yaml.content.decode()) == (standard, [])
    xlsx = office.get(reverse("standards:file", args=[*address, "xlsx"]))
    assert read_xlsx(xlsx.content) == (standard, [])
    assert 'filename="civilised-city-2021.xlsx"' in xlsx["Content-Disposition"]


@pytest.mark.parametrize(
    "path",
    ["/standards/none/2021/", "/standards/sanitary-city/2021/99/", "/standards/a/1/file.pdf"],
)
def test_what_is_not_there_is_not_found(office, path):
    assert office.get(path).status_code == 404


def test_an_administrator_of_accounts_and_strangers_do_not_see_standards(city, client):
    assert client.get("/standards/").status_code == 302
    client.force_login(city.user("administrator"))
    assert client.get("/standards/").status_code == 403


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/standards/", 18),
        ("/standards/looks/", 12),
        ("/standards/unused/", 10),
        ("/standards/sanitary-city/2021/", 14),
        ("/standards/sanitary-city/2021/3.1.5/", 16),
    ],
)
def test_the_number_of_statements_does_not_grow(
    city, client, django_assert_max_num_queries, path, most
):
    client.force_login(city.user("creation-office"))
    load_packs(frameworks=["sanitary-city-2021"], replace=True)
    with django_assert_max_num_queries(most) as small:
        client.get(path)
    load_packs(replace=True)
    for number in range(12):
        city.site(("back-lane", "square", "park")[number % 3])
    with django_assert_max_num_queries(most) as large:
        client.get(path)
    assert len(large) == len(small)


def test_a_city_without_standards_is_told_what_to_do(city, client):
    Framework.objects.all().delete()
    client.force_login(city.user("creation-office"))
    assert "meicheng setup" in client.get("/standards/").content.decode()
