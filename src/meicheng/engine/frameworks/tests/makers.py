"""Standards of every shape for the tests, made by Hypothesis."""

from hypothesis import strategies as st

from meicheng.engine.frameworks import Criterion, Framework, Node, shipped
from meicheng.engine.frameworks.format import AMONG, LEVELS, METHODS, RATES, RULES, VERIFIED
from meicheng.engine.words import Words

KNOWN = shipped()
LETTERS = "市容路灯完好清洁 abcXYZ019=+-@#'\"，。：:,;、（）{}[]&*!|>%_\\/~?́🏙"
text = st.text(LETTERS, min_size=1, max_size=30).map(str.strip).filter(bool)
words = st.builds(Words, text, st.one_of(st.just(""), text))
positive = st.one_of(
    st.integers(1, 1000), st.floats(1e-6, 1e6, allow_nan=False, allow_subnormal=False)
)
number = st.one_of(st.integers(-1000, 1000), st.floats(-1e6, 1e6, allow_nan=False))
share = st.floats(0.001, 1, allow_nan=False)
code = st.from_regex(r"[a-z0-9甲乙=.#+-]{1,12}", fullmatch=True)


def some(codes, at_least=1):
    return st.lists(st.sampled_from(sorted(codes)), min_size=at_least, max_size=4, unique=True)


@st.composite
def bounds(draw):
    goal = draw(number)
    name = draw(st.sampled_from(["at_least", "at_most", "equals"]))
    rule = {name: goal}
    if draw(st.booleans()):
        rule["or"] = draw(st.sampled_from(["rising", "falling"]))
    partial = draw(st.sampled_from(["none", "linear", "steps"]))
    if partial == "linear":
        away = draw(st.integers(1, 100))
        rule["partial"] = {"linear_from": goal + away if name == "at_most" else goal - away}
    elif partial == "steps":
        rule["partial"] = {"every": draw(positive), "minus": draw(share)}
    return rule


@st.composite
def steps(draw):
    condition = draw(st.sampled_from(["needs", "above", "below"]))
    shares = sorted(draw(st.lists(share, min_size=1, max_size=3, unique=True)), reverse=True)
    bound = st.integers(1, 9) if condition == "needs" else number
    wanted = len(shares)
    found = sorted(draw(st.lists(bound, min_size=wanted, max_size=wanted, unique=True)))
    hardest_first = found if condition == "below" else found[::-1]
    return [{"share": one, condition: at} for one, at in zip(shares, hardest_first, strict=True)]


@st.composite
def rules(draw, kind, nodes):
    rule = {"kind": kind}
    if kind == "grade":
        rule["steps"] = draw(steps())
    elif kind == "target":
        rule |= draw(bounds())
    elif kind == "trend" and draw(st.booleans()):
        rule |= {"direction": draw(st.sampled_from(["falling", "rising"])), "years": 3}
    elif kind == "trend":
        rule["not_above_mean_of"] = draw(st.integers(1, 9))
    elif kind == "deduct":
        rule["per"] = draw(share)
        if draw(st.booleans()):
            rule["by_kind"] = {name: draw(share) for name in draw(some(KNOWN.case_kinds))}
    elif kind == "share_of_answers":
        rule["counts"] = {name: draw(share) for name in draw(st.sets(code, min_size=1))}
        rule["counts"].pop("no_answer", None)
    elif kind == "rate":
        rule |= {"of": draw(st.sampled_from(RATES)), "among": draw(st.sampled_from(AMONG))}
        if draw(st.booleans()):
            rule["kinds"] = draw(some(KNOWN.case_kinds))
        if draw(st.booleans()):
            rule |= draw(bounds())
    elif kind == "materials":
        rule["needs"] = draw(st.lists(code, min_size=1, max_size=4, unique=True))
        if draw(st.booleans()):
            rule["dated_within_months"] = draw(st.integers(1, 60))
    elif kind == "veto":
        rule["rules_out"] = draw(st.sampled_from(["framework", *nodes]))
    return rule


@st.composite
def criteria(draw, name, nodes, methods=METHODS):
    method = draw(st.sampled_from(methods))
    kind = draw(st.sampled_from([k for k, form in RULES.items() if method in form.methods]))
    return Criterion(
        code=name,
        name=draw(words),
        method=method,
        rule=draw(rules(kind, nodes)),
        weight=None if method == "veto" else draw(positive),
        unit=draw(st.sampled_from(["", "percent", "m2"])),
        site_kinds=tuple(draw(some(KNOWN.site_kinds, 0))) if method == "field" else (),
        lead=draw(st.sampled_from(["", *sorted(KNOWN.roles)])),
        support=tuple(draw(some(KNOWN.roles, 0))),
        themes=tuple(draw(some(KNOWN.themes, 0))),
        verified=draw(st.sampled_from(["", *VERIFIED])),
        note=draw(st.one_of(st.none(), words)),
    )


@st.composite
def frameworks(draw):
    """A standard of one to three top nodes, one of them with nodes of its own, with any rules."""
    names = [f"{n}.{m}" for n in range(1, 4) for m in range(3)]
    weighted = [name for name in names if name.endswith((".0", ".1"))]
    tops = []
    for top in range(1, draw(st.integers(2, 4))):
        children = [
            Node(
                code=name,
                name=draw(words),
                weight=draw(positive),
                criteria=(
                    draw(criteria(f"{name}.1", weighted[: 2 * top], METHODS[:-1])),
                    *(
                        draw(criteria(f"{name}.{extra}", weighted[:2]))
                        for extra in range(2, draw(st.integers(2, 4)))
                    ),
                ),
            )
            for name in names
            if name.startswith(f"{top}.") and name in weighted
        ]
        own = (draw(criteria(f"{top}-x", [], METHODS[-1:])),) if draw(st.booleans()) else ()
        tops.append(
            Node(
                code=f"{top}",
                name=draw(words),
                weight=draw(positive),
                bonus=top > 1 and draw(st.booleans()),
                children=tuple(children),
                criteria=own,
            )
        )
    full = draw(positive)
    return Framework(
        code="made-by-chance",
        edition=draw(st.sampled_from(["2021", "2.10", "试行"])),
        name=draw(words),
        full_marks=full,
        nodes=tuple(tops),
        source=draw(st.one_of(st.just(""), text)),
        level=draw(st.sampled_from(["", *LEVELS])),
        cycle_years=draw(st.one_of(st.none(), st.integers(1, 5))),
        pass_at_least=draw(st.sampled_from([None, full, full / 2])),
        official=draw(st.booleans()),
    )
