"""The results of a wave in sentences and charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meicheng.tables.charts import Chart, Series
from meicheng.tables.sheets import Sheet

from .filling import shown
from .models import Wave
from .queries import Strata
from .questions import Form, Question

Found = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A question with its chart, or with why there is none."""

    question: Question
    answers: int
    chart: Chart | None
    says: str


@dataclass(frozen=True)
class Grid:
    """Scores of groups: a row for each question, a cell for each group, None where hidden."""

    title: str
    groups: list[str]
    rows: list[tuple[str, list[dict[str, Any] | None]]]


def index_name(index: str) -> str:
    """What an index is called."""
    return {"happiness": _("Happiness index"), "impression": _("Impression index")}[index]


def summary(wave: Wave) -> list[str]:
    """What a reader must know first: how many, how sure, and what the weights could not do."""
    results = wave.results or {}
    count, asked = results.get("answers", 0), results.get("asked", 0)
    rate = 100 * count / asked if asked else 0
    lines = [
        _("%(count)s of %(asked)s who were drawn answered (%(rate).0f %%).")
        % {"count": f"{count:,}", "asked": f"{asked:,}", "rate": rate}
    ]
    if "questions" not in results:
        fewest = results.get("fewest", 10)
        return [*lines, _("With fewer than %(n)d answers no figure is told.") % {"n": fewest}]
    if rate < 50:
        lines.append(
            _(
                "More than half did not answer: who they are may matter more than the intervals show."
            )
        )
    weights = results["weights"]
    lines.append(
        _("Answers weigh from %(low).1f to %(high).1f times the mean; that alone makes variances "
          "%(effect).2f times larger.")
        % {"low": weights["smallest"], "high": weights["largest"], "effect": weights["effect"]}
    )  # fmt: skip
    return lines


def misses(wave: Wave, form: Form) -> list[str]:
    """Where weighting could not reach what is known of all people."""
    lines = []
    for one in (wave.results or {}).get("weights", {}).get("misses", []):
        question = form.question(one["question"])
        words = {
            "question": question.label if question else one["question"],
            "answer": shown(question, one["answer"]) if question else one["answer"],
            "wanted": 100 * one["wanted"],
            "reached": 100 * one["reached"],
        }
        if one["nobody"]:
            text = _("%(question)s: nobody answered “%(answer)s” (%(wanted).0f %% of all people); "
                     "the figures do not speak for them.")  # fmt: skip
        else:
            text = _("%(question)s: “%(answer)s” came to %(reached).0f %% instead of %(wanted).0f %%: "
                     "so few answers cannot be weighted further.")  # fmt: skip
        lines.append(text % words)
    return lines


def questions(wave: Wave, form: Form) -> list[Told]:
    """Every question with its chart."""
    found = []
    for one in (wave.results or {}).get("questions", []):
        question = form.question(one["name"])
        if question is None:
            continue
        chart = None if one["hidden"] else _chart(question, one)
        found.append(Told(question, one["answers"] if not one["hidden"] else 0, chart, _says(one)))
    return found


def scores(wave: Wave, form: Form) -> Chart | None:
    """All questions that count something, beside each other, the lowest first."""
    found = [
        (str(question.label), one["score"])
        for one in (wave.results or {}).get("questions", [])
        if one.get("score") and (question := form.question(one["name"])) is not None
    ]
    if len(found) < 2:
        return None
    found.sort(key=lambda pair: pair[1]["mean"])
    lowest, highest = found[0], found[-1]
    return Chart(
        kind="ranges",
        title=_("What people think of it, of 100"),
        says=_("Lowest stands “%(low)s” with %(a).0f, highest “%(high)s” with %(b).0f.")
        % {
            "low": lowest[0],
            "a": 100 * lowest[1]["mean"],
            "high": highest[0],
            "b": 100 * highest[1]["mean"],
        },
        labels_are=_("Question asked"),
        labels=[name for name, _score in found],
        series=[
            Series(
                _("Score"),
                [100 * one["mean"] for _name, one in found],
                [(100 * one["low"], 100 * one["high"]) for _name, one in found],
            )
        ],
        low=0,
        high=100,
    )


def _says(one: Found) -> str:
    if one["hidden"]:
        return _("Too few answers: no figure is told.")
    parts = []
    if one.get("score"):
        parts.append(
            _(
                "%(mean).1f of 100 (95 %% interval %(low).1f to %(high).1f; design effect %(effect).1f)."
            )
            % _hundred(one["score"])
        )
    if one.get("number"):
        parts.append(_("On average %(mean).1f (%(low).1f to %(high).1f).") % one["number"])
    return " ".join(parts)


