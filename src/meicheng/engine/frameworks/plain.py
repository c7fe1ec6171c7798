"""Rules, methods and units in the words of somebody who has to meet them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from meicheng.engine.words import Words

from .model import Rule

METHODS = {
    "field": Words("实地考察", "Seen on site"),
    "document": Words("材料审核", "Documents"),
    "statistic": Words("统计数据", "Figures"),
    "survey": Words("问卷调查", "Survey"),
    "case": Words("案件统计", "Counted from cases"),
    "veto": Words("一票否决", "Veto"),
}
VERIFIED = {
    "source": Words("出自原文", "From the source"),
    "recalled": Words("待核对", "To be checked"),
    "proposed": Words("本项目拟定", "Proposed here"),
}
UNITS = {
    "percent": Words("%", "%"),
    "percent_of_plan": Words("%", "%"),  # of what is planned; may exceed 100
    "percent_change": Words("%", "%"),  # growth; may be negative
    "permille": Words("‰", "‰"),
    "per_100k": Words("/10万", " per 100,000"),
    "per_10k": Words("/万", " per 10,000"),
    "per_km2": Words("个/平方公里", " per km²"),
    "m2": Words("平方米", " m²"),
    "db": Words("分贝", " dB"),
    "years": Words("岁", " years"),
    "days": Words("天", " days"),
    "count": Words("", ""),
    "index": Words("", ""),
    "ratio": Words("", ""),
    "score": Words("分", " marks"),
}
RATES = {
    "on_time_closed": Words("按时结案率", "closed in time"),
    "first_time_right": Words("一次办好率", "done right the first time"),
    "satisfied": Words("满意率", "satisfied"),
    "not_relapsed": Words("不反弹率", "that stay solved"),
    "received_in_time": Words("按时接收率", "received in time"),
    "answered_in_time": Words("按时答复率", "answered in time"),
}
AMONG = {
    "due": Words("到期案件", "cases due"),
    "closed": Words("已结案件", "cases closed"),
    "rated": Words("已评价案件", "cases rated"),
    "received": Words("收到的诉求", "requests received"),
}
# Answers to questions, scale by scale, the best first.
SCALES = (
    {
        "very_satisfied": Words("非常满意", "very satisfied"),
        "satisfied": Words("满意", "satisfied"),
        "neutral": Words("一般", "neutral"),
        "dissatisfied": Words("不满意", "dissatisfied"),
        "very_dissatisfied": Words("非常不满意", "very dissatisfied"),
    },
    {
        "correct": Words("答对", "right"),
        "partly_correct": Words("部分答对", "partly right"),
        "wrong": Words("答错", "wrong"),
    },
)
ANSWERS = {**SCALES[0], **SCALES[1], "no_answer": Words("说不清", "cannot say")}


def rule_words(rule: Rule, unit: str = "", names: Mapping[str, Words] | None = None) -> Words:
    """A rule in one sentence; `names` gives the kinds of cases their names.

    >>> rule_words({"kind": "target", "at_least": 70, "partial": {"every": 10, "minus": 0.2}},
    ...            "percent").en
    'Full marks from 70%; each whole 10% short costs 20% of the marks'
    >>> rule_words({"kind": "deduct", "per": 0.1}).zh
    '每发现一处问题扣该项分值的 10%，扣完为止'
    """
    return _SAID[rule["kind"]](rule, unit, names or {})


def unit_words(value: float, unit: str) -> Words:
    """A figure with its unit: 70%, 12 m², 12平方米."""
    words = UNITS.get(unit, Words(f" {unit}", f" {unit}"))
    return Words(f"{value:g}{words.zh}", f"{value:g}{words.en}")


def _pass_rate(_rule: Rule, _unit: str, _names: Mapping[str, Words]) -> Words:
    return Words("得分 = 合格项次 ÷ 适用项次", "Marks in step with the share of looks that pass")


def _grade(rule: Rule, unit: str, _names: Mapping[str, Words]) -> Words:
    zh, en = [], []
    for step in rule["steps"]:
        share = f"{step['share']:.0%}"
        if "needs" in step:
            zh.append(f"达到 {step['needs']} 项得 {share}")
            en.append(f"{share} of the marks when {step['needs']} requirements are met")
        elif "above" in step:
            bound = unit_words(step["above"], unit)
            zh.append(f"高于 {bound.zh} 得 {share}")
            en.append(f"{share} above {bound.en}")
        else:
            bound = unit_words(step["below"], unit)
            zh.append(f"低于 {bound.zh} 得 {share}")
            en.append(f"{share} below {bound.en}")
    return Words("，".join(zh) + "，否则不得分", ", ".join(en) + ", else none")


def _target(rule: Rule, unit: str, _names: Mapping[str, Words]) -> Words:
    if "equals" in rule:
        goal = unit_words(rule["equals"], unit)
        zh, en = f"等于 {goal.zh} 得满分", f"Full marks at exactly {goal.en}"
    elif "at_least" in rule:
        goal = unit_words(rule["at_least"], unit)
        zh, en = f"达到 {goal.zh} 得满分", f"Full marks from {goal.en}"
    else:
        goal = unit_words(rule["at_most"], unit)
        zh, en = f"不超过 {goal.zh} 得满分", f"Full marks up to {goal.en}"
    if rule.get("or") == "rising":
        zh, en = f"{zh}，或比上年提高", f"{en}, or when higher than the year before"
    elif rule.get("or") == "falling":
        zh, en = f"{zh}，或比上年下降", f"{en}, or when lower than the year before"
    partial = rule.get("partial")
    if not partial:
        return Words(f"{zh}，否则不得分", f"{en}, else none")
    if "linear_from" in partial:
        start = unit_words(partial["linear_from"], unit)
        return Words(
            f"{zh}；从 {start.zh}（0 分）起按比例得分",
            f"{en}; in proportion from {start.en}, where there are none",
        )
    step = unit_words(partial["every"], unit)
    return Words(
        f"{zh}；每差满 {step.zh} 扣分值的 {partial['minus']:.0%}",
        f"{en}; each whole {step.en} short costs {partial['minus']:.0%} of the marks",
    )


def _trend(rule: Rule, _unit: str, _names: Mapping[str, Words]) -> Words:
    if "not_above_mean_of" in rule:
        years = rule["not_above_mean_of"]
        return Words(
            f"不高于前 {years} 年平均得满分，否则不得分",
            f"Full marks when not above the mean of the {years} years before, else none",
        )
    years = rule["years"]
    zh, en = ("下降", "falls") if rule["direction"] == "falling" else ("上升", "rises")
    return Words(
        f"近 {years} 年逐年{zh}得满分，否则不得分",
        f"Full marks when it {en} every year over {years} years, else none",
    )


def _deduct(rule: Rule, _unit: str, names: Mapping[str, Words]) -> Words:
    zh = f"每发现一处问题扣该项分值的 {_percent(rule['per'])}"
    en = f"Each problem found costs {_percent(rule['per'])} of the marks"
    own = [
        (names.get(kind, Words(kind, kind)), _percent(price))
        for kind, price in (rule.get("by_kind") or {}).items()
    ]
    if own:
        zh += "（" + "、".join(f"{kind.zh} {price}" for kind, price in own) + "）"
        en += " (" + ", ".join(f"{kind.en or kind.zh} {price}" for kind, price in own) + ")"
    return Words(f"{zh}，扣完为止", f"{en}, down to none")


def _share_of_answers(rule: Rule, _unit: str, _names: Mapping[str, Words]) -> Words:
    pairs = [
        (ANSWERS.get(code, Words(code, code)), f"{share:.0%}")
        for code, share in rule["counts"].items()
    ]
    return Words(
        "按答卷计分：" + "、".join(f"{words.zh} {share}" for words, share in pairs) + "，其余 0",
        "Mean of the answers: "
        + ", ".join(f"{words.en} {share}" for words, share in pairs)
        + ", others 0",
    )


def _rate(rule: Rule, _unit: str, names: Mapping[str, Words]) -> Words:
    of, among = RATES[rule["of"]], AMONG[rule["among"]]
    zh, en = f"{of.zh}（占{among.zh}）", f"Share of {among.en} {of.en}"
    if rule.get("kinds"):
        kinds = [names.get(kind, Words(kind, kind)) for kind in rule["kinds"]]
        zh += "，仅计" + "、".join(kind.zh for kind in kinds)
        en += " (" + ", ".join(kind.en or kind.zh for kind in kinds) + ")"
    if any(name in rule for name in ("at_least", "at_most", "equals")):
        goal = _target(rule, "percent", names)
        return Words(f"{zh}：{goal.zh}", f"{en}: {goal.en[:1].lower()}{goal.en[1:]}")
    return Words(f"{zh}，按比例得分", f"{en}, in proportion")


def _materials(rule: Rule, _unit: str, _names: Mapping[str, Words]) -> Words:
    count, months = len(rule["needs"]), rule.get("dated_within_months")
    zh, en = f"得分 = 审核通过的材料 ÷ 应报 {count} 件", f"Materials accepted of {count} needed"
    if months:
        return Words(f"{zh}（须为近 {months} 个月内）", f"{en}, dated within {months} months")
    return Words(zh, en)


def _veto(rule: Rule, _unit: str, _names: Mapping[str, Words]) -> Words:
    if rule["rules_out"] == "framework":
        return Words("发生即整项标准不通过", "When it happens, the whole standard is not passed")
    node = rule["rules_out"]
    return Words(f"发生即 {node} 不得分", f"When it happens, {node} has no marks")


def _percent(share: float) -> str:
    return f"{share * 100:g}%"


_SAID: dict[str, Callable[[Rule, str, Mapping[str, Words]], Words]] = {
    "pass_rate": _pass_rate,
    "grade": _grade,
    "target": _target,
    "trend": _trend,
    "deduct": _deduct,
    "share_of_answers": _share_of_answers,
    "rate": _rate,
    "materials": _materials,
    "veto": _veto,
}
