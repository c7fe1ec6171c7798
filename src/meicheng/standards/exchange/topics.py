"""The subjects of hotlines in files, each with the kind of case that it means here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meicheng.tables import values
from meicheng.tables.kinds import Column, Filters, Kind, Outcome, Rejection, Row, Taking
from meicheng.tables.upserts import unknown

from ..models import CaseKind, Topic

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


TOPICS = Kind(
    "topics",
    gettext_lazy("Subjects of hotlines"),
    TOPIC_COLUMNS,
    take_topics,
    topic_rows,
    permission="standards.write",
    whole=True,
)
