"""The same problem again in a file: by its own times, near a case that had been closed there."""

from __future__ import annotations

from meicheng.cases.models import Case
from meicheng.ledger.models import CaseTally, Event
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify

HEAD = "source_system,number,kind,body,reported_at,longitude,latitude,state,closed_at,unit\n"
AT = ("114.29,34.19", "114.2901,34.1901", "114.30,34.19")  # the second 14 m from the first


def row(number, reported, *, at=0, state="registered", closed="", kind="exposed-litter", unit=""):
    return f"12345,{number},{kind},垃圾堆积,{reported} 08:00:00,{AT[at]},{state},{closed},{unit}\n"


OLD = row(
    "1", "2026-09-01", state="closed", closed="2026-09-03 10:00:00", unit="urban-management-LC"
)


def sound():
    assert rebuild(check=True) == []
    assert not verify().faults


def test_a_new_report_of_a_file_brings_the_closed_case_back(city, bring):
    bring("reports", HEAD + OLD)
    counts = bring("reports", HEAD + row("2", "2026-09-20", at=1))
    assert (counts.imported, counts.notes[1:]) == (1, ["Rows that brought a closed case back: 1"])
    case = Case.objects.get()
    assert (case.state, case.relapsed, case.reports_count) == ("relapsed", True, 2)
    assert case.reports.count() == 2
    last = Event.objects.filter(chain=case.chain).last()
    assert (last.verb, last.data["from"]) == ("relapse", "12345 2")
    sound()
    again = bring("reports", HEAD + OLD + row("2", "2026-09-20", at=1))
    assert (again.duplicates, again.notes[1:]) == (2, [])
    assert Case.objects.count() == 1


def test_what_is_too_far_too_late_or_of_another_kind_is_a_case_of_its_own(city, bring):
    bring("reports", HEAD + OLD)
    others = [
        row("2", "2026-09-20", at=2),
        row("3", "2026-10-04"),
        row("4", "2026-09-02"),
        row("5", "2026-09-20", kind="lamp-out"),
    ]
    counts = bring("reports", HEAD + "".join(others))
    assert (counts.imported, counts.notes[1:]) == (4, [])
    assert Case.objects.filter(relapsed=True).count() == 0
    assert Case.objects.count() == 5


def test_closed_cases_of_one_file_say_of_each_other_that_it_came_back(city, bring):
    unit = "urban-management-LC"
    later = [
        row("3", "2026-09-28", at=1, state="closed", closed="2026-09-29 10:00:00", unit=unit),
        row("2", "2026-09-10", at=1, state="closed", closed="2026-09-11 10:00:00", unit=unit),
    ]
    counts = bring("reports", HEAD + "".join(later) + OLD)
    assert counts.imported == 3
    assert counts.notes[1:] == ["Rows with the same problem again as a closed case: 2"]
    first, second, third = Case.objects.order_by("reported_at")
    assert [one.relapsed for one in (first, second, third)] == [True, True, False]
    said = Event.objects.filter(chain=second.chain, verb="comes_from").get()
    assert said.data["case"] == first.number
    assert sum(CaseTally.objects.values_list("closed", flat=True)) == 3
    assert sum(CaseTally.objects.values_list("not_relapsed", flat=True)) == 1
    sound()


def test_a_check_of_the_file_says_so_and_changes_nothing(city, bring):
    bring("reports", HEAD + OLD)
    counts = bring("reports", HEAD + row("2", "2026-09-20", at=1), dry_run=True)
    assert counts.notes[1:] == ["Rows that brought a closed case back: 1"]
    assert Case.objects.get().state == "closed"
