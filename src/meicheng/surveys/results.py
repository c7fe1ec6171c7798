"""What is told of a wave: shares, scores and indexes with their intervals, small groups left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from meicheng.engine.surveys.borrowing import Area, borrow
from meicheng.engine.surveys.estimates import Design, Estimate, design_of, mean_of
from meicheng.engine.surveys.hiding import FEWEST, hidden
from meicheng.engine.surveys.weights import Raked, unequal_weights
from meicheng.places.models import Division

from .models import Answer, Cell, Wave
from .questions import INDEXES, Form, Question


def results_of(
    wave: Wave,
    form: Form,
    cells: Sequence[Cell],
    answers: Sequence[Answer],
    raked: Raked | None,
) -> dict[str, Any]:
    """Everything that is told of a wave; figures of small groups are not in it at all."""
    found: dict[str, Any] = {
        "answers": len(answers),
        "asked": sum(one.asked for one in cells),
        "interviews": sum(one.interview for one in answers),
        "fewest": FEWEST,
    }
    if raked is None or len(answers) < FEWEST:
        return found
    table = _Table(wave, cells, answers)
    first = raked.weights
    found["weights"] = {
        "margins": sorted(wave.margins),
        "converged": raked.converged,
        "rounds": raked.rounds,
        "misses": [
            {"question": one.margin, "answer": one.value, "wanted": one.wanted,
             "reached": one.reached, "nobody": one.nobody}
            for one in raked.misses
        ],
        "smallest": float(first.min() / first.mean()),
        "largest": float(first.max() / first.mean()),
        "effect": unequal_weights(list(first)),
    }  # fmt: skip
    found["questions"] = [
        table.question(one) for one in form.questions if one.kind not in {"text", "date"}
    ]
    found["breakdowns"] = [
        *_by_district(table, form, cells),
        *(_by_answers(table, form, question) for question in form.questions if question.margin),
    ]
    found["indexes"] = {
        index: table.index(form, index)
        for index in INDEXES
        if any(one.index == index for one in form.questions)
    }
    return found


class _Table:
    """The answers of a wave as columns."""

    def __init__(self, wave: Wave, cells: Sequence[Cell], answers: Sequence[Answer]) -> None:
        by_pk = {one.pk: one for one in cells}
        self.wave = wave
        self.said = [one.said for one in answers]
        self.cells = [by_pk[one.cell_id] for one in answers]
        self.weights = np.array([one.weight or 0.0 for one in answers])
        self.design = self._design(wave, cells)

    def _design(self, wave: Wave, cells: Sequence[Cell]) -> Design:
        strata = [one.stratum for one in self.cells]
        if wave.clusters:
            clusters = [one.code for one in self.cells]
            drawn: Counter[str] = Counter(one.stratum for one in cells)
            sampled = {
                name: drawn[name] / wave.cells_there.get(name, drawn[name]) for name in drawn
            }
            # All cells of a stratum were drawn: what is left to chance lies within them.
            if all(share >= 1 for share in sampled.values()):
                sampled = dict.fromkeys(sampled, 0.0)
        else:
            clusters = [str(place) for place in range(len(self.cells))]
            there: Counter[str] = Counter()
            for one in cells:
                there[one.stratum] += one.population
            counted = Counter(strata)
            sampled = {name: min(1.0, counted[name] / there[name]) for name in counted}
        return design_of(strata, clusters, sampled)

    def mean(
        self, values: Sequence[float | None], among: np.ndarray | None = None
    ) -> Estimate | None:
        """The mean of the values that are known."""
        known = np.array([one is not None for one in values])
        if among is not None:
            known &= among
        numbers = np.array([one or 0.0 for one in values], dtype=float)
        return mean_of(numbers, self.weights, self.design, known)

    def scores(self, question: Question) -> list[float | None]:
        """What each answer to a question counts."""
        return [question.score_of(said.get(question.name)) for said in self.said]

    def question(self, question: Question) -> dict[str, Any]:
        """Shares of the choices, or the mean of a number; nothing where few answered."""
        given = [said.get(question.name) for said in self.said]
        count = sum(one is not None for one in given)
        found: dict[str, Any] = {"name": question.name, "answers": count, "hidden": count < FEWEST}
        if found["hidden"]:
            return found
        if question.choices or question.kind == "range":
            codes = [one.name for one in question.choices] or question.steps
            found["choices"] = [
                {"name": code, **told(self.mean([_chosen(one, code) for one in given]))}
                for code in codes
            ]
        else:
            numbers = [float(one) for one in given if one is not None]
            low, high = min(numbers), max(numbers)
            width = high - low or 1.0
            scaled = self.mean([None if one is None else (one - low) / width for one in given])
            assert scaled is not None
            found["number"] = {
                name: low + width * value
                for name, value in (
                    ("mean", scaled.mean),
                    ("low", scaled.low),
                    ("high", scaled.high),
                )
            }
        if question.scored:
            scored = self.mean(self.scores(question))
            found["score"] = told(scored) if scored else None
        return found

    def index(self, form: Form, index: str) -> dict[str, Any]:
        """An index from 0 to 100: the mean of what its questions count, by community too.

        The variance of a community is the variance of all answers, by its number of answers and the
        design effect of the whole; its own would be too unsure to shrink by.
        """
        asked = [self.scores(one) for one in form.questions if one.index == index]
        values: list[float | None] = []
        for row in zip(*asked, strict=True):
            known = [one for one in row if one is not None]
            values.append(sum(known) / len(known) if known else None)
        city = self.mean(values)
        if city is None or city.answers < FEWEST:
            return {"city": None, "communities": []}
        there = np.array([one is not None for one in values])
        spread = _spread(values, self.weights, city.mean)
        places = _communities(self.wave)
        codes = np.array([one.division.code for one in self.cells])
        areas, counts = [], {}
        for code in places:
            inside = there & (codes == code)
            counts[code] = int(inside.sum())
            own = self.mean(values, inside) if counts[code] >= FEWEST else None
            variance = spread * city.effect / max(1, counts[code])
            areas.append(Area(code, own.mean if own else None, variance))
        return {
            "city": told(city),
            "communities": [
                {
                    "code": one.code,
                    "answers": counts[one.code] if counts[one.code] >= FEWEST else None,
                    "own": area.mean,
                    "mean": one.estimate,
                    "low": max(0.0, one.low),
                    "high": min(1.0, one.high),
                    "borrowed": one.borrowed,
                }
                for one, area in zip(borrow(areas), areas, strict=False)
            ],
        }


def told(one: Estimate | None) -> dict[str, Any]:
    """An estimate as it is kept."""
    if one is None:
        return {"mean": None, "low": None, "high": None, "effect": None}
    return {"mean": one.mean, "low": one.low, "high": one.high, "effect": one.effect}


def _chosen(said: Any, code: Any) -> float | None:
    if said is None:
        return None
    return float(code in said if isinstance(said, list) else said == code)


def _spread(values: Sequence[float | None], weights: np.ndarray, mean: float) -> float:
    pairs = [(one, w) for one, w in zip(values, weights, strict=True) if one is not None]
    total = sum(w for _one, w in pairs)
    return sum(w * (one - mean) ** 2 for one, w in pairs) / total if total else 0.0


def _by_district(table: _Table, form: Form, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    names = sorted({one.stratum.split("/")[0] for one in cells})
    if len(names) < 2:
        return []
    own = np.array([one.stratum.split("/")[0] for one in table.cells])
    return [_breakdown(table, form, "", names, own)]


def _by_answers(table: _Table, form: Form, question: Question) -> dict[str, Any]:
    own = np.array([str(said.get(question.name, "")) for said in table.said])
    return _breakdown(table, form, question.name, [one.name for one in question.choices], own)


def _breakdown(
    table: _Table, form: Form, by: str, names: Sequence[str], own: np.ndarray
) -> dict[str, Any]:
    """Scores of every scored question by group; "" is the strata's divisions.

    A group with few answers has no figure, and neither has the next smallest, from which it could
    be worked out.
    """
    rows = []
    for question in form.questions:
        if not question.scored or question.name == by:
            continue
        scores = table.scores(question)
        known = np.array([one is not None for one in scores])
        counts = [int((known & (own == name)).sum()) for name in names]
        secret = hidden(counts)
        rows.append(
            {
                "question": question.name,
                "groups": [
                    {"hidden": True}
                    if place in secret
                    else {"answers": counts[place], **told(table.mean(scores, own == name))}
                    for place, name in enumerate(names)
                ],
            }
        )
    return {"by": by, "groups": list(names), "rows": rows}


def _communities(wave: Wave) -> list[str]:
    """The codes of the communities that could be drawn from."""
    codes = {str(cell).split("/")[0] for cell, _stratum, _who in wave.frame}
    communities = Division.objects.filter(level=Division.Level.COMMUNITY)
    inside = communities.filter(path__startswith=wave.division.path).order_by("path")
    known = list(inside.values_list("code", flat=True))
    if wave.audience == Wave.Audience.VISITORS:
        codes = set(wave.cells.values_list("division__code", flat=True))
    return [code for code in known if code in codes]
