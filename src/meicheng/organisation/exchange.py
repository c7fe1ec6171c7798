"""Units and people in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.places.finding import DivisionFinder
from meicheng.tables import values
from meicheng.tables.kinds import Column, Filters, Kind, Outcome, Rejection, Row, Taking
from meicheng.tables.upserts import Upsert, parents_first, unknown

from .models import Membership, Unit, UnitRole, User, WorkingGroup
from .permissions import held_in_units

# What rooms above do with what an import does to an account, in its transaction: person, what was
# done, by whom, and with what.
NOTED: list[Callable[..., object]] = []

UNIT_COLUMNS = [
    Column("code", gettext_lazy("Code"), values.code(60), required=True, example="LC-CG"),
    Column(
        "name_zh",
        gettext_lazy("Name in Chinese"),
        values.text(),
        required=True,
        example="柳池区城市管理局",
        aliases=("name", "名称"),
    ),
    Column(
        "name_en",
        gettext_lazy("Name in English"),
        values.text(),
        example="Liuchi Urban Management",
    ),
    Column(
        "role", gettext_lazy("Role"), values.text(60), required=True, example="urban-management"
    ),
    Column("division", gettext_lazy("Division"), values.text(), example="LC"),
    Column("parent", gettext_lazy("Parent's code"), values.code(60), example=""),
    Column("active", gettext_lazy("In use"), values.flag, example="1", default=True),
]


def take_units(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write units, parents first; a unit without a division belongs to the whole city."""
    divisions = DivisionFinder()
    roles: dict[str, UnitRole] = {}
    for known in UnitRole.objects.all():
        for name in (known.name_zh, known.name_en.casefold(), known.code):
            roles[name] = known
    upsert = Upsert(Unit, taking, Unit.objects.all())
    results: dict[int, Outcome | Rejection] = {}
    for row in rows:
        found = row.values
        role = roles.get(found["role"]) or roles.get(found["role"].casefold())
        division = divisions.find(found["division"]) if found["division"] else divisions.city
        if role is None:
            results[row.number] = unknown("role", found["role"], {r.code for r in roles.values()})
        elif division is None:
            results[row.number] = Rejection(
                "division",
                _("there is no division with the code or (only one) name “%(words)s”")
                % {"words": found["division"][:60]},
            )
        else:
            found["role_id"], found["division_id"] = role.pk, division.pk
    ordered, rejected = parents_first(
        [row for row in rows if row.number not in results], upsert.there.__contains__
    )
    results.update(rejected)
    depth: dict[str, int] = {}
    waiting: dict[int, list[Row]] = {}
    for row in ordered:
        deep = depth.get(row.values["parent"], -1) + 1
        depth[row.values["code"]] = deep
        waiting.setdefault(deep, []).append(row)
    for deep in sorted(waiting):
        for row in waiting[deep]:
            found = row.values
            above = upsert.there.get(found["parent"] or "")
            fields = {
                "name_zh": found["name_zh"],
                "name_en": found["name_en"],
                "role_id": found["role_id"],
                "division_id": found["division_id"],
                "parent_id": above.pk if above else None,
                "active": found["active"],
            }
            columns = {"name_en": "name_en", "parent_id": "parent", "active": "active"}
            columns["division_id"] = "division"
            results[row.number] = upsert.put(found["code"], fields, columns)
        upsert.write()  # children need their parents' keys
    return [results[row.number] for row in rows]


def unit_rows(filters: Filters) -> Iterator[dict[str, Any]]:
    """Units by code."""
    found = Unit.objects.filter(filters.within("division__path"))
    for unit in found.select_related("division", "parent").order_by("code").iterator():
        yield {
            "code": unit.code,
            "name_zh": unit.name_zh,
            "name_en": unit.name_en,
            "role": unit.role_id,
            "division": unit.division.code,
            "parent": unit.parent.code if unit.parent else "",
            "active": unit.active,
        }


GROUP_COLUMNS = [
    Column("code", gettext_lazy("Code"), values.code(40), required=True, example="market-order"),
    Column(
        "name_zh",
        gettext_lazy("Name in Chinese"),
        values.text(),
        required=True,
        example="市场秩序组",
        aliases=("name", "名称"),
    ),
    Column("name_en", gettext_lazy("Name in English"), values.text(), example="Markets"),
    Column(
        "lead_role", gettext_lazy("Role that leads"), values.text(40), example="market-regulation"
    ),
    Column("units", gettext_lazy("Units"), values.words(60), example="LC-SJ XC-SJ", default=[]),
]


