"""The framework format, described once: fields, methods, and what each kind of rule takes.

Reading, the JSON Schema for editors, the columns of the spreadsheet and the plain words of a rule
all follow from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .fields import Choice, Field, Flag, KnownCode, ListOf, MapOf, Number, Record, Text

LEVELS = ("prefecture", "county", "township", "village", "urban-district")
METHODS = ("field", "document", "statistic", "survey", "case", "veto")
VERIFIED = ("source", "recalled", "proposed")
RATES = (
    "on_time_closed",
    "first_time_right",
    "satisfied",
    "not_relapsed",
    "received_in_time",
    "answered_in_time",
)
AMONG = ("due", "closed", "rated", "received")
NO_ANSWER = "no_answer"

CODE = Text(
    40,
    r"[^\s/,;:，；：、{}\[\]\"']+",
    "代码（不超过 40 字，不含空格、标点 / , ; : 和引号括号）",
    "a code of at most 40 signs without blanks, / , ; : quotes or brackets",
)
IDENTIFIER = Text(
    60, r"[a-z0-9]+(?:-[a-z0-9]+)*", "小写字母、数字和连字符", "small letters, digits and hyphens"
)
EDITION = Text(20, r"[^\s/,;:]+", "版本，如 2021", "an edition such as 2021")
NAMES = Record({"zh": Text(200), "en": Text(200)}, ("zh",))
NOTE = Record({"zh": Text(1000), "en": Text(1000)})
UNIT = Text(20, r"[^\s,;]+", "计量单位代码，如 percent", "a unit such as percent")
SHARE = Number(above=0, at_most=1)

PARTIAL = Record(
    {"linear_from": Number(), "every": Number(above=0), "minus": Number(above=0, at_most=1)}
)
STEP = Record(
    {"share": SHARE, "needs": Number(above=0, whole=True), "above": Number(), "below": Number()},
    ("share",),
)
BOUNDS = ("at_least", "at_most", "equals")
_TARGET: dict[str, Field] = {
    **{name: Number() for name in BOUNDS},
    "or": Choice(("rising", "falling")),
    "partial": PARTIAL,
}


@dataclass(frozen=True)
class RuleForm:
    """What a kind of rule takes, and the methods whose evidence it can turn into marks."""

    methods: tuple[str, ...]
    fields: Mapping[str, Field]
    needed: tuple[str, ...] = ()


RULES: dict[str, RuleForm] = {
    "pass_rate": RuleForm(("field",), {}),
    "grade": RuleForm(("document", "statistic", "survey"), {"steps": ListOf(STEP)}, ("steps",)),
    "target": RuleForm(("statistic", "survey"), _TARGET),
    "trend": RuleForm(
        ("statistic",),
        {
            "direction": Choice(("falling", "rising")),
            "years": Number(at_least=2, whole=True),
            "not_above_mean_of": Number(at_least=1, whole=True),
        },
    ),
    "deduct": RuleForm(
        ("field",),
        {"per": SHARE, "by_kind": MapOf(KnownCode("case_kinds", "案件类别", "case kind"), SHARE)},
        ("per",),
    ),
    "share_of_answers": RuleForm(
        ("survey",), {"counts": MapOf(CODE, Number(at_least=0, at_most=1))}, ("counts",)
    ),
    "rate": RuleForm(
        ("case",),
        {
            "of": Choice(RATES),
            "among": Choice(AMONG),
            "kinds": ListOf(KnownCode("case_kinds", "案件类别", "case kind")),
            **_TARGET,
        },
        ("of", "among"),
    ),
    "materials": RuleForm(
        ("document",),
        {"needs": ListOf(CODE), "dated_within_months": Number(at_least=1, whole=True)},
        ("needs",),
    ),
    "veto": RuleForm(("veto",), {"rules_out": CODE}, ("rules_out",)),
}

_ROLE = KnownCode("roles", "责任角色", "role")
CRITERION: dict[str, Field] = {
    "code": CODE,
    "name": NAMES,
    "weight": Number(above=0),
    "method": Choice(METHODS),
    "site_kinds": ListOf(KnownCode("site_kinds", "点位类型", "site kind")),
    "unit": UNIT,
    "lead": _ROLE,
    "support": ListOf(_ROLE),
    "themes": ListOf(KnownCode("themes", "主题", "theme")),
    "verified": Choice(VERIFIED),
    "note": NOTE,
}
NODE: dict[str, Field] = {
    "code": CODE,
    "name": NAMES,
    "weight": Number(above=0),
    "bonus": Flag(),
}
HEAD: dict[str, Field] = {
    "framework": IDENTIFIER,
    "edition": EDITION,
    "name": NAMES,
    "source": Text(200),
    "level": Choice(LEVELS),
    "cycle_years": Number(at_least=1, whole=True),
    "full_marks": Number(above=0),
    "pass": Record({"at_least": Number(above=0)}, ("at_least",)),
    "official": Flag(),
}
