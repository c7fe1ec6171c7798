"""Making the demo city, stage by stage, in one transaction: it stands whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from meicheng.cases.models import Case, CaseText
from meicheng.files.actions import path_of
from meicheng.files.models import StoredFile
from meicheng.ledger import kept
from meicheng.ledger.models import Event, Observation
from meicheng.ledger.seal import seal_day
from meicheng.organisation.models import User
from meicheng.places.models import Division, GridCell, MapLayer
from meicheng.places.time import city_day
from meicheng.standards.actions import load_packs
from meicheng.standards.freezing import freeze_scored
from meicheng.standards.models import CaseKind, Item
from meicheng.voices.models import Report
from meicheng.voices.topics.bursts import find_bursts
from meicheng.voices.topics.digest import last_week
from meicheng.voices.topics.making import find_city_topics

from .asking import make_rounds
from .bulk import Rows, after_keys, quick_loading
from .calling import make_answers, make_calls
from .campaigning import make_campaigns
from .desk import make_comments, make_desk
from .exchanging import make_exchange
from .filed import make_filings
from .ground import DISTRICTS, Ground
from .knowing import make_knowledge
from .listing import make_lists
from .looking import make_visits
from .mocking import make_mocks
from .models import DemoCity
from .nagging import make_chronic
from .noticing import make_notices
from .noting import Notes
from .papers import make_papers
from .people import make_people
from .pictures import make_pictures
from .promising import make_commitments
from .proving import make_proofs
from .recurring import make_routines
from .sites import make_sites
from .sizes import Size
from .supervising import make_limits, make_supervision
from .surveying import make_surveys
from .working import make_cases
from .world import World

Say = Callable[[str, str, float], None]  # stage, what came of it, seconds
BULKY: tuple[type[models.Model], ...] = (Case, CaseText, Event, Report, Observation)


class NotADemo(Exception):
    """The database holds a city that was not made here; the message says what to do."""


def made_city() -> DemoCity | None:
    """The demo city in this database, if it is one."""
    return DemoCity.objects.first()


def make_city(
    size: Size, *, seed: int, until: datetime, password: str, say: Say, reset: bool = False
) -> DemoCity:
    """Make a demo city of everything that happened until an instant.

    Raises `NotADemo` in a database that holds anything but a demo city, and in one that holds a
    demo city unless `reset` is set.
    """
    there = made_city()
    if there is None and (Division.objects.exists() or User.objects.exists()):
        raise NotADemo(
            _("This database holds a city that is not a demo: it stays as it is. Name another folder "
              "with MEICHENG_VAR, or another database with DATABASE_URL.")
        )  # fmt: skip
    if there is not None and not reset:
        raise NotADemo(_("This database holds a demo city already; --reset makes it anew."))
    begun = time.monotonic()
    with _careless():
        if there is not None:
            with _stage(_("Old city removed"), say) as done:
                clear()
                done("")
        with transaction.atomic():
            _make(World(size, seed, until.astimezone(UTC), Ground(size, seed)), password, say)
            city = DemoCity.objects.create(
                size=size.name, seed=seed, until=until, seconds=time.monotonic() - begun
            )
    return city


def clear() -> None:
    """Remove everything from a demo city's database, and its photographs. Raises `NotADemo`."""
    if made_city() is None:
        raise NotADemo(_("This database is not a demo city's: nothing was removed."))
    for sha256 in StoredFile.objects.values_list("sha256", flat=True):
        for path in path_of(sha256).parent.glob(f"{sha256}*"):
            path.unlink()
    for path in kept.folder().glob("*.csv"):
        path.unlink()
    # All tables are emptied: on SQLite looking for what still names each row would take long.
    connection.disable_constraint_checking()
    try:
        call_command("flush", interactive=False, verbosity=0)
    finally:
        connection.enable_constraint_checking()