def _chart(question: Question, one: Found) -> Chart | None:
    choices = one.get("choices")
    if not choices:
        return None
    best = max(choices, key=lambda each: each["mean"] or 0)
    says = ngettext(
        "“%(answer)s” was answered most: %(share).0f %% (%(count)d answer).",
        "“%(answer)s” was answered most: %(share).0f %% (%(count)d answers).",
        one["answers"],
    ) % {
        "answer": shown(question, best["name"]),
        "share": 100 * (best["mean"] or 0),
        "count": one["answers"],
    }
    return Chart(
        kind="ranges",
        title=str(question.label),
        says=says,
        labels_are=_("Answer chosen"),
        labels=[shown(question, each["name"]) for each in choices],
        series=[
            Series(
                _("Share of people"),
                [100 * each["mean"] for each in choices],
                [(100 * each["low"], 100 * each["high"]) for each in choices],
            )
        ],
        unit="%",
        low=0,
        high=100,
    )


def grids(wave: Wave, form: Form) -> list[Grid]:
    """Scores by district and by the questions that answers are weighted by (2 SQL statements)."""
    found = []
    for one in (wave.results or {}).get("breakdowns", []):
        by = form.question(one["by"]) if one["by"] else None
        names = Strata(one["groups"]) if by is None else None
        groups = [
            names.place(group) if names is not None else shown(by, group)  # type: ignore[arg-type]
            for group in one["groups"]
        ]
        rows: list[tuple[str, list[dict[str, Any] | None]]] = []
        for row in one["rows"]:
            question = form.question(row["question"])
            cells = [
                None if cell.get("hidden") or cell.get("mean") is None else _hundred(cell)
                for cell in row["groups"]
            ]
            rows.append((str(question.label) if question else row["question"], cells))
        found.append(Grid(str(by.label) if by else _("By district"), groups, rows))
    return found


def sheets(wave: Wave, form: Form) -> list[Sheet]:
    """Everything that is told, as sheets of a workbook."""
    asked = [wave.title, wave.code, *summary(wave)]
    rows: list[list[Any]] = []
    for one in (wave.results or {}).get("questions", []):
        question = form.question(one["name"])
        if question is None or one["hidden"]:
            continue
        for each in one.get("choices", []):
            rows.append([str(question.label), shown(question, each["name"]), each["mean"],
                         each["low"], each["high"], _round(each["effect"]), one["answers"]])  # fmt: skip
        if one.get("score"):
            score = one["score"]
            rows.append([str(question.label), _("Score"), score["mean"], score["low"], score["high"],
                         _round(score["effect"]), one["answers"]])  # fmt: skip
    heads = [(_("Question asked"), 40), (_("Answer chosen"), 20), (_("Share of people"), 10),
             (_("95 % interval, lower end"), 12), (_("95 % interval, upper end"), 12),
             (_("Design effect"), 10), (_("Answer sheets"), 10)]  # fmt: skip
    found = [Sheet(_("Results"), asked, heads, rows, frozenset({2, 3, 4}))]
    for grid in grids(wave, form):
        found.append(
            Sheet(
                grid.title,
                asked,
                [(_("Question asked"), 40), *((group, 14) for group in grid.groups)],
                [
                    [
                        name,
                        *(_("hidden") if cell is None else _round(cell["mean"]) for cell in cells),
                    ]
                    for name, cells in grid.rows
                ],
            )
        )
    return found


def index_rows(found: Found, names: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The communities of an index, the lowest first."""
    rows: list[dict[str, Any]] = [
        {**_hundred(one), "division": names.get(one["code"]), "answers": one["answers"],
         "own": None if one["own"] is None else 100 * one["own"],
         "borrowed": round(100 * one["borrowed"]),
         "grade": grade(one["low"], one["high"], found["city"]["mean"])}
        for one in found["communities"]
        if one["code"] in names
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["mean"], row["division"].path))


def grade(low: float, high: float, city: float) -> str:
    """How a community is shaded: "good" surely above the city, "fair" surely below, else ""."""
    if low > city:
        return "good"
    return "fair" if high < city else ""


def tied(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether even the lowest and the highest cannot be told apart."""
    return bool(rows) and rows[0]["high"] >= rows[-1]["low"]


def _hundred(one: Found) -> dict[str, Any]:
    """An estimate in hundredths."""
    return {
        **{name: 100 * one[name] for name in ("mean", "low", "high")},
        "effect": one.get("effect"),
        "answers": one.get("answers"),
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
