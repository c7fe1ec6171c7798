"""How quickly marks come at five million observations, beside plain SQL and plain numpy.

A city of 40 divisions and 36 months under the three shipped standards, filled by SQL. Measured are
all its marks at once, the counting of one new answer, the rebuild of all counters, and a mock
assessment of 10,000 draws.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tools import Failed
from tools.bench import product, record, spread, stopwatch

OBSERVATIONS = int(os.environ.get("MEICHENG_BENCH_OBSERVATIONS", "5000000"))
STANDARDS = ("sanitary-city-2021", "civilised-city-2021", "urban-management-service-2020")
MONTHS = 36
LAST_MONTH = 202610
ROUNDS, ANSWERS, DRAWS = 7, 500, 10_000
SITES_OF_A_KIND = 3  # in each community
SITES_DRAWN = 5  # of each kind in a mock assessment

# Every pair of a site and an item that is looked at there gets its turn, month by month.
FILL = """
INSERT INTO ledger_observation (
  item_id, site_id, division_id, observed_at, month, value, weight, sampled, source, origin,
  remark, recorded_at)
SELECT pairs.item_id, pairs.site_id, pairs.division_id, at,
  extract(year FROM at AT TIME ZONE 'Asia/Shanghai')::int * 100
    + extract(month FROM at AT TIME ZONE 'Asia/Shanghai')::int,
  CASE WHEN (n * 2654435761) %% 1000 < 160 + pairs.number %% 90 THEN 'no'
       WHEN (n * 2654435761) %% 1000 > 960 THEN 'na' ELSE 'yes' END,
  1, n %% 50 <> 0, '', '', '', at
FROM (SELECT n, timestamptz '2026-10-31 12:00+08' - make_interval(secs => n * (36 * 30.4 * 86400.0 / %(count)s)) AS at
      FROM generate_series(1, %(count)s) AS n) AS looks
