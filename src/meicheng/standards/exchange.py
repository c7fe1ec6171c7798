"""The bank of items (checklists) in files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from meicheng.engine.frameworks import framework_from_file, framework_to_file, read_document
from meicheng.engine.frameworks.stored import ENDINGS
from meicheng.organisation.models import UnitRole
from meicheng.places.models import SiteKind
from meicheng.tables import values
from meicheng.tables.kinds import (
    Column,
    Document,
    Filters,
    Kind,
    Outcome,
    Refused,
    Rejection,
    Row,
    Taking,
)
from meicheng.tables.upserts import Upsert, unknown

from .actions import save_framework
from .models import CaseKind, Framework, Item, Topic
from .queries import known_codes

PHOTO_WORDS = {
    **{photo.value: photo.value for photo in Item.Photo},
    "不合格时": "on_fail", "每次": "always", "不需要": "no",
}  # fmt: skip

ITEM_COLUMNS = [
    Column("code", gettext_lazy("Code"), values.code(120), required=True, example="lamps-lit"),
    Column(
        "name_zh",
        gettext_lazy("Name in Chinese"),
        values.text(),
        required=True,
        example="路灯完好、夜间点亮",
        aliases=("name", "名称"),
    ),
    Column(
        "name_en",
        gettext_lazy("Name in English"),
        values.text(),
        example="Street lamps sound and lit at night",
    ),
    Column(
        "site_kinds", gettext_lazy("Kinds of sites"), values.words(), example="main-road back-lane",
        default=[],
    ),
    Column(
        "criteria",
        gettext_lazy("Criteria it serves"),
        values.words(100),
        example="sanitary-city/3.1.2",
        default=[],
    ),
    Column(
        "severity",
        gettext_lazy("Severity, 1 to 3"),
        values.whole_number(1, 3),
        example="2",
        default=1,
    ),
    Column(
        "photo",
        gettext_lazy("Photograph needed"),
        values.choice(PHOTO_WORDS),
        example="on_fail",
        default="on_fail",
    ),
    Column("opens", gettext_lazy("Kind of case that a “no” opens"), values.text(60), example="lamp-out"),
    Column(
        "role", gettext_lazy("Role that answers for it"), values.text(60),
        example="housing-construction",
    ),
    Column("active", gettext_lazy("In use"), values.flag, example="1", default=True),
]  # fmt: skip


def take_items(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write items of the bank; kinds of sites, case kinds and roles must be known here."""
    cache = taking.cache
    if "site_kinds" not in cache:
        cache["site_kinds"] = set(SiteKind.objects.values_list("code", flat=True))
        cache["case_kinds"] = set(CaseKind.objects.values_list("code", flat=True))
        cache["roles"] = set(UnitRole.objects.values_list("code", flat=True))
        cache["position"] = Item.objects.filter(source=Item.Source.LOOK).count()
    codes = [row.values["code"] for row in rows]
    there = list(Item.objects.filter(code__in=codes).prefetch_related("site_kinds"))
    kinds_there = {item.code: {kind.code for kind in item.site_kinds.all()} for item in there}
    upsert = Upsert(Item, taking, there)
    wanted: dict[str, set[str]] = {}
    results: list[Outcome | Rejection] = []
    for row in rows:
        fault = _fault(row.values, cache)
        results.append(fault or _put(row.values, upsert, kinds_there, wanted, taking))
    upsert.write()
    _write_site_kinds(wanted, upsert)
    return results


def _fault(found: dict[str, Any], cache: dict[str, Any]) -> Rejection | None:
    for kind in found["site_kinds"]:
        if kind not in cache["site_kinds"]:
            return unknown("site_kinds", kind, cache["site_kinds"])
    if found["opens"] and found["opens"] not in cache["case_kinds"]:
        return unknown("opens", found["opens"], cache["case_kinds"])
    if found["role"] and found["role"] not in cache["roles"]:
        return unknown("role", found["role"], cache["roles"])
    for criterion in found["criteria"]:
        if criterion.count("/") != 1:
            return Rejection(
                "criteria",
                _("“%(value)s” is not written as FRAMEWORK/CRITERION")
                % {"value": values.shown(criterion)},
            )
    return None


