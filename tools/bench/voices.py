"""How long it takes to find the same problem, reports like one, and words, among a million reports.

The city of `pages` with a report for each of its cases, told in the words of its case. Each figure is
of the function that a page calls, or of the whole page where it says so, beside the bare statement that
reads the same rows. MEICHENG_BENCH_DATABASE names a database that is filled once and kept.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from typing import Any

from tools.bench import record, spread
from tools.bench.pages import filled, measured, office

LOOKED = 100
FILL = """
INSERT INTO voices_report (
  code, state, source, source_system, case_id, kind_id, suggested, subject, body, division_id,
  address, longitude, latitude, reporter, name_digest, name_masked, phone_digest, phone_masked,
  reported_at, received_at, votes, against, reply, replied_at, rating_remark, extra)
SELECT 'B' || lpad(id::text, 11, '0'), CASE state WHEN 'registered' THEN 'received'
    WHEN 'closed' THEN 'answered' ELSE 'accepted' END,
  (ARRAY['portal','hotline','api','open311'])[1 + id %% 4], '', id, kind_id, '[]', '', description,
  division_id, address, longitude, latitude, '', '', '', '', '', reported_at, reported_at, 0, 0, '',
  closed_at, '', '{}'
FROM cases_case
"""
SEARCHES = {"common": "垃圾", "place": "归德路", "two_words": "归德路 垃圾", "long": "归德路13号",
            "number": "99831", "nothing": "火星飞船"}  # fmt: skip
# The plain way, which reads everything.
LIKE = "SELECT id FROM voices_report WHERE body LIKE %s OR address LIKE %s ORDER BY reported_at DESC LIMIT 50"
LIST = "SELECT * FROM voices_report ORDER BY reported_at DESC, id DESC LIMIT 50"
NEAR = """SELECT * FROM cases_case WHERE closed_at IS NULL AND cell IN
(SELECT cell FROM cases_case WHERE id = %s) ORDER BY reported_at DESC LIMIT 150"""


def main() -> None:
    """Fill a city with reports by SQL, then look for the same, the like, and words."""
    with filled() as (url, results):
        _fill_reports()
        results |= _looked_for()
        for name, words in SEARCHES.items():
            address = f"/reports/?state=all&q={words}"
            results[f"page_words_{name}"] = measured(office(), address, LIKE, [f"%{words}%"] * 2)
        results["page_list"] = measured(office(), "/reports/?state=all", LIST, [])
        record("voices", results, database_url=url)


def _fill_reports() -> None:
    from django.db import connection

    from meicheng.voices.models import Report

    if Report.objects.exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(FILL, [])
        cursor.execute("VACUUM ANALYZE voices_report")


def _looked_for() -> dict[str, object]:
    """Timings of finding the same problem and reports like one, for reports drawn by lot."""
    from meicheng.voices.models import Report
    from meicheng.voices.topics.alike import reports_like
    from meicheng.voices.topics.same import possible_cases

    chance, user = random.Random(3), office()
    newest = Report.objects.latest("pk").pk
    keys = chance.sample(range(newest - 9000, newest), LOOKED)
    latest = list(Report.objects.filter(pk__in=keys))
    any_time = list(Report.objects.filter(pk__in=chance.sample(range(1, newest), LOOKED)))
    blind = [Report(**{**_values(one), "longitude": None, "latitude": None}) for one in latest]
    return {
        "same_problem": _timed(possible_cases, latest),
        "same_problem_without_position": _timed(possible_cases, blind),
        "same_problem_plain_sql": _timed(_plain, [one.case_id for one in latest]),
        "reports_like_new": _timed(lambda one: reports_like(one, user), latest),
        "reports_like_old": _timed(lambda one: reports_like(one, user), any_time),
    }


def _values(report: Any) -> dict[str, Any]:
    return {field.attname: getattr(report, field.attname) for field in report._meta.concrete_fields}


def _plain(case: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(NEAR, [case])
        cursor.fetchall()


def _timed(does: Callable[[Any], object], given: Iterable[Any]) -> dict[str, float]:
    taken = []
    for one in given:
        began = time.perf_counter()
        does(one)
        taken.append(time.perf_counter() - began)
    return spread(taken[3:])