JOIN pairs ON pairs.number = looks.n::bigint * 7919 %% (SELECT count(*) FROM pairs)
"""


@contextmanager
def a_city_of_observations() -> Iterator[str]:
    """A durable PostgreSQL server with the city in it; gives its URL."""
    with product() as url:
        fill()
        yield url


def fill() -> Any:
    """A little city with 40 divisions, sites of every kind, and its observations without tallies."""
    from django.db import connection

    from meicheng.demo.little import City
    from meicheng.places.models import Division, Site, SiteKind

    city = City()
    city.load_standards(*STANDARDS)
    for number in range(2, 5):
        for district in ("LC", "XC", "SF"):
            parent = _division(city.divisions[district], f"{district}{number:02d}", "subdistrict")
            for place in (1, 2):
                _division(parent, f"{parent.code}{place:02d}", "community")
    communities = list(Division.objects.filter(level="community"))
    Site.objects.bulk_create(
        Site(code=f"{where.code}-{kind.code}-{n}", name_zh="点", name_en="Site", kind=kind, division=where)
        for where in communities
        for kind in SiteKind.objects.all()
        for n in range(SITES_OF_A_KIND)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE pairs AS SELECT row_number() OVER (ORDER BY site.id, served.item_id) - 1"
            " AS number, site.id AS site_id, site.division_id, served.item_id"
            " FROM places_site site JOIN standards_item_site_kinds served"
            " ON served.sitekind_id = site.kind_id"
        )
        cursor.execute("CREATE UNIQUE INDEX ON pairs (number)")
        cursor.execute("ANALYZE pairs")
        # The rows are right by the way they are made; what is measured is not their writing.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(FILL, {"count": OBSERVATIONS})
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("DROP TABLE pairs")
        cursor.execute("ANALYZE")
    return city


def _division(parent: Any, code: str, level: str) -> Any:
    from meicheng.places.models import Division

    return Division.objects.create(
        code=code, name_zh=code, name_en=code, level=level, parent=parent,
        path=f"{parent.path}{code}/", district=parent.district or parent,
    )  # fmt: skip


def main() -> None:
    """Fill the city, then measure what issue 4 asks for, each beside plain code."""
    with a_city_of_observations() as url:
        results: dict[str, object] = {"observations": OBSERVATIONS}
        results["rebuild_seconds"] = rebuilding()
        results["all_marks"] = all_marks()
        results["one_answer"] = one_answer()
        results["mock"] = mock()
        record("marks", results, database_url=url)


def rebuilding() -> dict[str, float]:
    """All counters from the observations, and checking them once they are right."""
    from django.db import connection

    from meicheng.ledger.models import Tally
    from meicheng.ledger.rebuild import rebuild

    with stopwatch() as first:
        rebuild()
    with stopwatch() as check:
        if rebuild(check=True):
            raise Failed("a rebuild must leave nothing that differs")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledger_tally")
        with stopwatch() as plain:
            cursor.execute(
                "SELECT count(*) FROM (SELECT item_id, division_id, month, value, sampled, count(*),"
                " sum(weight) FROM ledger_observation GROUP BY 1, 2, 3, 4, 5) AS grouped"
            )
    return {
        "from_nothing": round(first.seconds, 1),
        "check": round(check.seconds, 1),
        "plain_group_by": round(plain.seconds, 1),
        "tallies": Tally.objects.count(),
    }


def all_marks() -> dict[str, object]:
    """Three standards, 40 divisions, 36 months; the plain figure is the grouped SQL alone."""
    from django.db import connection

    from meicheng.assessment.over import marks_over
    from meicheng.assessment.periods import month_period
    from meicheng.assessment.queries import assess
    from meicheng.places.models import Division
    from meicheng.places.time import months_later
    from meicheng.standards.models import Framework

    figures()
    months = [months_later(LAST_MONTH, -back) for back in range(MONTHS - 1, -1, -1)]
    standards, divisions = list(Framework.objects.all()), list(Division.objects.all())
    times = []
    for _ in range(ROUNDS):
        with stopwatch() as watch:
            found = marks_over(standards, months, divisions)
        times.append(watch.seconds)
    chance = random.Random(1)
    with stopwatch() as single:
        for _ in range(20):
            place, column = chance.randrange(MONTHS), chance.randrange(len(divisions))
            table = chance.choice(found)
            one = assess(
                table.framework, month_period(months[place]), divisions[column], by_site=False
            )
            if abs(float(table.marks[place, column]) - (one.marks or 0.0)) > 1e-9:
                raise Failed("all at once must be the same marks as one by one")
    with connection.cursor() as cursor, stopwatch() as plain:
        cursor.execute(
            "SELECT item_id, site_kind_code, value, month, division_id, sum(weight)"
            " FROM ledger_tally WHERE sampled GROUP BY 1, 2, 3, 4, 5"
        )
        rows = len(cursor.fetchall())
    return {
        "marks": len(standards) * len(divisions) * MONTHS,
        **spread(times),
        "one_by_one_ms": round(single.seconds / 20 * 1000, 1),
        "plain_sql_rows": rows,
        "plain_sql_ms": round(plain.seconds * 1000),
    }


def figures() -> None:
    """A figure for every criterion that needs one, in every division and each half year."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from meicheng.ledger.actions import new_observation, observe_many
    from meicheng.places.models import Division
    from meicheng.standards.models import Criterion, Item

    zone, chance = ZoneInfo("Asia/Shanghai"), random.Random(2)
    wanted = Criterion.objects.filter(rule__kind__in=["target", "trend", "grade"])
    codes = {f"{one.framework.code}/{one.code}" for one in wanted.select_related("framework")}
    divisions = list(Division.objects.all())
    observe_many(
        [
            new_observation(
                item=item,
                division=division,
                observed_at=datetime(year, month, 20, tzinfo=zone),
                value="",
                number=chance.uniform(0, 100),
            )
            for item in Item.objects.filter(code__in=codes)
            for division in divisions
            for year, month in ((2024, 3), (2025, 3), (2025, 9), (2026, 3), (2026, 9))
        ]
    )


