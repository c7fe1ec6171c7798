"""What the API takes and gives, as its OpenAPI description says it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from .asking import Number, PhotoHash
from .faults import SAID
from .paging import MOST


class Page(Schema):
    """Which page of a list."""

    limit: int = Field(50, ge=1, le=MOST, description="How many at most")
    cursor: str = Field("", max_length=400, description="“next” of the page before")


class Name(Schema):
    """A name in both languages."""

    zh: str
    en: str


class Division(Schema):
    """A division of the city."""

    code: str
    name: Name
    level: str
    parent: str | None
    population: int | None
    outline: dict[str, Any] | None = None


class Site(Schema):
    """A place that can be visited; WGS-84."""

    code: str
    name: Name
    kind: str
    division: str
    longitude: float | None
    latitude: float | None
    address: str
    hours: str
    active: bool


class TakenStandard(Schema):
    """An edition of a standard that was taken, or checked."""

    framework: str
    edition: str
    criteria: int
    changed: bool = Field(description="Whether it is new or differs from what was here")


class Unit(Schema):
    """A bureau, branch or crew."""

    code: str
    name: Name
    role: str
    division: str
    parent: str | None
    active: bool


class Case(Schema):
    """A case as a list shows it."""

    number: str
    state: str
    kind: str
    severity: int
    description: str
    source: str
    division: str
    district: str | None
    site: str | None
    unit: str | None
    address: str
    longitude: float | None
    latitude: float | None
    reported_at: datetime
    registered_at: datetime | None
    dispatched_at: datetime | None
    due_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    reports: int
    redone: int
    rating: int | None
    outcome: str
    version: int


class Report(Schema):
    """A report as the desk sees it: no name, no phone."""

    code: str
    state: str
    source: str
    case: str | None
    kind: str | None
    subject: str
    body: str
    division: str
    address: str
    longitude: float | None
    latitude: float | None
    reported_at: datetime
    reply: str
    replied_at: datetime | None
    rating: int | None
    votes: int


class Answer(Schema):
    """One of the answers that a question offers."""

    key: str
    name: Name


class Question(Schema):
    """What a kind asks beside the words."""

    code: str
    type: Literal["line", "text", "number", "moment", "one", "some"]
    question: Name
    required: bool
    values: list[Answer]


class Kind(Schema):
    """A kind of case."""

    code: str
    name: Name
    group: str
    asks: list[Question]


class KindList(Schema):
    """All kinds."""

    items: list[Kind]


class DivisionPage(Schema):
    """A page of divisions."""

    items: list[Division]
    next: str | None


class SitePage(Schema):
    """A page of sites."""

    items: list[Site]
    next: str | None


class UnitPage(Schema):
    """A page of units."""

    items: list[Unit]
    next: str | None


class CasePage(Schema):
    """A page of cases."""

    items: list[Case]
    next: str | None


class ReportPage(Schema):
    """A page of reports."""

    items: list[Report]
    next: str | None


class NewReport(Schema):
    """What somebody reports. A position, or a division, says where."""

    model_config = ConfigDict(extra="forbid")

    body: str = Field(..., max_length=5000, description="What is wrong, in words")
    subject: str = Field("", max_length=300)
    kind: str | None = Field(None, max_length=40, description="A kind's code; else by the words")
    division: str | None = Field(None, max_length=60, description="A division's code")
    address: str = Field("", max_length=300)
    longitude: Number | None = Field(None, ge=-180, le=180, description="WGS-84")
    latitude: Number | None = Field(None, ge=-90, le=90, description="WGS-84")
    reported_at: datetime | None = Field(None, description="Now, unless given; with its zone")
    phone: str = Field("", max_length=30, description="Sealed at rest, never given out here")
    photos: list[PhotoHash] = Field([], max_length=4, description="Hashes that POST /photos gave")
    answers: dict[str, str | list[str]] = Field(
        {}, max_length=20, description="To what GET /kinds says that the kind asks, by code"
    )


class TakenReport(Schema):
    """A report that was taken."""

    code: str
    state: Literal["received", "joined"]
    case: str
    kind: str
    division: str


class NewPart(Schema):
    """One of the problems into which a case is split."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=40, description="A kind's code")
    unit: str = Field(max_length=60, description="A unit's code")
    words: str = Field(max_length=2000, description="What is wrong")


class NewStep(Schema):
    """What a step of the workflow needs; which, its entry in `allowed_actions` says."""

    model_config = ConfigDict(extra="forbid")

    remark: str = Field("", max_length=2000)
    unit: str | None = Field(
        None, max_length=60, description="For dispatch, decide and support: a unit's code"
    )
    kind: str | None = Field(None, max_length=40, description="For register: a kind's code")
    case: str | None = Field(None, max_length=30, description="For join: the case that stays")
    photos: list[PhotoHash] = Field([], max_length=6, description="Hashes that POST /photos gave")
    parts: list[NewPart] = Field([], max_length=10, description="For split: two or more")
    until: datetime | None = Field(None, description="For ask_extension: the new limit")
    review_on: date | None = Field(None, description="For suspend: when it is looked at again")


class NewComment(Schema):
    """Words about a case, which may name people and units."""

    model_config = ConfigDict(extra="forbid")

    remark: str = Field(
        max_length=2000, pattern=SAID, description="“@” before an account, name or unit tells them"
    )


class StoredPhoto(Schema):
    """A photograph that was stored."""

    sha256: str
    width: int
    height: int


class Problem(Schema):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[dict[str, str]] | None = None
