"""What the workbench keeps: the words of cases, filters, columns, templates, bulk runs, looks."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from meicheng.organisation.models import Membership, Unit, User


class Grams(models.TextField):
    """Space-separated pieces of words, which an index of the database finds (see `cases.text`)."""


@Grams.register_lookup
class HoldsAll(models.Lookup[Any]):
    """Whether a row holds every one of some pieces: `grams__all=["井盖", "破损"]`.

    A GIN index over the pieces on PostgreSQL, an FTS5 table of them on SQLite (migration
    `search_and_workbench`).
    """

    lookup_name = "all"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        return "%s", [list(value)]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, values = self.process_lhs(compiler, connection)
        return f"string_to_array({column}, ' ') @> %s::text[]", [*values, list(self.rhs)]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, _values = self.process_lhs(compiler, connection)
        key = column.rsplit(".", 1)[0] + '."case_id"'
        asked = " ".join(f'"{gram}"' for gram in self.rhs)
        found = "SELECT rowid FROM cases_casetext_fts WHERE cases_casetext_fts MATCH %s"
        return f"{key} IN ({found})", [asked]


class CaseText(models.Model):
    """The words by which a case is found, cut into pieces."""

    case = models.OneToOneField(
        "cases.Case", primary_key=True, on_delete=models.CASCADE, related_name="text"
    )
    open = models.BooleanField(default=True)
    grams = Grams(default="")

    def __str__(self) -> str:
        return f"{self.case_id}: {self.grams[:40]}"


class Shared(models.Model):
    """Something that is one person's own, or shared with a unit, or with all of a role."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    role = models.CharField(max_length=20, blank=True, default="")
    name = models.CharField(_("Name"), max_length=40)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def shared_with(self) -> str:
        """Whom it is shared with, in words; "" for nobody."""
        if self.unit is not None:
            return self.unit.name
        return str(Membership.Role(self.role).label) if self.role else ""


class SavedFilter(Shared):
    """A narrowing of the list of cases under a name."""

    query = models.CharField(max_length=600)


class ReplyTemplate(Shared):
    """Words that are written again and again, with places for what differs."""

    body = models.TextField(_("Words"), max_length=2000)


class Columns(models.Model):
    """Which columns somebody wants to see in the list of cases, in which order."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="+")
    names = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.names}"


class BulkRun(models.Model):
    """One order to do the same with many cases; its key is given out once.

    `order` holds what it needs beside the cases: remark, unit, case that stays. An order for more
    cases than a page shows is drafted with its summary and carried out by the worker.
    """

    class State(models.TextChoices):
        DRAFT = "draft"  # not confirmed
        WAITING = "waiting"
        DONE = "done"

    key = models.UUIDField(unique=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    order = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DONE)
    undoes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="undone_by"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="bulk_waiting", condition=models.Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.key}"


class BulkLine(models.Model):
    """What became of one case of a bulk run; written in the transaction of its step.

    `done` is None while it waits; `seen` is the version of the case that the summary showed.
    """

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="lines")
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    seen = models.PositiveIntegerField(null=True, blank=True)
    done = models.BooleanField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "case"], name="bulk_line_once")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.done}"


class TakenStep(models.Model):
    """The last step that somebody took of a case at the desk, and the case as it was before.

    Kept for the moment in which it may be taken back.
    """

    case = models.OneToOneField(
        "cases.Case", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(BulkRun, null=True, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=20)
    sequence = models.PositiveIntegerField()  # of the step's event, the last one of its chain
    at = models.DateTimeField(db_index=True)
    before = models.JSONField()

    def __str__(self) -> str:
        return f"{self.case_id}: {self.code}"


class Look(models.Model):
    """Who has a case open, so that two do not decide it at the same time unawares."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="look_once")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.case_id}"
