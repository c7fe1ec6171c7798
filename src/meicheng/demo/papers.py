"""Documents behind the materials: most accepted, some waiting, one filed twice, one soon too old."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from meicheng.figures.models import NearMiss
from meicheng.files.documents import store_document
from meicheng.files.models import StoredFile
from meicheng.ledger.events import next_event
from meicheng.ledger.models import Observation
from meicheng.materials.models import Filing, Use
from meicheng.organisation.models import Unit, User
from meicheng.places.time import city_day
from meicheng.standards.models import Criterion, Item

from .people import ACCOUNTS
from .world import World

REVIEWED = 60  # documents of this year that stand behind what was accepted or returned
WAITING = 12
MONTHS = 10
FONT = "STSong-Light"
REASON = "未加盖公章，且缺少实施时间，请补正后重新报送。"


def make_papers(world: World) -> int:
    """Write filings of the city's own units; returns how many. Keys follow what was loaded."""
    roles = {str(role): place for place, (role, _where) in enumerate(ACCOUNTS, 1)}
    people = User.objects.in_bulk([roles["creation-office"], roles["verifier"]])
    making = _Making(world, people[roles["creation-office"]], people[roles["verifier"]])
    for observation in _reviews(world):
        making.reviewed(observation)
    making.waiting(_lacking(world))
    _nearly(world, people[roles["creation-office"]])
    return making.count


def _nearly(world: World, office: User) -> None:
    """One near miss of what rules out, so that the page of vetoes has something to tell."""
    codes = [
        f"{framework}/{code}"
        for framework, code in Criterion.objects.filter(method="veto").values_list(
            "framework__code", "code"
        )
    ]
    item = Item.objects.filter(code__in=codes).order_by("position", "code").last()
    if item is not None:
        NearMiss.objects.create(
            item=item,
            division_id=world.division_pks["CITY"],
            happened_on=city_day(world.until) - timedelta(days=17),
            words="例行排查发现一处险情苗头，当日处置完毕，未造成影响。",
            recorded_by=office,
            recorded_at=world.until - timedelta(days=16),
            key="demo",
        )


def _reviews(world: World) -> Sequence[Observation]:
    """The newest words of this year on the city's materials, each once."""
    rows = Observation.objects.filter(
        item__source=Item.Source.MATERIAL,
        division=world.division_pks["CITY"],
        observed_at__gte=world.until - timedelta(days=31 * MONTHS),
    ).select_related("item", "division")
    found: dict[int, Observation] = {}
    for row in rows.order_by("-observed_at", "pk"):
        found.setdefault(row.item_id, row)
    return list(found.values())[:REVIEWED]


def _lacking(world: World) -> QuerySet[Item]:
    """Materials of which nothing was said this year."""
    known = Observation.objects.filter(
        division=world.division_pks["CITY"],
        observed_at__gte=world.until - timedelta(days=31 * MONTHS),
    ).values("item")
    rows = Item.objects.filter(source=Item.Source.MATERIAL).exclude(pk__in=known)
    return rows.order_by("position", "code")[:WAITING]


class _Making:
    def __init__(self, world: World, filer: User, reviewer: User) -> None:
        self.world, self.filer, self.reviewer = world, filer, reviewer
        self.chance = world.chance("papers")
        self.count = 0
        self.units = {
            unit.role_id: unit
            for unit in Unit.objects.filter(active=True).order_by("-division__path", "-code")
        }
        self.last: StoredFile | None = None
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))

    def reviewed(self, observation: Observation) -> None:
        """A document with the word that was said of it."""
        accepted = observation.value == "accepted"
        made = self._file(observation.item, observation.observed_at, soon=self.count == 3)
        if made is None:
            return
        at = made.filed_at + timedelta(days=self.chance.randint(1, 6))
        Use.objects.create(
            filing=made,
            item=observation.item,
            state=observation.value,
            reviewed_by=self.reviewer,
            reviewed_at=at,
            reason="" if accepted else REASON,
            observation=observation,
        )
        verb = "material_accepted" if accepted else "material_returned"
        said = {"materials": [observation.item.code], "reason": "" if accepted else REASON}
        next_event(made, verb, by=self.reviewer, at=at, **said)
        made.save()

    def waiting(self, items: QuerySet[Item]) -> None:
        """Documents that nobody has reviewed yet; the last is the one before it once more."""
        for number, item in enumerate(items):
            at = self.world.until - timedelta(days=30 - number, hours=self.chance.randint(0, 8))
            made = self._file(item, at, again=number == WAITING - 1)
            if made is not None:
                Use.objects.create(filing=made, item=item)
                made.save()

    def _file(
        self, item: Item, at: datetime, *, again: bool = False, soon: bool = False
    ) -> Filing | None:
        unit = self.units.get(item.role_id or "")
        if unit is None:
            return None
        filed_at = min(at + timedelta(days=2), self.world.until - timedelta(days=8))
        if filed_at < at:
            filed_at = at
        title = item.name_zh[:150]
        name = f"{title[:40]}.pdf"
        if not again or self.last is None:
            self.last = store_document(_pdf(title, unit.name_zh, at), by=self.filer, name=name)
        self.count += 1
        made = Filing(
            code=f"demo-{self.count}",
            title=title,
            unit=unit,
            division_id=self.world.division_pks["CITY"],
            file=self.last,
            file_name=name,
            dated=city_day(at),
            year=city_day(filed_at).year,
            expires=city_day(self.world.until) + timedelta(days=24) if soon else None,
            filed_by=self.filer,
            filed_at=filed_at,
            key=f"demo:{self.count}",
        )
        made.save(force_insert=True)
        made.code = f"CL-{city_day(filed_at).year}-{made.pk:04d}"
        said = {
            "code": made.code, "title": title, "unit": unit.code, "file": self.last.sha256,
            "dated": str(made.dated), "expires": str(made.expires or ""), "materials": [item.code],
        }  # fmt: skip
        next_event(made, "material_filed", by=self.filer, at=filed_at, **said)
        return made


def _pdf(title: str, unit: str, at: datetime) -> io.BytesIO:
    """One page that says what it is; the same words give the same bytes."""
    found = io.BytesIO()
    page = Canvas(found, pagesize=A4, invariant=1)
    page.setFont(FONT, 18)
    lines = [title[start : start + 24] for start in range(0, len(title), 24)]
    for number, line in enumerate(lines):
        page.drawCentredString(A4[0] / 2, 740 - 30 * number, line)
    page.setFont(FONT, 12)
    page.drawString(72, 640 - 30 * len(lines), "（演示材料，内容为虚构）")
    page.drawRightString(A4[0] - 72, 200, unit)
    page.drawRightString(A4[0] - 72, 176, f"{city_day(at):%Y-%m-%d}")
    page.showPage()
    page.save()
    found.seek(0)
    return found
