"""Visits from files: sheets that were filled in by hand, and other systems' tables."""

from __future__ import annotations

import pytest
from openpyxl import Workbook

from meicheng.cases.models import Case
from meicheng.exchange.running import import_file
from meicheng.exchange.writing import export_file
from meicheng.inspections.models import Visit
from meicheng.ledger.models import Observation
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.tables.kinds import Refused, kind_of


def test_a_sheet_has_a_column_for_each_item(city, tmp_path):
    site = city.site()
    book = Workbook()
    book.active.append(["site", "visited_at", "inspector", "路灯完好、夜间点亮", "swept"])
    book.active.append([site.code, "2026-09-01 09:30", "督查一组", "合格", "否"])
    path = tmp_path / "visits.xlsx"
    book.save(path)
    counts = import_file(kind_of("visits"), path)
    assert counts.imported == 1
    visit = Visit.objects.get()
    assert (visit.passed, visit.failed, visit.by_name) == (1, 1, "督查一组")
    seen = Observation.objects.filter(origin=visit.origin)
    assert set(seen.values_list("item__code", "value")) == {("lamps-lit", "yes"), ("swept", "no")}
    case = Case.objects.get()
    assert (case.kind_id, case.state, case.site) == ("dirty-road", "registered", site)
    assert case.reported_at == visit.visited_at
    assert rebuild(check=True) == []
    assert not verify().faults
    assert import_file(kind_of("visits"), path).duplicates == 1


def test_what_is_open_already_is_not_opened_again(city, bring):
    site = city.site()
    head = "number,site,visited_at,answers\n"
    bring(
        "visits", head + f"1,{site.code},2026-09-01,swept=no\n2,{site.code},2026-09-02,swept=no\n"
    )
    assert Visit.objects.count() == 2
    assert Case.objects.count() == 1


def test_past_visits_may_open_no_cases(city, bring):
    site = city.site()
    bring("visits", f"site,visited_at,answers,open_cases\n{site.code},2019-09-01,swept=no,no\n")
    assert not Case.objects.exists()


def test_a_visit_after_a_complaint_estimates_nothing(city, bring):
    site = city.site()
    bring("visits", f"site,visited_at,reason,swept\n{site.code},2026-09-01,投诉,yes\n")
    assert not Observation.objects.get().sampled


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("NOWHERE,2026-09-01,yes,", "site"),
        ("SITE,2999-09-01,yes,", "visited_at"),
        ("SITE,2026-09-01,perhaps,", "swept"),
        ("SITE,2026-09-01,,nothing=yes", "answers"),
        ("SITE,2026-09-01,,stalls-clean=yes", "answers"),
        ("SITE,2026-09-01,,swept", "answers"),
        ("SITE,2026-09-01,,", "answers"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_column(city, bring, row, column):
    rows = "site,visited_at,swept,answers\n" + row.replace("SITE", city.site().code) + "\n"
    counts = bring("visits", rows)
    assert [fault.column for fault in counts.first_rejected] == [column]
    assert not Visit.objects.exists()


def test_a_column_that_is_no_item_is_named(city, bring):
    with pytest.raises(Refused, match="swpet"):
        bring("visits", f"site,visited_at,swpet\n{city.site().code},2026-09-01,yes\n")
    assert not Visit.objects.exists()


def test_visits_out_and_in_again_change_nothing(city, bring, tmp_path):
    site = city.site()
    bring("visits", f"site,visited_at,swept,lamps-lit\n{site.code},2026-09-01,yes,na\n")
    path = tmp_path / "out.csv"
    assert export_file(kind_of("visits"), path) == 1
    assert import_file(kind_of("visits"), path).duplicates == 1
    assert "lamps-lit=na" in path.read_text(encoding="utf-8-sig")