def one_answer() -> dict[str, object]:
    """One more answer in a transaction of its own; plain is the row and its counter alone."""
    from django.db import connection, transaction
    from django.utils import timezone

    from meicheng.ledger.actions import new_observation, observe
    from meicheng.places.models import Site
    from meicheng.standards.models import Item

    chance = random.Random(3)
    sites = list(Site.objects.select_related("division")[:2000])
    items = list(Item.objects.filter(source="look", site_kinds__isnull=False).distinct())
    ours, bare, counting = [], [], []
    for _ in range(ANSWERS):
        site, item = chance.choice(sites), chance.choice(items)
        answer = new_observation(
            item=item, site=site, division=site.division, observed_at=timezone.now(),
            value=chance.choice(["yes", "no"]), weight=1,
        )  # fmt: skip
        with stopwatch() as watch, transaction.atomic():
            observe([answer])
        ours.append(watch.seconds)
        with transaction.atomic():
            again = new_observation(
                item=item, site=site, division=site.division, observed_at=timezone.now(),
                value="yes", weight=1,
            )  # fmt: skip
            with stopwatch() as watch:
                observe([again])
            counting.append(watch.seconds)
        with stopwatch() as watch, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_observation (item_id, site_id, division_id, observed_at, month,"
                " value, weight, sampled, source, origin, remark, recorded_at)"
                " VALUES (%s, %s, %s, now(), %s, 'yes', 1, true, '', '', '', now())",
                [item.pk, site.pk, site.division_id, answer.month],
            )
            cursor.execute(
                "INSERT INTO ledger_tally (item_id, division_id, unit_id_or_0, site_kind_code, month,"
                " value, sampled, observations, weight, number) VALUES (%s, %s, 0, %s, %s, 'yes',"
                " true, 1, 1, 0) ON CONFLICT (item_id, month, division_id, site_kind_code,"
                " unit_id_or_0, value, sampled) DO UPDATE SET"
                " observations = ledger_tally.observations + 1, weight = ledger_tally.weight + 1",
                [item.pk, site.division_id, site.kind_id, answer.month],
            )
        bare.append(watch.seconds)
    return {
        "with_commit": spread(ours),
        "work_without_commit": spread(counting),
        "plain_with_commit": spread(bare),
    }


def mock() -> dict[str, object]:
    """10,000 draws of a standard over a quarter's sites; plain is drawing the sites alone in numpy."""
    import numpy as np

    from meicheng.assessment.evidence import gather
    from meicheng.assessment.periods import parse_period
    from meicheng.assessment.queries import root
    from meicheng.engine.scoring.mock import mock_assessment
    from meicheng.places.models import SiteKind
    from meicheng.standards.models import Framework

    city = root()
    if city is None:
        raise Failed("there is no city")
    framework = Framework.objects.get(code="sanitary-city")
    evidence = gather(framework, parse_period("2026Q3"), city)
    plan = dict.fromkeys(SiteKind.objects.values_list("code", flat=True), SITES_DRAWN)
    times = []
    for seed in range(3):
        with stopwatch() as watch:
            found = mock_assessment(framework.document, evidence, plan, draws=DRAWS, seed=seed)
        if found is None:
            raise Failed("nothing is known of the quarter")
        times.append(watch.seconds)
    kinds = {site.stratum.rpartition("/")[2] for one in evidence.values() for site in one.sites}
    per_kind = 24 * SITES_OF_A_KIND
    dice = np.random.default_rng(1)
    with stopwatch() as plain:
        for _ in kinds:
            lots = dice.random((DRAWS, per_kind), dtype=np.float32)
            chosen = np.zeros((DRAWS, per_kind))
            rows = np.arange(DRAWS)[:, None]
            chosen[rows, np.argpartition(lots, SITES_DRAWN, axis=1)[:, :SITES_DRAWN]] = 1.0
            chosen @ np.ones((per_kind, 2))
    return {
        "draws": DRAWS,
        "sites_known": len({site.site for one in evidence.values() for site in one.sites}),
        "sites_drawn": found.sites,
        "seconds": round(sorted(times)[1], 2),
        "plain_numpy_seconds": round(plain.seconds, 2),
    }
