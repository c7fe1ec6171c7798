"""How long pages take at a million cases, beside the bare SQL that they cannot do without.

The list of cases (first and hundredth page; all, filtered, sorted by time left), searches for words
that few, many and very many cases hold, one case, and the map at every zoom, each through the product's whole stack in process: session, permissions, query,
template. The plain figure is psycopg fetching the rows of one statement, and nothing more.

The filling takes two minutes and more. MEICHENG_BENCH_DATABASE names a database that is filled once and
kept, so that the next run only measures.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from typing import Any

from tools.bench import database, record, spread, stopwatch

CASES = int(os.environ.get("MEICHENG_BENCH_CASES", "1000000"))
SPOTS = 30_000
TOLD = 20_000  # different descriptions
ROUNDS, WARM = 40, 3
ZOOMS = [9, 11, 13, 15, 17]

FILL = """
INSERT INTO cases_case (
  number, state, kind_id, severity, description, source, division_id, district_id, address,
  longitude, latitude, cell, unit_id, reports_count, reported_at, registered_at, dispatched_at,
  due_at, resolved_at, closed_at, redo_count, sent_back_count, relapsed, outcome, events_count,
  head_hash, updated_at{columns})
SELECT 'A-' || to_char(at, 'YYYYMMDD') || '-' || n, state, kinds.code, 1, told.words || n,
  (ARRAY['portal','hotline','staff','inspection','api'])[1 + n %% 5],
  spots.division_id, spots.district_id, 'street ' || n %% 977,
  spots.longitude, spots.latitude, spots.cell, units.id, 1, at, at, at, at + interval '2 days',
  CASE WHEN state = 'closed' THEN at + interval '1 day' END,
  CASE WHEN state = 'closed' THEN at + interval '30 hours' END,
  n %% 13 / 12, 0, false, '', 6, '', at{values}
FROM (
  SELECT n, now() - make_interval(mins => %(cases)s - n) AS at,
    CASE WHEN n > %(cases)s * 0.985 OR n %% 211 = 0
      THEN (ARRAY['registered','dispatched','accepted','in_progress','resolved'])[1 + n %% 5]
      ELSE 'closed' END AS state
  FROM generate_series(1, %(cases)s) AS n) AS made
JOIN spots ON spots.id = made.n::bigint * 7919 %% %(spots)s
JOIN kinds ON kinds.id = made.n %% (SELECT count(*) FROM kinds)
JOIN units ON units.district_id = spots.district_id AND units.place = made.n %% units.among
JOIN told ON told.id = made.n::bigint * 6151 %% %(told)s
"""
# The same pieces as `cases.text.text_of` gives, put together from those of the parts.
FILL_TEXTS = """
INSERT INTO cases_casetext (case_id, open, grams)
SELECT c.id, c.closed_at IS NULL, concat_ws(' ', c.id %% 10000, k.grams, d.grams, told.grams,
  substr(c.id::text, 1, 3), substr(c.id::text, 2, 3), substr(c.id::text, 3, 3),
  substr(c.id::text, 4, 3))
