"""How long every page of the marks takes at five million observations.

The city of the benchmark of marks, with figures, materials and tallies. Each page goes through the product's
whole stack in process: the first time with nothing kept, then again. Plain is fetching the sums of the
tallies that marks are made of, as in that benchmark.
"""

from __future__ import annotations

from typing import Any

from tools import Failed
from tools.bench import record, stopwatch
from tools.bench.marks import OBSERVATIONS, a_city_of_observations, figures

AGAIN = 3
# `told`: the page itself, not the one that says first what is reckoned.
YEAR = "framework=sanitary-city&period=2026Q3&division=CITY&told=1"
PAGES = (
    f"/assessment/?{YEAR}",
    f"/assessment/cards/?{YEAR}",
    f"/assessment/by-place/?{YEAR}",
    f"/assessment/losses/?{YEAR}",
    f"/assessment/what-if/?{YEAR}",
    f"/assessment/trend/?{YEAR}",
    f"/assessment/mock/?{YEAR}",
    f"/assessment/next-steps/?{YEAR}",
    f"/assessment/robustness/?{YEAR}",
    f"/assessment/criterion/?{YEAR}&criterion=3.1.1",
    f"/assessment/duties/?{YEAR}",
    f"/assessment/plans/?{YEAR}",
    f"/assessment/gaps/?{YEAR}",
    f"/assessment/report.docx?{YEAR}",
    f"/assessment/report.pdf?{YEAR}",
    "/standards/",
    "/standards/looks/",
    "/standards/unused/",
    "/inspections/",
    "/inspections/look-alikes/",
    "/inspections/rounds/",
    "/materials/?framework=sanitary-city&year=2026&division=CITY",
    "/figures/?framework=sanitary-city&period=2026Q3&division=CITY",
    "/figures/periods/",
    "/figures/vetoes/",
    "/lists/",
)


def main() -> None:
    """Fill the city, then open every page as the creation office."""
    with a_city_of_observations() as url:
        from django.db import connection
        from django.test import Client

        from meicheng.inspections.lookalikes import learned
        from meicheng.ledger.rebuild import rebuild

        rebuild()
        figures()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        office = person()
        results: dict[str, object] = {"observations": OBSERVATIONS}
        with stopwatch() as learning:
            learned()
        results["look_alikes_learned_seconds"] = round(learning.seconds, 1)
        print(results, flush=True)
        browser = Client()
        browser.force_login(office)
        browser.get("/standards/", headers={"accept-language": "zh-CN"})  # what is made once
        pages = {}
        for address in PAGES:
            times = [seconds(browser, address) for _ in range(1 + AGAIN)]
            name = address.split("?")[0]
            pages[name] = {
                "first_ms": round(times[0] * 1e3),
                "again_ms": round(min(times[1:]) * 1e3),
            }
            print(f"  {name}: {pages[name]}", flush=True)
        results["pages"] = pages
        with connection.cursor() as cursor, stopwatch() as plain:
            cursor.execute(
                "SELECT item_id, site_kind_code, value, sum(weight) FROM ledger_tally"
                " WHERE sampled AND month BETWEEN 202607 AND 202609 GROUP BY 1, 2, 3"
            )
            cursor.fetchall()
        results["plain_sums_ms"] = round(plain.seconds * 1000)
        record("rooms", results, database_url=url)


def person() -> Any:
    """Somebody of the creation office."""
    from meicheng.organisation.models import Membership, User
    from meicheng.places.models import Division

    root = Division.objects.get(parent=None)
    made = User.objects.create_user("bench-office", "-", display_name="bench")
    Membership.objects.create(user=made, role="creation-office", division=root)
    return made


def seconds(browser: Any, address: str) -> float:
    """The time until the last byte of a page."""
    with stopwatch() as watch:
        answer = browser.get(address, headers={"accept-language": "zh-CN"})
        if answer.status_code != 200:
            raise Failed(f"{address} answers {answer.status_code}")
        size = len(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    if not size:
        raise Failed(f"{address} is empty")
    return watch.seconds
