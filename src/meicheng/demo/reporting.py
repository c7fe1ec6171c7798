"""What citizens and staff reported, with the answers that they were given."""

from __future__ import annotations

from datetime import datetime

from meicheng.engine.text import mask_name
from meicheng.engine.workflow import State
from meicheng.organisation.personal import digest_of_name, seal
from meicheng.voices.codes import LENGTH, LETTERS, check_letter
from meicheng.voices.models import Report

from .bulk import Rows
from .lifetime import Life
from .lives import MINUTE
from .texts import Texts
from .world import World, city_time

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
STATES = {
    State.REPORTED: Report.State.RECEIVED,
    State.CLOSED: Report.State.ANSWERED,
    State.TURNED_DOWN: Report.State.TURNED_DOWN,
    State.WITHDRAWN: Report.State.TURNED_DOWN,
}


class Reports:
    """Writes the reports behind cases."""

    def __init__(self, world: World) -> None:
        self.table = Rows(Report)
        self._chance = world.chance("reports")
        self._texts = Texts(f"{world.seed}/replies")
        self._until = world.until
        self._names: dict[str, bytes] = {}

    @property
    def next_pk(self) -> int:
        """The key of the report that is written next."""
        return self.table.count + 1

    def _sealed(self, name: str) -> bytes | None:
        """A name under the key; each of the few is sealed once."""
        if name and name not in self._names:
            self._names[name] = seal(name)
        return self._names.get(name)

    def new_code(self) -> str:
        """A code by which a report can be followed."""
        drawn = "".join(self._chance.choices(LETTERS, k=LENGTH - 1))
        return drawn + check_letter(drawn)

    def write(
        self,
        life: Life,
        subject: str,
        text: str,
        source: str,
        joined_at: datetime | None = None,
        code: str = "",
    ) -> None:
        """The report behind a case, or one more of the same problem."""
        case, chance = life.case, self._chance
        at = joined_at or case.reported_at
        state = STATES.get(State(case.state), Report.State.ACCEPTED)
        if joined_at is not None and state == Report.State.ACCEPTED:
            state = Report.State.JOINED
        reply, replied_at = "", None
        if case.closed_at is not None:
            replied_at = min(case.closed_at + MINUTE * chance.randint(1, 50), self._until)
            replied_at = max(replied_at, at)
            reply = self._reply(life, subject)
        called = ""
        if source in {"hotline", "portal"} and chance.random() < 0.6:
            called = chance.choice(SURNAMES) + chance.choice(("女士", "先生"))
        rating = life.case.rating if joined_at is None else None
        self.table.add(
            Report(
                pk=self.next_pk,
                code=code or self.new_code(),
                state=state,
                source=source,
                case_id=case.pk,
                kind_id=case.kind_id,
                suggested=[],
                subject=subject,
                body=text,
                division_id=case.division_id,
                address=case.address,
                longitude=case.longitude,
                latitude=case.latitude,
                name_sealed=self._sealed(called),
                name_digest=digest_of_name(called) if called else "",
                name_masked=mask_name(called),
                reported_at=at,
                received_at=at,
                votes=int(chance.expovariate(0.8)) if source == "portal" else 0,
                reply=reply,
                replied_at=replied_at,
                rating=rating,
                rating_manner=min(5, rating + chance.randint(0, 1)) if rating else None,
                rating_remark=life.rating_remark if rating else "",
                rated_at=life.rated_at if rating else None,
                extra={},
            )
        )

    def _reply(self, life: Life, subject: str) -> str:
        case = life.case
        if case.state in {State.TURNED_DOWN, State.WITHDRAWN}:
            return case.outcome
        unit = case.unit.name_zh if case.unit else ""
        closed = case.closed_at
        day = f"{city_time(closed).month}月{city_time(closed).day}日" if closed else ""
        what = subject or case.kind.name_zh
        return self._texts.one(
            "reply", subject=what, unit=unit, day=day, done=case.outcome.removeprefix("已")
        )
