"""Whatever leaves the system as a file or in bulk is an event: who, what, by which filters."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import unquote

import pytest
from django.utils import timezone

from meicheng.accounts.access import accesses
from meicheng.commitments.actions import promise
from meicheng.files.documents import store_document
from meicheng.ledger.models import Event
from meicheng.ledger.verify import verify
from meicheng.lists.actions import Draft, make_list
from meicheng.materials.actions import file_material
from meicheng.organisation.personal import seal
from meicheng.places.time import city_day
from meicheng.project.commands import run
from meicheng.standards.models import Framework, Item
from tests.house.test_every_cell import surveyed

ASKED = "framework={framework}&period=2026Q3"
# Every door to a file, as its address reads; what stands in brackets is filled in below.
DOORS = [
    "cases/export", "lists/template.xlsx", "lists/{list}/list.xlsx", "figures/figures.xlsx",
    "materials/materials.xlsx", "materials/materials.zip", "materials/{filing}/document",
    "commitments/commitments.xlsx", "commitments/{promise}/readings.xlsx",
    "appraisal/ranking.xlsx", "appraisal/bulletin/202609.docx", "appraisal/bulletin/202609.xlsx",
    "assessment/marks.xlsx", "assessment/losses.xlsx", "assessment/by-place.xlsx", "assessment/report.docx",
    "assessment/report.pdf", "assessment/trend.xlsx", "assessment/mock.xlsx",
    "assessment/next-steps.xlsx", "assessment/robustness.xlsx", "assessment/duties.xlsx",
    "assessment/plans.xlsx", "assessment/gaps.xlsx", "standards/looks.xlsx",
    "standards/{standard}/file.yaml", "import/template/sites.csv",
    "import/export/sites.csv", "import/export/units.xlsx", "api/v1/filings/{filing}/document",
]  # fmt: skip
# Doors that need more than a little city to open; the middleware that keeps exports is the same.
NOT_HERE = {
    "inspections/rounds/<str:code>.xlsx", "inspections/look-alikes.xlsx",
    "assessment/dry-runs/<str:code>.xlsx", "assessment/plans/<str:code>.xlsx",
    "surveys/<str:code>/results.xlsx", "surveys/index/<str:index>.xlsx",
}  # fmt: skip


@pytest.fixture
def filled(city):
    """What the doors need to open."""
    city.load_standards("sanitary-city-2021")
    city.site()
    city.case(state="in_progress")
    office, worker = city.user("creation-office"), city.user("unit-worker")
    due = city_day(timezone.now())
    listed = make_list(office, title="清单", source="mock", division=city.division("LC"),
                       items=[Draft("问题", city.unit(), due)], key="x")  # fmt: skip
    item = Item.objects.filter(source=Item.Source.MATERIAL).first()
    document = store_document(city.jpeg(), by=worker, name="plan.jpg")
    filing = file_material(worker, unit=city.unit(), items=[item], file=document, key="x",
                           file_name="plan.jpg", title="方案", dated=date(2026, 3, 1))  # fmt: skip
    standard = Framework.objects.get()
    promised = promise(office, words="积存案件", unit=city.unit(), division=city.division("LC"),
                       post="队长", metric="open", direction="most", figure=5, key="x",
                       start=due - timedelta(days=9), due=due + timedelta(days=9))  # fmt: skip
    return {
        "promise": promised.code,
        "survey": surveyed(city).code,
        "list": listed.code,
        "filing": filing.code,
        "standard": f"{standard.code}/{standard.edition}",
        "framework": standard.code,
    }


def test_every_door_to_a_file_writes_who_took_what(city, client, filled):
    office = city.user("creation-office")
    client.force_login(office)
    silent = []
    for door in DOORS:
        path = "/" + door.format(**filled)
        before = Event.objects.filter(verb="exported").count()
        answer = client.get(f"{path}?{ASKED.format(**filled)}" if "export/" not in path else path)
        kept = Event.objects.filter(verb="exported")
        inline = answer.headers.get("Content-Disposition", "").startswith("inline")
        if answer.status_code != 200 or (kept.count() != before + 1 and not inline):
            silent.append(f"{path}: {answer.status_code}, {kept.count() - before} events")
    assert silent == []
    assert set(Event.objects.filter(verb="exported").values_list("by", flat=True)) == {office.pk}
    shown, lines = accesses(who=office.display_name)
    assert shown.count == len(lines) > 20
    assert any("period=2026Q3" in line.filters for line in lines)
    rows = {line.what: line.rows for line in lines}
    assert rows["sites.csv"] == 1
    assert next(n for name, n in rows.items() if name.startswith("cases-")) == 1
    assert sum(n is not None for n in rows.values()) > 12
    assert not verify().found


def test_a_file_whose_name_is_chinese_is_kept_and_saved_by_that_name(city, client, filled):
    type(city.unit()).objects.filter(pk=city.unit().pk).update(code="市政一队")
    client.force_login(city.user("creation-office"))
    names = []
    for door in ("assessment/duties.xlsx", "materials/materials.zip"):
        answer = client.get(f"/{door}?{ASKED.format(**filled)}&unit=市政一队")
        names.append(unquote(answer["Content-Disposition"]).partition("''")[2])
        assert "-市政一队." in names[-1], door
    _shown, lines = accesses(who=city.user("creation-office").display_name)
    assert {line.what for line in lines} == set(names)


def test_reading_in_bulk_through_the_api_is_taking_out(city, client):
    for _ in range(4):
        city.site()
    client.force_login(city.user("creation-office"))
    assert client.get("/api/v1/sites?limit=3").status_code == 200
    assert not Event.objects.filter(verb="exported").exists()
    following = client.get("/api/v1/sites?limit=3").json()["next"]
    client.get(f"/api/v1/sites?limit=3&cursor={following}")
    event = Event.objects.get(verb="exported")
    assert (event.data["door"], event.data["rows"]) == ("/api/v1/sites", 1)


def test_the_command_line_is_kept_too(city, tmp_path, capsys):
    city.site()
    assert run(["export", "sites", str(tmp_path / "sites.csv")]) == 0
    event = Event.objects.get(verb="exported")
    assert (event.by, event.data["door"], event.data["rows"]) == (None, "meicheng export", 1)
    assert accesses()[1][0].who == ""


def test_looking_at_a_number_stands_beside_the_exports(city, client):
    report = city.report(phone_sealed=seal("13900000000"), phone_masked="139****0000")
    client.force_login(city.user("dispatcher"))
    client.post(f"/reports/{report.code}/phone", {"reason": "回访核实"})
    client.force_login(city.user("auditor"))
    page = client.get("/ledger/access/?kind=phone_seen").content.decode()
    assert "回访核实" in page
    assert "13900000000" not in page
    assert "回访核实" not in client.get("/ledger/access/?kind=exported").content.decode()
    assert client.get("/ledger/access/?since=2026-02-31&until=x&page=99").status_code == 200


def test_nobody_else_sees_who_took_what(city, client):
    for role in ("dispatcher", "district-lead", "administrator"):
        client.force_login(city.user(role))
        assert client.get("/ledger/access/").status_code == 403