def take_groups(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write working groups with the units that belong to them."""
    roles = set(UnitRole.objects.values_list("code", flat=True))
    units = dict(Unit.objects.values_list("code", "pk"))
    there = list(WorkingGroup.objects.prefetch_related("units"))
    held = {group.code: {unit.code for unit in group.units.all()} for group in there}
    upsert = Upsert(WorkingGroup, taking, there)
    wanted: dict[str, set[str]] = {}
    results: list[Outcome | Rejection] = []
    for row in rows:
        found = row.values
        missing = [code for code in found["units"] if code not in units]
        if found["lead_role"] and found["lead_role"] not in roles:
            results.append(unknown("lead_role", found["lead_role"], roles))
            continue
        if missing:
            results.append(unknown("units", missing[0], units))
            continue
        fields = {
            "name_zh": found["name_zh"],
            "name_en": found["name_en"],
            "lead_role_id": found["lead_role"] or None,
        }
        new = found["code"] not in upsert.there
        columns = {"name_en": "name_en", "lead_role_id": "lead_role"}
        outcome = upsert.put(found["code"], fields, columns)
        members = set(found["units"])
        before = wanted.get(found["code"], held.get(found["code"], set()))
        if (new or "units" in taking.given) and members != before:
            wanted[found["code"]] = members
            outcome = Outcome.IMPORTED
        results.append(outcome)
    upsert.write()
    for code, members in wanted.items():
        upsert.there[code].units.set([units[member] for member in sorted(members)])
    return results


def group_rows(_filters: Filters) -> Iterator[dict[str, Any]]:
    """Working groups in their order."""
    for group in WorkingGroup.objects.prefetch_related("units"):
        yield {
            "code": group.code,
            "name_zh": group.name_zh,
            "name_en": group.name_en,
            "lead_role": group.lead_role_id or "",
            "units": sorted(unit.code for unit in group.units.all()),
        }


def _email(cell: str) -> str:
    value = cell.strip()
    try:
        validate_email(value)
    except ValidationError:
        raise ValueError(
            _("“%(value)s” is no e-mail address") % {"value": values.shown(value)}
        ) from None
    return value


PEOPLE_COLUMNS = [
    Column(
        "username", gettext_lazy("User name"), values.code(60), required=True, example="wang.fang"
    ),
    Column(
        "display_name",
        gettext_lazy("Name shown"),
        values.text(80),
        required=True,
        example="王芳（示例）",
        aliases=("name", "姓名"),
    ),
    Column(
        "role",
        gettext_lazy("Role of the person"),
        values.choice(
            {
                **{role.value: role.value for role in Membership.Role},
                **{str(role.label).casefold(): role.value for role in Membership.Role},
            }
        ),
        required=True,
        example="dispatcher",
    ),
    Column("unit", gettext_lazy("Unit"), values.text(60), example=""),
    Column("division", gettext_lazy("Division"), values.text(), example="LC"),
    Column(
        "language",
        gettext_lazy("Language"),
        values.choice(
            {"zh-hans": "zh-hans", "zh": "zh-hans", "中文": "zh-hans", "en": "en", "english": "en"}
        ),
        example="zh-hans",
    ),
    Column("email", gettext_lazy("E-mail"), _email, example="wang.fang@example.org"),
    Column("active", gettext_lazy("In use"), values.flag, example="1", default=True),
]


def take_people(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write accounts and the roles that they hold; a person with two roles has two rows.

    No password is imported: a new account has none that works until an administrator sets one
    (`meicheng manage changepassword NAME`). Roles of units name the unit; the others a division, or
    nothing for the city.
    """
    cache = taking.cache
    if "divisions" not in cache:
        cache["divisions"] = DivisionFinder()
        cache["units"] = {unit.code: unit for unit in Unit.objects.all()}
    names = {row.values["username"] for row in rows}
    people = {person.username: person for person in User.objects.filter(username__in=names)}
    held: dict[int, set[tuple[str, int | None, int | None]]] = {}
    for one in Membership.objects.filter(user__username__in=names):
        held.setdefault(one.user_id, set()).add((one.role, one.division_id, one.unit_id))
    results: list[Outcome | Rejection] = []
    for row in rows:
        found = row.values
        scope = _scope(found, cache)
        if isinstance(scope, Rejection):
            results.append(scope)
            continue
        person = people.get(found["username"])
        division, unit = scope
        key = (found["role"], division.pk if division else None, unit.pk if unit else None)
        roles = {role for role, *_where in held.get(person.pk if person else 0, ())} | {key[0]}
        if len(roles) > 1 and Membership.Role.ADMINISTRATOR in roles:
            said = _("who manages accounts holds no other role, as she sees no case")
            results.append(Rejection("role", said))
            continue
        news = _news(person, found, taking)
        new_role = person is None or key not in held.get(person.pk, ())
        if person is not None and person == taking.by and (news or new_role):
            said = _("nobody changes her own account: let another administrator import this row")
            results.append(Rejection("username", said))
            continue
        verb = "account_changed"
        if person is None:
            verb = "account_created"
            person = people[found["username"]] = User(
                username=found["username"],
                password=make_password(None),
                language=settings.LANGUAGE_CODE,
            )
        if news or verb == "account_created":
            for field, value in news.items():
                setattr(person, field, value)
            person.save()
            _note(person, verb, taking)
        if new_role:
            Membership.objects.create(user=person, role=found["role"], division=division, unit=unit)
            held.setdefault(person.pk, set()).add(key)
            where = unit or division
            _note(person, "role_given", taking, role=found["role"], where=where.code)
        results.append(Outcome.IMPORTED if news or new_role else Outcome.DUPLICATE)
    return results


def _news(person: User | None, found: dict[str, Any], taking: Taking) -> dict[str, Any]:
    """What a row says of an account that is not so already; of a new one, all of it."""
    columns = {"display_name": "display_name", "language": "language", "email": "email",
               "is_active": "active"}  # fmt: skip
    return {
        field: found[column]
        for field, column in columns.items()
        if (person is None or column in taking.given)
        and (column != "language" or found[column])  # nothing is said of it
        and (person is None or getattr(person, field) != found[column])
    }


def _note(person: User, verb: str, taking: Taking, **data: Any) -> None:
    if verb != "role_given":
        data = {"username": person.username, "display_name": person.display_name}
        data |= {"email": person.email, "active": person.is_active}
    for note in NOTED:
        note(person, verb, by=taking.by, origin=taking.origin, **data)


def _scope(found: dict[str, Any], cache: dict[str, Any]) -> tuple[Any, Any] | Rejection:
    """Where the role is held: a unit for those who work in one, else a division, by default the city."""
    division = unit = None
    if held_in_units(found["role"]):
        if not found["unit"]:
            return Rejection("unit", _("this role is held in a unit: name the unit"))
    elif found["unit"]:
        return Rejection("unit", _("this role is held in a division: leave the unit empty"))
    if found["unit"]:
        unit = cache["units"].get(found["unit"])
        if unit is None:
            return unknown("unit", found["unit"], cache["units"])
    if unit is None:
        finder: DivisionFinder = cache["divisions"]
        division = finder.find(found["division"]) if found["division"] else finder.city
        if division is None:
            return Rejection(
                "division",
                _("there is no division with the code or (only one) name “%(words)s”")
                % {"words": found["division"][:60]},
            )
    return division, unit


def people_rows(filters: Filters) -> Iterator[dict[str, Any]]:
    """People with the roles that they hold, one row for each; never a password."""
    found = Membership.objects.filter(
        filters.within("division__path") | filters.within("unit__division__path")
    )
    for one in found.select_related("user", "division", "unit").order_by(
        "user__username", "role", "pk"
    ):
        yield {
            "username": one.user.username,
            "display_name": one.user.display_name,
            "role": one.role,
            "unit": one.unit.code if one.unit else "",
            "division": one.division.code if one.division else "",
            "language": one.user.language,
            "email": one.user.email,
            "active": one.user.is_active,
        }


KINDS = [
    Kind("units", gettext_lazy("Units"), UNIT_COLUMNS, take_units, unit_rows, whole=True),
    Kind(
        "working-groups",
        gettext_lazy("Working groups"),
        GROUP_COLUMNS,
        take_groups,
        group_rows,
        whole=True,
    ),
    Kind(
        "people",
        gettext_lazy("People"),
        PEOPLE_COLUMNS,
        take_people,
        people_rows,
        permission="accounts.manage",
        export_permission="accounts.manage",
    ),
]
