"""Units, working groups, people and the demo accounts."""

from __future__ import annotations

import random

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from meicheng.organisation.models import Membership, Unit, UnitRole, User, WorkingGroup
from meicheng.places.models import Division

from .bulk import Rows
from .names import Names, romanised
from .world import Crew, Person, World

PASSWORD = "mei-cheng-demo"
ROLES = Membership.Role
# The demo account of a role, and where it holds it: a division's code, or a unit's.
ACCOUNTS: list[tuple[Membership.Role, str]] = [
    (ROLES.CREATION_OFFICE, "CITY"),
    (ROLES.DISPATCHER, "CITY"),
    (ROLES.UNIT_LEAD, "urban-management-LC"),
    (ROLES.UNIT_WORKER, "urban-management-LC"),
    (ROLES.COLLECTOR, "LC"),
    (ROLES.INSPECTOR, "CITY"),
    (ROLES.VERIFIER, "CITY"),
    (ROLES.DISTRICT_LEAD, "LC"),
    (ROLES.CITY_LEAD, "CITY"),
    (ROLES.AUDITOR, "CITY"),
    (ROLES.ADMINISTRATOR, "CITY"),
]
# Units of these roles are made for divisions, not for each district.
OF_DIVISIONS = {"district": "district", "subdistrict": "subdistrict", "community": "community"}
CLEANING = frozenset(
    {"exposed-litter", "dirty-road", "full-bins", "dirty-toilet", "building-rubble"}
)
ORDER = frozenset({"random-building", "small-adverts", "occupied-pavement", "bicycle-parking",
                   "damaged-facility"})  # fmt: skip
ROADS = frozenset({"broken-pavement", "manhole", "standing-water", "missing-barrier-free"})
LIGHTS = frozenset({"lamp-out"})
GREEN = frozenset({"dirty-green", "damaged-green"})
TRAFFIC = frozenset({"illegal-parking", "unlicensed-tricycle", "unplated-four-wheeler",
                     "traffic-offence"})  # fmt: skip
CREWS = [  # what works below a district's bureau: how it is called, how many, and what for
    ("urban-management", "环卫{n}队", "Sanitation Crew {n}", 2, CLEANING),
    ("urban-management", "城管{n}中队", "Urban Management Squad {n}", 2, ORDER),
    ("housing-construction", "市政养护{n}所", "Road Maintenance {n}", 2, ROADS),
    ("housing-construction", "照明管理{n}所", "Street Lighting {n}", 1, LIGHTS),
    ("housing-construction", "园林绿化{n}所", "Parks and Gardens {n}", 1, GREEN),
    ("traffic-police", "交警{n}中队", "Traffic Squad {n}", 2, TRAFFIC),
]
# What a district adds to the share of cases that its units solve in time.
WORKS = {"XC": 0.03, "SF": -0.05}
NUMERALS = "零一二三四五六七八九"


def make_people(world: World, password: str) -> dict[str, int]:
    """Write units, groups, people and memberships; returns how many of each."""
    chance = world.chance("people")
    units = _make_units(world, chance)
    members = _make_accounts(world, units, password)
    names = Names(f"{world.seed}/people")
    members += _make_staff(world, names, chance)
    Membership.objects.bulk_create(members, batch_size=200)
    _make_groups(units)
    return {"units": len(units), "people": User.objects.count()}


def _make_units(world: World, chance: random.Random) -> dict[str, Unit]:
    divisions = {one.code: one for one in Division.objects.defer("outline")}
    roles = list(UnitRole.objects.all())
    city = divisions["CITY"]
    units: dict[str, Unit] = {}

    def add(code: str, zh: str, en: str, role: str, division: Division, parent: str = "") -> Unit:
        unit = Unit(
            pk=len(units) + 1,
            code=code,
            name_zh=zh,
            name_en=en,
            role_id=role,
            division=division,
            parent=units[parent] if parent else None,
        )
        units[code] = unit
        return unit

    for role in roles:
        if role.code not in OF_DIVISIONS:
            add(f"{role.code}-CITY", f"市{role.name_zh}", f"{role.name_en}, {city.name_en}",
                role.code, city)  # fmt: skip
    for area in world.ground.districts:
        district = divisions[area.code]
        for role in roles:
            if role.code in OF_DIVISIONS:
                continue
            code = f"{role.code}-{area.code}"
            unit = add(code, district_name(area.name, role.name_zh),
                       f"{role.name_en} of {area.name_en}", role.code, district,
                       f"{role.code}-CITY")  # fmt: skip
            crews = [_crew(unit, chance)]
            for kind, zh, en, count, does in CREWS:
                if kind != role.code:
                    continue
                for n in range(1, count + 1):
                    below = add(
                        f"{code}-{len(crews)}",
                        area.name[:2] + zh.format(n=NUMERALS[n] if count > 1 else ""),
                        f"{area.name_en.split()[0]} {en.format(n=n if count > 1 else '').strip()}",
                        role.code,
                        district,
                        code,
                    )
                    crews.append(_crew(below, chance, does))
            world.crews[role.code, area.code] = crews
        government = add(f"district-{area.code}", f"{area.name}人民政府",
                         f"{area.name_en} Government", "district", district)  # fmt: skip
        world.crews["district", area.code] = [_crew(government, chance)]
    for area in [*world.ground.subdistricts, *world.ground.communities]:
        office = "人民政府" if area.name.endswith("镇") else "办事处"
        zh = area.name + (office if area.level == "subdistrict" else "居委会")
        en = f"{area.name_en} {'Office' if area.level == 'subdistrict' else 'Committee'}"
        parent = area.parent
        assert parent is not None
        above = f"{OF_DIVISIONS[parent.level]}-{parent.code}"
        add(f"{area.level}-{area.code}", zh, en, area.level, divisions[area.code], above)
    Unit.objects.bulk_create(units.values(), batch_size=100)
    return units


