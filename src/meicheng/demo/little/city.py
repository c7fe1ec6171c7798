"""The little city: what a test asks of it, made through the product's own actions."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from PIL import Image

from meicheng.cases import actions
from meicheng.cases.actions.time import latest_extension
from meicheng.cases.models import Case
from meicheng.engine.space import cell_of
from meicheng.engine.workflow import Need, transition
from meicheng.files.actions import store_photo
from meicheng.files.models import StoredFile
from meicheng.organisation.models import Membership, Unit, User
from meicheng.places.models import Division, Site
from meicheng.places.time import city_day
from meicheng.standards.actions import load_packs
from meicheng.standards.models import CaseKind, Item
from meicheng.voices.models import Report

from .ground import Ground

PASSWORD = "a-long-enough-password"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of an administrator's codes
# The steps that lead from "registered" to each state, in order.
WAYS: dict[str, tuple[str, ...]] = {
    "registered": (),
    "turned_down": (),
    "dispatched": ("dispatch",),
    "accepted": ("dispatch", "accept"),
    "in_progress": ("dispatch", "accept", "start"),
    "sent_back": ("dispatch", "send_back"),
    "resolved": ("dispatch", "accept", "start", "resolve"),
    "to_redo": ("dispatch", "accept", "start", "resolve", "redo"),
    "verified": ("dispatch", "accept", "start", "resolve", "verify"),
    "closed": ("dispatch", "accept", "start", "resolve", "verify", "close"),
    "suspended": ("dispatch", "accept", "start", "suspend"),
    "withdrawn": ("withdraw",),
}


class City(Ground):
    """The small world; everything it makes is made through the product's own actions."""

    def __init__(self) -> None:
        super().__init__()
        self._serial = 0
        self._users: dict[tuple[str, str, str], User] = {}

    @cached_property
    def _password(self) -> str:
        """Everybody's, hashed once: it is meant to take long."""
        return make_password(PASSWORD)

    # --- what is there from the start ---

    def division(self, code: str = "LC0101") -> Division:
        """`CITY`; `LC`, `XC`, `SF`; subdistricts `LC01`; communities `LC0101`, `LC0102`."""
        return self.divisions[code]

    def unit(self, role: str = "urban-management", district: str = "LC") -> Unit:
        """The unit of a role in a district, coded `ROLE-DISTRICT`."""
        return self.units[f"{role}-{district}"]

    def kind(self, code: str = "exposed-litter") -> CaseKind:
        """A kind of case."""
        return self.kinds[code]

    def item(self, code: str = "swept") -> Item:
        """An item of the bank."""
        return self.items[code]

    def load_standards(self, *frameworks: str) -> None:
        """Bring in the shipped kinds, items and these standards ("sanitary-city-2021", …)."""
        load_packs(frameworks=frameworks)
        self.kinds = {kind.code: kind for kind in CaseKind.objects.all()}
        self.items = {item.code: item for item in Item.objects.all()}

    # --- what a test asks for ---

    def user(
        self,
        role: str = "dispatcher",
        *,
        division: str | Division = "",
        unit: Unit | None = None,
        name: str = "",
    ) -> User:
        """Somebody who holds a role; the same person for the same question.

        Where nothing is said, workers and leads belong to the urban management of LC, a district
        lead to LC, and everyone else to the whole city. The password is `PASSWORD`; an administrator
        has the second factor that she needs, an app with the secret `SECRET`.
        """
        where = division if isinstance(division, Division) else self.divisions.get(division)
        if where is None and unit is None:
            if role in {"unit-worker", "unit-lead"}:
                unit = self.unit()
            else:
                where = self.divisions["LC" if role == "district-lead" else "CITY"]
        key = (role, where.code if where else unit.code if unit else "", name)
        if key not in self._users:
            username = "-".join(part for part in key if part).lower()
            person = User.objects.create(
                username=username,
                password=self._password,
                display_name=name or f"{role} {key[1]}",
            )
            Membership.objects.create(user=person, role=role, division=where, unit=unit)
            if role == Membership.Role.ADMINISTRATOR:
                TOTP.activate(person, SECRET)
            self._users[key] = person
        return self._users[key]

    def case(
        self,
        kind: str = "exposed-litter",
        *,
        state: str = "",
        division: str | Division = "LC0101",
        unit: Unit | None = None,
        site: Site | None = None,
        by: User | None = None,
        description: str = "",
        longitude: float | None = None,
        latitude: float | None = None,
        reported_at: datetime | None = None,
        source: str = "staff",
        apart: bool = True,
    ) -> Case:
        """A case that came into its state step by step; "in_progress" where only a unit is named.

        Without `state` and `unit` it waits to be dispatched. Unless it is not `apart`, it is one of
        its own, also where the same problem was closed lately.
        """
        where = division if isinstance(division, Division) else self.divisions[division]
        middle = self._middle(where)
        state = state or ("in_progress" if unit else "registered")
        case = actions.open_case(
            kind=self.kind(kind),
            division=where,
            by=by,
            description=description or f"{self.kind(kind).name_zh}（{where.name_zh}）",
            source=source,
            longitude=longitude if longitude is not None else middle[0],
            latitude=latitude if latitude is not None else middle[1],
            site=site,
            photos=[],
            reported_at=reported_at,
            register=state not in {"reported", "turned_down"},
            apart=apart,
        )
        if state == "reported":
            return case
        if state == "turned_down":
            return actions.turn_down_case(case, by=self.user("dispatcher"), remark="不属于受理范围")
        for step in WAYS[state]:
            case = self.take(case, step, unit=unit)
        return case

    def take(self, case: Case, step: str, *, unit: Unit | None = None, remark: str = "") -> Case:
        """Take one step of a case as somebody who may, with whatever the step needs."""
        words = remark or {"send_back": "不属于本单位职责", "redo": "现场仍有垃圾"}.get(
            step, "已办理"
        )
        more = self.asked(case, step, unit=unit)
        return getattr(actions, f"{step}_case")(
            case, by=self.who_takes(case, step), remark=words, **more
        )

    def who_takes(self, case: Case, step: str) -> User:
        """Somebody who may take the step of this case."""
        if step in {"accept", "start", "send_back", "resolve", "finish_stage"}:
            return self.user("unit-worker", unit=case.unit)
        if step == "ask_extension":
            return self.user("unit-lead", unit=case.unit)
        if step == "part_done":
            part = case.supports.filter(done_at=None).select_related("unit").first()
            return self.user("unit-worker", unit=part.unit if part else case.unit)
        return self.user("creation-office")

    def asked(self, case: Case, step: str, *, unit: Unit | None = None) -> dict[str, Any]:
        """What a step needs beside words, right for this case."""
        district = case.division.path.split("/")[2]
        own = unit or self.units.get(f"{case.kind.role_id}-{district}")
        other = self.unit("traffic-police", district)
        if other == case.unit:
            other = self.unit("health", district)
        more: dict[str, Any] = {}
        for need in transition(step).needs:
            if need is Need.UNIT:
                more["to"] = (
                    (unit or other) if step == "support" else own or self.unit(district=district)
                )
            elif need is Need.PHOTO:
                more["photos"] = [self.photo()]
            elif need is Need.PARTS:
                kinds = ("exposed-litter", "illegal-parking")
                homes = (self.unit(district=district), other)
                more["parts"] = [
                    actions.Part(self.kind(kind), home, f"其中的{self.kind(kind).name_zh}")
                    for kind, home in zip(kinds, homes, strict=True)
                ]
            elif need is Need.UNTIL:
                more["until"] = latest_extension(case)
            elif need is Need.REVIEW_ON:
                more["review_on"] = city_day(timezone.now()) + timedelta(days=30)
        return more

    def report(
        self,
        body: str = "路边有一堆垃圾，好几天没人清理。",
        *,
        kind: str | None = "exposed-litter",
        division: str | Division = "LC0101",
        case: Case | None = None,
        source: str = "portal",
        state: str = "received",
        reported_at: datetime | None = None,
        **fields: Any,
    ) -> Report:
        """A citizen's report; it stands alone unless a case is named."""
        self._serial += 1
        where = division if isinstance(division, Division) else self.divisions[division]
        middle = self._middle(where)
        fields = {"longitude": middle[0], "latitude": middle[1], "subject": body[:30], **fields}
        return Report.objects.create(
            code=f"R{self._serial:09d}",
            source=source,
            state=state,
            body=body,
            kind=self.kind(kind) if kind else None,
            case=case,
            division=where,
            reported_at=reported_at or timezone.now(),
            **fields,
        )

    def site(
        self,
        kind: str = "back-lane",
        *,
        division: str | Division = "LC0101",
        name: str = "",
        **fields: Any,
    ) -> Site:
        """A place to visit, in the middle of its community."""
        self._serial += 1
        where = division if isinstance(division, Division) else self.divisions[division]
        longitude, latitude = self._middle(where)
        fields = {"longitude": longitude, "latitude": latitude, **fields}
        return Site.objects.create(
            code=f"{where.code}-S{self._serial:03d}",
            name_zh=name or f"{where.name_zh}{self._serial}号巷",
            name_en=f"Lane {self._serial}",
            kind_id=kind,
            division=where,
            cell=cell_of(fields["longitude"], fields["latitude"]),
            **fields,
        )

    def photo(self, *, width: int = 64, height: int = 48) -> StoredFile:
        """A small stored photograph, another one every time."""
        return store_photo(self.jpeg(width=width, height=height), name="photo.jpg")

    def jpeg(self, *, width: int = 64, height: int = 48) -> io.BytesIO:
        """A photograph as it would be uploaded, another one every time."""
        self._serial += 1
        colour = (self._serial * 37 % 256, self._serial * 71 % 256, self._serial // 8 * 16 % 256)
        buffer = io.BytesIO()
        Image.new("RGB", (width, height), colour).save(buffer, "JPEG", quality=95)
        buffer.seek(0)
        buffer.name = "photo.jpg"
        return buffer

    def _middle(self, division: Division) -> tuple[float, float]:
        outline: Any = division.outline  # a box, made above
        corners = outline["coordinates"][0]
        return (corners[0][0] + corners[2][0]) / 2, (corners[0][1] + corners[2][1]) / 2