def _make(world: World, password: str, say: Say) -> None:
    with _stage(_("Standards, kinds and checklists"), say) as done:
        load_packs()
        world.kinds = {kind.code: kind for kind in CaseKind.objects.select_related("role")}
        world.items = _items_by_site_kind()
        done(str(len(world.kinds) + Item.objects.count()))
    with _stage(_("Divisions, streets and the map"), say) as done:
        done(str(_make_ground(world)))
    with _stage(_("Units and people"), say) as done:
        made = make_people(world, password)
        make_desk()
        done(" + ".join(f"{count:,}" for count in made.values()))
    with _stage(_("Sites"), say) as done:
        done(f"{make_sites(world):,}")
    make_limits()
    with _stage(_("Photographs"), say) as done:
        done(str(make_pictures(world)))
    with quick_loading(BULKY):
        notes = Notes()
        with _stage(_("Documents, figures and surveys"), say) as done:
            done(f"{make_filings(world, notes):,}")
        with _stage(_("Visits and observations"), say) as done:
            visits = make_visits(world, notes)
            notes.finish()
            # Written past the ledger's own door, so said here: the standards are in use.
            freeze_scored(Item.objects.values_list("pk", flat=True), at=world.until)
            done(f"{visits:,} + {notes.count:,}")
        with _stage(_("Reports, cases and events"), say) as done:
            made = make_cases(world)
            done(" + ".join(f"{made[name]:,}" for name in ("reports", "cases", "events")))
        indexing = time.monotonic()
    if connection.vendor == "postgresql":
        say(_("Indexes and keys"), "", time.monotonic() - indexing)
    with _stage(_("Warnings and supervision"), say) as done:
        after_keys([model for model in apps.get_models() if model._meta.managed])
        done(" + ".join(f"{count:,}" for count in make_supervision(world)))
    with _stage(_("Problem lists"), say) as done:
        after_keys([model for model in apps.get_models() if model._meta.managed])
        done(str(make_lists(world)))
    with _stage(_("Campaigns"), say) as done:
        done(str(make_campaigns(world)))
    with _stage(_("Chronic places"), say) as done:
        done(str(make_chronic(world)))
    with _stage(_("Routines"), say) as done:
        done(str(make_routines(world)))
    with _stage(_("Commitments"), say) as done:
        done(str(make_commitments(world)))
    with _stage(_("Surveys"), say) as done:
        done(f"{make_surveys(world):,}")
    with _stage(_("Rounds"), say) as done:
        done(str(make_rounds(world) + make_mocks(world)))
    with _stage(_("Materials"), say) as done:
        done(str(make_papers(world)))
    with _stage(_("Knowledge base"), say) as done:
        done(f"{make_knowledge(world)} + {make_answers(world)}")
    with _stage(_("Notices"), say) as done:
        done(str(make_notices(world)))
    with _stage(_("Questions about photographs"), say) as done:
        done(str(make_proofs(world)))
    with _stage(_("Call-backs"), say) as done:
        done(str(make_calls(world)))
    with _stage(_("Comments on cases"), say) as done:
        done(str(make_comments(world)))
    with _stage(_("Exchange with a neighbour city"), say) as done:
        done(str(make_exchange(world)))
    with _stage(_("Hot topics"), say) as done:
        today = city_day(world.until)
        for day in (last_week(today) + timedelta(days=7), today):
            find_bursts(day)
        done(str(len(find_city_topics(at=world.until).topics)))
    with _stage(_("Seal over all events"), say) as done:
        done(seal_day().hash[:12])


def _items_by_site_kind() -> dict[str, list[Item]]:
    through = Item.site_kinds.through
    items = Item.objects.filter(source=Item.Source.LOOK, active=True).in_bulk()
    pairs = through.objects.order_by("sitekind_id", "item__position", "item_id")
    found: dict[str, list[Item]] = {}
    for kind, rows in groupby(pairs.values_list("sitekind_id", "item_id"), lambda row: row[0]):
        found[kind] = [items[item] for _kind, item in rows if item in items]
    return found


def _make_ground(world: World) -> int:
    ground = world.ground
    city = Division(
        pk=1,
        code="CITY",
        name_zh=settings.CITY_NAME_ZH,
        name_en=settings.CITY_NAME_EN,
        level="city",
        path="/CITY/",
        population=sum(one.population for one in ground.districts),
        outline=ground.outline((0, DISTRICTS[1][4], 0, DISTRICTS[0][6])),
    )
    table = Rows(Division)
    table.add(city)
    world.division_pks["CITY"] = 1
    areas = [*ground.districts, *ground.subdistricts, *ground.communities]
    for pk, area in enumerate(areas, 2):
        area.pk = world.division_pks[area.code] = pk
        table.add(
            Division(
                pk=pk,
                code=area.code,
                name_zh=area.name,
                name_en=area.name_en,
                level=area.level,
                parent_id=area.parent.pk if area.parent else 1,
                path=area.path,
                district_id=area.district.pk,
                population=area.population,
                outline=ground.outline(area.box),
            )
        )
    table.write()
    cells = Rows(GridCell)
    for area in ground.communities:
        for code, outline in ground.cells(area):
            cells.add(GridCell(pk=cells.count + 1, code=code, division_id=area.pk, outline=outline))
    cells.write()
    MapLayer.objects.bulk_create(
        MapLayer(
            code=code,
            position=position,
            features={"type": "FeatureCollection", "features": features},
        )
        for position, (code, features) in enumerate(ground.layers.items())
    )
    return table.count


@contextmanager
def _stage(name: str, say: Say) -> Iterator[Callable[[str], None]]:
    begun = time.monotonic()
    result = [""]

    def done(what: str) -> None:
        result[0] = what

    yield done
    say(name, result[0], time.monotonic() - begun)


@contextmanager
def _careless() -> Iterator[None]:
    """SQLite need not wait for the disk: what is made here can be made again."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")