FROM cases_case c
JOIN parts k ON k.key = c.kind_id
JOIN parts d ON d.key = c.division_id::text
JOIN told ON told.id = c.id * 6151 %% %(told)s
"""


# What is looked for, from a word in every few cases to a number that one case has.
SEARCHES = {"common": "垃圾", "place": "归德路", "two_words": "归德路 垃圾", "long": "归德路13号",
            "district": "柳池", "number": "99831", "nothing": "火星飞船"}  # fmt: skip
WEEK = [str(date.today() - timedelta(days=back)) for back in (40, 33)]
WORDS = {"open": "q=垃圾", "district_due": "group=all&q=柳池&sort=due",
         "all": "group=all&q=垃圾", "all_due": "group=all&q=归德路&sort=due",
         "unit": "group=all&q=归德路&unit=urban-management-LC&kind=lamp-out",
         "closed_mine": "q=归德路&mine=1"}  # fmt: skip
# The plain way, which reads everything: what a page would cost without an index of words.
LIKE = """SELECT id FROM cases_case WHERE description LIKE %s OR address LIKE %s
ORDER BY reported_at DESC LIMIT 50"""


def main() -> None:
    """Fill a city with cases by SQL, then measure its pages."""
    with filled() as (url, results):
        who = office()
        for name, address, statement, values in pages():
            results[name] = measured(who, address, statement, values)
        record("pages", results, database_url=url)


@contextmanager
def filled() -> Iterator[tuple[str, dict[str, object]]]:
    """A city with a million cases, filled or kept: its database's URL, and what is told of it."""
    kept = os.environ.get("MEICHENG_BENCH_DATABASE")
    with (
        tempfile.TemporaryDirectory(prefix="meicheng-bench-") as folder,
        nullcontext(kept) if kept else database() as url,
    ):
        os.environ |= {
            "DATABASE_URL": url,
            "MEICHENG_VAR": folder,
            "DJANGO_SETTINGS_MODULE": "meicheng.project.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command

        from meicheng.cases.models import Case

        call_command("migrate", verbosity=0)
        with stopwatch() as filling:
            if not Case.objects.exists():
                fill()
        yield url, {"cases": Case.objects.count(), "filled_in_seconds": round(filling.seconds)}


def office() -> Any:
    """Somebody of the creation office, who sees the whole city."""
    from meicheng.organisation.models import Membership, User
    from meicheng.places.models import Division

    user, new = User.objects.get_or_create(username="bench", defaults={"display_name": "Bench"})
    if new:
        city = Division.objects.get(code="CITY")
        Membership.objects.create(user=user, role="creation-office", division=city)
    return user


def fill() -> None:
    """A little city with as many cases as a large one."""
    from django.db import connection

    from meicheng.demo.little import City

    city = City()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE spots (id bigint PRIMARY KEY, division_id bigint,"
            " district_id bigint, longitude float8, latitude float8, cell bigint)"
        )
        cursor.executemany("INSERT INTO spots VALUES (%s, %s, %s, %s, %s, %s)", spots(city))
        cursor.execute(
            "CREATE TEMP TABLE kinds AS SELECT row_number() OVER () - 1 AS id, code"
            " FROM standards_casekind"
        )
        cursor.execute(
            "CREATE TEMP TABLE units AS SELECT id, division_id AS district_id,"
            " row_number() OVER (PARTITION BY division_id ORDER BY id) - 1 AS place,"
            " count(*) OVER (PARTITION BY division_id) AS among FROM organisation_unit"
        )
        cursor.execute("CREATE TEMP TABLE told (id bigint PRIMARY KEY, words text, grams text)")
        cursor.executemany("INSERT INTO told VALUES (%s, %s, %s)", told(city))
        cursor.execute("CREATE TEMP TABLE parts (key text PRIMARY KEY, grams text)")
        cursor.executemany("INSERT INTO parts VALUES (%s, %s)", parts(city))
        cursor.execute(filling(), {"cases": CASES, "spots": SPOTS, "told": TOLD})
        # An index is made faster at once than row by row.
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'cases_casetext'"
            " AND indexdef LIKE '%%gin%%'"
        )
        indexes = cursor.fetchall()
        for name, _made in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(FILL_TEXTS, {"told": TOLD})
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for _name, made in indexes:
            cursor.execute(made)
        cursor.execute("SELECT count(*) FROM cases_case")
        assert cursor.fetchone()[0] == CASES
        cursor.execute("VACUUM ANALYZE")


def filling() -> str:
    """`FILL`, with its own default for every column that it does not name."""
    from django.db import connection

    from meicheng.cases.models import Case

    given = FILL.partition("(")[2].partition("{columns}")[0]
    named = {name.strip() for name in given.split(",")}
    more = [
        field
        for field in Case._meta.concrete_fields
        if not field.primary_key and not field.null and field.column not in named
    ]
    columns = "".join(f', "{field.column}"' for field in more)
    defaults = [field.get_db_prep_save(field.get_default(), connection) for field in more]
    with connection.cursor() as cursor:
        values = "".join(f", {cursor.mogrify('%s', [value])}" for value in defaults)
    return FILL.format(columns=columns, values=values.replace("%", "%%"))


def told(city: Any) -> list[tuple[int, str, str]]:
    """What staff write, as in the demo city, with the pieces that it is found by."""
    from meicheng.cases.text import pieces
    from meicheng.demo.texts import Texts, phrases

    chance, texts = random.Random(2), Texts("bench")
    kinds = [kind for kind in phrases()["kinds"] if kind in city.kinds] or list(city.kinds)
    rows = []
    for number in range(TOLD):
        place = f"{chance.choice('归木柳文春东')}{chance.choice('德兰荫庙晖湖')}路{number % 977}号"
        words = texts.staff(texts.what(chance.choice(kinds)), place)
        rows.append((number, words, " ".join(pieces(words))))
    return rows


def parts(city: Any) -> list[tuple[str, str]]:
    """The pieces of the names of kinds and places."""
    from meicheng.cases.text import pieces

    named = [(kind.code, f"{kind.name_zh} {kind.name_en}") for kind in city.kinds.values()]
    for division in city.divisions.values():
        district = division.district.name_zh if division.district else ""
        named.append((str(division.pk), f"{district} {division.name_zh}"))
    return [(key, " ".join(pieces(words))) for key, words in named]


def spots(city: Any) -> list[tuple[Any, ...]]:
    """Places all over the city, thicker in the middle; the same every time."""
    from meicheng.demo.little import SIDE, SOUTH, WEST
    from meicheng.engine.space import cell_of

    chance = random.Random(1)
    found = []
    for number in range(SPOTS):
        east = chance.triangular(0, 3, 1.5)
        north = chance.triangular(0, 2, 1)
        district = city.districts[min(2, int(east))]
        division = city.division(f"{district.code}010{1 + min(1, int(north))}")
        longitude, latitude = WEST + east * SIDE, SOUTH + north * SIDE / 2
        cell = cell_of(longitude, latitude)
        found.append((number, division.pk, district.pk, longitude, latitude, cell))
    return found


