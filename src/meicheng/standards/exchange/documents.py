"""Files that are one whole: a standard, or the crosswalk from one edition to the next."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from meicheng.engine.frameworks import (
    Problem,
    framework_from_file,
    framework_to_file,
    read_document,
    write_crosswalk,
)
from meicheng.engine.frameworks.stored import ENDINGS
from meicheng.tables.kinds import (
    Document,
    Filters,
    Kind,
    Outcome,
    Refused,
    Rejection,
    Row,
    Taking,
)

from ..actions import Frozen, save_framework
from ..crosswalks import crosswalk_of, read_crosswalk_file, save_crosswalk
from ..models import Crosswalk, Framework
from ..queries import known_codes

Results = list[tuple[int, Outcome | Rejection]]


def read_standard(path: Path, taking: Taking) -> Results:
    """Take one edition of a standard from a YAML or XLSX file; its parts are its criteria.

    A file with any error is not taken; each error is a fault with its line, or its sheet and cell.
    A file that changes an edition in use is refused with every criterion that differs.
    """
    standard, problems = framework_from_file(path, known_codes())
    if standard is None:
        return _faults(problems)
    leaves = list(standard.all_criteria())
    there = Framework.objects.filter(code=standard.code, edition=standard.edition).first()
    if there is not None and there.document == standard.document():
        return [(number, Outcome.DUPLICATE) for number in range(1, len(leaves) + 1)]
    try:
        save_framework(standard)
    except Frozen as refused:
        return [
            (0, Rejection("edition", str(refused))),
            *((0, Rejection(code, words)) for code, words in refused.lines()),
        ]
    return [(number, Outcome.IMPORTED) for number in range(1, len(leaves) + 1)]


def read_crosswalk(path: Path, _taking: Taking) -> Results:
    """Take a crosswalk from a YAML or XLSX file; its parts are its entries.

    A file with any error is not taken; the crosswalk between the same editions is replaced.
    """
    crosswalk, problems = read_crosswalk_file(path)
    if crosswalk is None:
        return _faults(problems)
    _row, changed = save_crosswalk(crosswalk)
    outcome = Outcome.IMPORTED if changed else Outcome.DUPLICATE
    return [(number, outcome) for number in range(1, len(crosswalk.links) + 1)]


def _faults(problems: Iterable[Problem]) -> Results:
    language = (get_language() or "zh")[:2]
    return [
        (
            problem.where.line,
            Rejection(problem.where.say(language), problem.words.say(language)),
        )
        for problem in problems
    ]


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


def write_crosswalk_file(path: Path, filters: Filters) -> int:
    """Write one crosswalk: the one between the editions `framework`, `before` and `after`."""
    found = Crosswalk.objects.select_related("before", "after")
    for name, field in (
        ("framework", "after__code"),
        ("before", "before__edition"),
        ("after", "after__edition"),
    ):
        if wanted := filters.words.get(name):
            found = found.filter(**{field: wanted})
    rows = list(found)
    if len(rows) != 1:
        known = ", ".join(
            f"{row.after.code} {row.before.edition} → {row.after.edition}" for row in found
        )
        raise Refused(
            _(
                "A file holds one crosswalk: name it with --filter framework=… before=… after=…; "
                "there are: %(known)s"
            )
            % {"known": known or "–"}
        )
    crosswalk = crosswalk_of(rows[0])
    path.write_bytes(write_crosswalk(crosswalk, path.suffix.lower()))
    return len(crosswalk.links)


def editions() -> list[tuple[str, dict[str, str]]]:
    """The editions that are here (1 SQL statement)."""
    return [
        (f"{row.name} {row.edition}", {"framework": row.code, "edition": row.edition})
        for row in Framework.objects.defer("document")
    ]


def crosswalks() -> list[tuple[str, dict[str, str]]]:
    """The crosswalks that are here (1 SQL statement)."""
    return [
        (
            f"{row.after.name} {row.before.edition} → {row.after.edition}",
            {
                "framework": row.after.code,
                "before": row.before.edition,
                "after": row.after.edition,
            },
        )
        for row in Crosswalk.objects.select_related("before", "after")
    ]


def _no_rows(_rows: list[Row], _taking: Taking) -> list[Outcome | Rejection]:
    raise TypeError("one whole document, not a table of rows")


STANDARD = Kind(
    "standard",
    gettext_lazy("Standard"),
    [],
    _no_rows,
    lambda _filters: iter(()),
    permission="standards.write",
    document=Document(ENDINGS, read_standard, write_standard, editions),
)
CROSSWALK = Kind(
    "crosswalk",
    gettext_lazy("Crosswalk between editions"),
    [],
    _no_rows,
    lambda _filters: iter(()),
    permission="standards.write",
    document=Document(ENDINGS, read_crosswalk, write_crosswalk_file, crosswalks),
)
