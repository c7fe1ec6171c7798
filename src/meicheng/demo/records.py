"""Writing a case down: its row, its words, the chain of what was done, and its counts."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

from django.conf import settings

from meicheng.cases.counts import contribution
from meicheng.cases.models import Case, CaseText, Extension, SpotCheck, Stage, Support
from meicheng.cases.text import text_of
from meicheng.engine.provenance import link
from meicheng.engine.workflow import is_drawn
from meicheng.ledger.actions import CaseTallyKey, count_cases
from meicheng.ledger.events import payload
from meicheng.ledger.models import Event

from .bulk import Rows
from .lifetime import Life

EVENTS = (
    "id",
    "chain",
    "sequence",
    "verb",
    "at",
    "by_id",
    "by_name",
    "data",
    "previous_hash",
    "hash",
)


class Records:
    """The tables in which a case leaves rows, and the counts that all of them come to."""

    def __init__(self) -> None:
        self.cases = Rows(Case)
        self.events = Rows(Event, EVENTS)
        self._texts = Rows(CaseText)
        self._beside_it = {model: Rows(model) for model in (Stage, Support, Extension, SpotCheck)}
        self._counts: dict[CaseTallyKey, Counter[str]] = defaultdict(Counter)

    @property
    def tables(self) -> list[Rows]:
        """In the order in which they are written."""
        return [self.cases, self._texts, self.events, *self._beside_it.values()]

    def count(self) -> None:
        """Add what was written to the tallies."""
        count_cases(self._counts)

    def write(self, life: Life) -> None:
        """The case with its chain of events and its counts."""
        case = life.case
        before, chain = "", case.chain
        check: SpotCheck | None = None
        for sequence, step in enumerate(life.steps, 1):
            if step.verb == "verify" and check is None:
                # What the draw did not send to the spot is passed on the photograph.
                step = step._replace(verb="pass_photo")
                life.steps[sequence - 1] = step
            data = {key: value for key, value in step.data.items() if value not in ("", None, [])}
            by_id, by_name = (step.by.pk, step.by.name) if step.by else (None, "")
            said = payload(
                chain=chain,
                sequence=sequence,
                verb=step.verb,
                at=step.at,
                by_id=by_id,
                by_name=by_name,
                data=data,
            )
            this = link(before, said, settings.HASH_ALGORITHM)
            self.events.add_values(
                (self.events.count + 1, chain, sequence, step.verb, step.at, by_id, by_name,
                 json.dumps(data), before, this)
            )  # fmt: skip
            before = this
            if step.verb == "resolve":
                case.spot_check = is_drawn(this, data["chance"])
                chance = data["chance"]
                if case.spot_check:
                    check = SpotCheck(case_id=case.pk, drawn_at=step.at, chance=chance)
            elif step.verb in {"verify", "redo"} and check is not None:
                check.failed, check.seen_at = step.verb == "redo", step.at
                self._beside(check)
                check = None
            if step.verb in {"redo", "reopen", "relapse"}:
                case.spot_check = None
        for row in (check, *life.stages, *life.supports, *life.extensions):
            if row is not None:
                self._beside(row)
        case.events_count, case.head_hash = len(life.steps), before
        case.updated_at = life.steps[-1].at
        for key, names in contribution(case).items():
            self._counts[key].update(names)
        self.cases.add(case)
        self._texts.add(text_of(case))

    def _beside(self, row: Stage | Support | Extension | SpotCheck) -> None:
        """A row that belongs to a case, with the next key of its table."""
        rows = self._beside_it[type(row)]
        row.pk = rows.count + 1
        rows.add(row)