def pages() -> list[tuple[str, str, str, list[Any]]]:
    """Name, address, and the bare statement with its values, of everything that is measured."""
    from meicheng.cases.models import Case
    from meicheng.demo.little import SIDE, SOUTH, WEST
    from meicheng.places.models import Division

    row = "SELECT c.*, k.*, d.*, u.* FROM cases_case c"
    row += " JOIN standards_casekind k ON k.code = c.kind_id"
    row += " JOIN places_division d ON d.id = c.division_id"
    row += " LEFT JOIN organisation_unit u ON u.id = c.unit_id"
    newest = "ORDER BY c.reported_at DESC, c.id DESC LIMIT 50 OFFSET %s"
    least = "ORDER BY c.due_at, c.id LIMIT 50 OFFSET %s"
    is_open = "WHERE c.closed_at IS NULL"
    one = Case.objects.order_by("-pk").values_list("number", flat=True)[0]
    by_kind = f"{row} WHERE c.kind_id = %s AND c.district_id = %s"
    kind, district = "exposed-litter", Division.objects.get(code="LC").pk
    found: list[tuple[str, str, str, list[Any]]] = [
        ("list_open_page_1", "/cases/", f"{row} {is_open} {newest}", [0]),
        ("list_open_page_100", "/cases/?page=100", f"{row} {is_open} {newest}", [4950]),
        ("list_all_page_1", "/cases/?group=all", f"{row} {newest}", [0]),
        ("list_all_page_100", "/cases/?group=all&page=100", f"{row} {newest}", [4950]),
        ("list_due_page_1", "/cases/?sort=due", f"{row} {is_open} {least}", [0]),
        ("list_due_page_100", "/cases/?sort=due&page=100", f"{row} {is_open} {least}", [4950]),
        (
            "list_kind_and_district_page_1",
            f"/cases/?group=all&kind={kind}&division=LC",
            f"{by_kind} {newest}",
            [kind, district, 0],
        ),
        (
            "list_kind_and_district_page_100",
            f"/cases/?group=all&kind={kind}&division=LC&page=100",
            f"{by_kind} {newest}",
            [kind, district, 4950],
        ),
        ("list_waiting_for_me", "/cases/?mine=1&sort=due", f"{row} {is_open} {least}", [0]),
        ("list_overdue", "/cases/?overdue=1&sort=due", f"{row} {is_open} {least}", [0]),
        ("list_closed", "/cases/?group=closed", f"{row} WHERE c.state = 'closed' {newest}", [0]),
        (
            "list_source_least_time",
            "/cases/?group=all&source=hotline&sort=due",
            f"{row} WHERE c.source = 'hotline' {least}",
            [0],
        ),
        (
            "list_week_least_time",
            f"/cases/?group=all&since={WEEK[0]}&until={WEEK[1]}&sort=due",
            f"{row} WHERE c.reported_at >= %s AND c.reported_at < %s {least}",
            [WEEK[0], WEEK[1], 0],
        ),
        ("list_counts", "/cases/counts", f"SELECT count(*) FROM cases_case c {is_open}", []),
        ("case", f"/cases/{one}/", f"{row} WHERE c.number = %s", [one]),
    ]
    found += [
        (f"search_{name}", f"/search/?q={words}", LIKE, [f"%{words}%"] * 2)
        for name, words in SEARCHES.items()
    ]
    found += [
        (f"list_words_{name}", f"/cases/?{query}", LIKE, ["%垃圾%"] * 2)
        for name, query in WORDS.items()
    ]
    for zoom in ZOOMS:
        half = 360 / 2**zoom * 3  # six tiles of 256 pixels across, about a screen
        middle = WEST + 1.5 * SIDE, SOUTH + 0.5 * SIDE
        box = [middle[0] - half, middle[1] - half / 2, middle[0] + half, middle[1] + half / 2]
        asked = ",".join(f"{value:.5f}" for value in box)
        inside = "c.longitude BETWEEN %s AND %s AND c.latitude BETWEEN %s AND %s"
        bare = f"SELECT c.cell, count(*) FROM cases_case c {is_open} AND {inside} GROUP BY c.cell"
        found.append(
            (
                f"map_zoom_{zoom}",
                f"/map/cells.json?bbox={asked}&zoom={zoom}",
                bare,
                [box[0], box[2], box[1], box[3]],
            )
        )
    return found


def measured(who: Any, address: str, statement: str, values: list[Any]) -> dict[str, object]:
    """Timings of a page and of the bare statement, in the same minute, and the page's size."""
    from django.db import connection
    from django.test import Client

    from tools import Failed

    browser = Client()
    browser.force_login(who)
    size = 0
    own, plain = [], []
    for number in range(WARM + ROUNDS):
        began = time.perf_counter()
        answer = browser.get(address, headers={"accept-language": "zh-CN"})
        size = len(answer.content)
        own.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise Failed(f"{address} answers {answer.status_code}")
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.fetchall()
        plain.append(time.perf_counter() - began)
        if number < WARM:
            own.clear()
            plain.clear()
    return {"page": spread(own), "plain_sql": spread(plain), "kilobytes": round(size / 1000, 1)}