def _put(
    found: dict[str, Any],
    upsert: Upsert,
    kinds_there: dict[str, set[str]],
    wanted: dict[str, set[str]],
    taking: Taking,
) -> Outcome | Rejection:
    code = found["code"]
    there = upsert.there.get(code)
    if there is not None and there.source != Item.Source.LOOK:
        return Rejection("code", _("belongs to a standard; change it in the standard"))
    fields = {
        "name_zh": found["name_zh"],
        "name_en": found["name_en"],
        "severity": found["severity"],
        "photo": found["photo"],
        "opens_id": found["opens"] or None,
        "role_id": found["role"] or None,
        "criteria": found["criteria"],
        "active": found["active"],
    }
    columns = {name: name for name in ("name_en", "severity", "photo", "criteria", "active")}
    if there is None:
        fields["position"] = taking.cache["position"]
        taking.cache["position"] += 1
    outcome = upsert.put(code, fields, {**columns, "opens_id": "opens", "role_id": "role"})
    kinds = set(found["site_kinds"])
    given = "site_kinds" in taking.given or there is None
    if given and kinds != wanted.get(code, kinds_there.get(code, set())):
        wanted[code] = kinds
        outcome = Outcome.IMPORTED
    return outcome


def _write_site_kinds(wanted: dict[str, set[str]], upsert: Upsert) -> None:
    through = Item.site_kinds.through
    ids = {code: upsert.there[code].pk for code in wanted}
    through.objects.filter(item_id__in=ids.values()).delete()
    through.objects.bulk_create(
        [
            through(item_id=ids[code], sitekind_id=kind)
            for code, kinds in wanted.items()
            for kind in sorted(kinds)
        ],
        batch_size=500,
    )


def item_rows(_filters: Filters) -> Iterator[dict[str, Any]]:
    """The bank's items in their order; those of standards are in the standards."""
    found = Item.objects.filter(source=Item.Source.LOOK).prefetch_related("site_kinds")
    for item in found.order_by("position", "code").iterator(chunk_size=500):
        yield {
            "code": item.code,
            "name_zh": item.name_zh,
            "name_en": item.name_en,
            "site_kinds": sorted(kind.code for kind in item.site_kinds.all()),
            "criteria": item.criteria,
            "severity": item.severity,
            "photo": item.photo,
            "opens": item.opens_id or "",
            "role": item.role_id or "",
            "active": item.active,
        }


TOPIC_COLUMNS = [
    Column(
        "level1",
        gettext_lazy("First level"),
        values.text(60),
        required=True,
        example="示例：城乡建设",
    ),
    Column(
        "level2",
        gettext_lazy("Second level"),
        values.text(60),
        example="城市建设和市政管理",
    ),
    Column("level3", gettext_lazy("Third level"), values.text(60), example="城市公共设施"),
    Column("kind", gettext_lazy("Kind of case"), values.text(60), example="damaged-facility"),
]


def take_topics(rows: list[Row], taking: Taking) -> list[Outcome | Rejection]:
    """Write the subjects of a hotline; `kind` says which kind of case one means in this city."""
    cache = taking.cache
    if "kinds" not in cache:
        cache["kinds"] = set(CaseKind.objects.values_list("code", flat=True))
        cache["topics"] = {(one.level1, one.level2, one.level3): one for one in Topic.objects.all()}
    results: list[Outcome | Rejection] = []
    new: list[Topic] = []
    changed: list[Topic] = []
    for row in rows:
        found = row.values
        key = (found["level1"], found["level2"], found["level3"])
        if found["kind"] and found["kind"] not in cache["kinds"]:
            results.append(unknown("kind", found["kind"], cache["kinds"]))
            continue
        if found["level3"] and not found["level2"]:
            results.append(Rejection("level2", _("is empty; a value is needed")))
            continue
        there: Topic | None = cache["topics"].get(key)
        if there is None:
            there = Topic(
                level1=key[0], level2=key[1], level3=key[2], kind_id=found["kind"] or None
            )
            cache["topics"][key] = there
            new.append(there)
        elif "kind" in taking.given and (there.kind_id or "") != found["kind"]:
            there.kind_id = found["kind"] or None
            if there.pk is not None:
                changed.append(there)
        else:
            results.append(Outcome.DUPLICATE)
            continue
        results.append(Outcome.IMPORTED)
    Topic.objects.bulk_create(new, batch_size=200)
    Topic.objects.bulk_update(changed, ["kind"], batch_size=200)
    return results