def district_name(district: str, role: str) -> str:
    """What a bureau is called in a district.

    >>> district_name("柳池区", "公安局"), district_name("柳池区", "共青团委")
    ('公安局柳池分局', '共青团柳池区委')
    """
    if role == "公安局":
        return f"公安局{district[:-1]}分局"
    if role == "共青团委":
        return f"共青团{district}委"
    if role == "宣传部":
        return f"{district}委宣传部"
    return district + role.replace("支队", "大队")


def _crew(unit: Unit, chance: random.Random, does: frozenset[str] = frozenset()) -> Crew:
    """How well a unit works: it differs, and who is late is liked less."""
    shift = WORKS.get(unit.division.code, 0.0)
    on_time = round(min(0.998, chance.triangular(0.83, 0.998, 0.985) + shift), 3)
    return Crew(
        unit,
        on_time=on_time,
        redo=round(chance.triangular(0.02, 0.12, 0.05), 3),
        does=does,
        liked=round(min(0.97, max(0.72, on_time + chance.uniform(-0.1, 0.03))), 3),
    )


def _make_accounts(world: World, units: dict[str, Unit], password: str) -> list[Membership]:
    divisions = {one.code: one for one in Division.objects.defer("outline")}
    names = Names(f"{world.seed}/accounts")
    secret = make_password(password)  # once: it is meant to be slow, and it is no secret
    members = []
    for pk, (role, where) in enumerate(ACCOUNTS, 1):
        name = names.person()
        user = User(pk=pk, username=role.value, display_name=name, password=secret, language="")
        user.save(force_insert=True)
        person = Person(user.pk, user.display_name)
        if role == ROLES.DISPATCHER:
            world.desk.append(person)
        elif role == ROLES.INSPECTOR:
            world.inspectors.append(person)
        elif role in {ROLES.DISTRICT_LEAD, ROLES.CITY_LEAD}:
            world.leads.append(person)
        elif role == ROLES.UNIT_WORKER:
            world.crews["urban-management", "LC"][0].workers.append(person)
        members.append(
            Membership(user=user, role=role, division=divisions.get(where), unit=units.get(where))
        )
    return members


def _make_staff(world: World, names: Names, chance: random.Random) -> list[Membership]:
    """People without a password: they cannot sign in, and are named in what was done."""
    table = Rows(User)
    members: list[Membership] = []
    first = len(ACCOUNTS) + 1
    now = timezone.now()

    def person(role: Membership.Role, *, division: str = "", unit: Unit | None = None) -> Person:
        pk = first + table.count
        name = names.person()
        login = f"{romanised(name).lower()}{pk}"
        table.add(User(pk=pk, username=login, display_name=name, password="!", created_at=now))
        where = world.division_pks[division] if division else None
        members.append(Membership(user_id=pk, role=role, division_id=where, unit=unit))
        return Person(pk, name)

    for _ in range(2 + 2 * world.size.people):
        world.desk.append(person(ROLES.DISPATCHER, division="CITY"))
    for area in world.ground.districts:
        count = 2 * world.size.people
        world.verifiers[area.code] = [
            person(ROLES.VERIFIER, division=area.code) for _ in range(count)
        ]
        for _ in range(count):
            world.inspectors.append(person(ROLES.INSPECTOR, division=area.code))
        for role, code in world.crews:
            if code == area.code:
                for crew in world.crews[role, code]:
                    person(ROLES.UNIT_LEAD, unit=crew.unit)
                    crew.workers += [
                        person(ROLES.UNIT_WORKER, unit=crew.unit) for _ in range(world.size.people)
                    ]
    for area in world.ground.communities:
        person(ROLES.COLLECTOR, division=area.code)
    chance.shuffle(world.desk)
    table.write()
    return members


def _make_groups(units: dict[str, Unit]) -> None:
    """Each working group has its lead bureau in the city and the districts, and one more."""
    links = []
    through = WorkingGroup.units.through
    others = ["civilisation-office-CITY", "urban-management-CITY", "health-CITY"]
    for place, group in enumerate(WorkingGroup.objects.order_by("pk")):
        mine = [unit for unit in units.values() if unit.role_id == group.lead_role_id]
        mine = [unit for unit in mine if unit.parent_id is None or unit.parent.parent_id is None]
        codes = {unit.code for unit in mine} | {others[place % len(others)]}
        links += [
            through(workinggroup_id=group.pk, unit_id=units[code].pk) for code in sorted(codes)
        ]
    through.objects.bulk_create(links, batch_size=200)