def topic_rows(_filters: Filters) -> Iterator[dict[str, Any]]:
    """Topics by level."""
    for one in Topic.objects.all().iterator(chunk_size=1000):
        yield {
            "level1": one.level1,
            "level2": one.level2,
            "level3": one.level3,
            "kind": one.kind_id or "",
        }


def read_standard(path: Path, taking: Taking) -> list[tuple[int, Outcome | Rejection]]:
    """Take one edition of a standard from a YAML or XLSX file; its parts are its criteria.

    A file with any error is not taken; each error is a fault with its line, or its sheet and cell.
    """
    language = (get_language() or "zh")[:2]
    standard, problems = framework_from_file(path, known_codes())
    if standard is None:
        return [
            (
                problem.where.line,
                Rejection(problem.where.say(language), problem.words.say(language)),
            )
            for problem in problems
        ]
    leaves = list(standard.all_criteria())
    there = Framework.objects.filter(code=standard.code, edition=standard.edition).first()
    if there is not None and there.document == standard.document():
        return [(number, Outcome.DUPLICATE) for number in range(1, len(leaves) + 1)]
    if there is not None and there.frozen_at is not None:
        reason = _(
            "%(code)s %(edition)s has been used for marks and is frozen; a change is a new edition"
        ) % {"code": standard.code, "edition": standard.edition}
        return [(0, Rejection("edition", reason))]
    save_framework(standard)
    return [(number, Outcome.IMPORTED) for number in range(1, len(leaves) + 1)]


def write_standard(path: Path, filters: Filters) -> int:
    """Write one edition: the one that the filters name by `framework` and `edition`."""
    found = Framework.objects.all()
    for name, field in (("framework", "code"), ("edition", "edition")):
        if wanted := filters.words.get(name):
            found = found.filter(**{field: wanted})
    rows = list(found)
    if len(rows) != 1:
        known = ", ".join(f"{row.code} {row.edition}" for row in Framework.objects.all())
        raise Refused(
            _(
                "A file holds one edition: name it with --filter framework=… "
                "(and edition=…); there are: %(known)s"
            )
            % {"known": known or "–"}
        )
    standard, problems = read_document(rows[0].document)
    if standard is None:
        raise Refused("; ".join(map(str, problems)))
    framework_to_file(standard, path)
    return sum(1 for _leaf in standard.all_criteria())


def editions() -> list[tuple[str, dict[str, str]]]:
    """The editions that are here (1 SQL statement)."""
    return [
        (f"{row.name} {row.edition}", {"framework": row.code, "edition": row.edition})
        for row in Framework.objects.defer("document")
    ]


def _no_rows(_rows: list[Row], _taking: Taking) -> list[Outcome | Rejection]:
    raise TypeError("a standard is one document, not a table of rows")


KINDS = [
    Kind(
        "standard",
        gettext_lazy("Standard"),
        [],
        _no_rows,
        lambda _filters: iter(()),
        permission="standards.write",
        document=Document(ENDINGS, read_standard, write_standard, editions),
    ),
    Kind(
        "checklists",
        gettext_lazy("Checklists"),
        ITEM_COLUMNS,
        take_items,
        item_rows,
        permission="standards.write",
    ),
    Kind(
        "topics",
        gettext_lazy("Subjects of hotlines"),
        TOPIC_COLUMNS,
        take_topics,
        topic_rows,
        permission="standards.write",
        whole=True,
    ),
]
