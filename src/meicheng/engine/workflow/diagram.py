"""The workflow as a page with its diagram, made from the table."""

from __future__ import annotations

from collections.abc import Iterable

from .states import AT_THE_DESK, FINAL, WITH_UNIT, State, Step, step_of
from .table import TRANSITIONS


def as_markdown() -> str:
    """The page `docs/workflow.md`: diagram, steps and table. A test keeps the file current.

    Written again with `python -m meicheng.engine.workflow > docs/workflow.md`.
    """
    parts = [
        "# The life of a case · 案件流程",
        "Made from the table in `meicheng/engine/workflow/table.py` by "
        "`python -m meicheng.engine.workflow`; a test keeps this page current. "
        "Change the table, not this page.",
        _mermaid(),
        "## The seven public steps · 七个步骤",
        _steps(),
        "## Every transition · 全部流转",
        _table(),
        "## Who owns a case · 案件在谁手上",
        _owners(),
        "## Why · 为什么",
        "\n".join(
            f"- **{row.label.en} {row.label.zh}** (`{row.code}`): {row.why.en} {row.why.zh}"
            for row in TRANSITIONS
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _mermaid() -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {state.value} : {state.label.zh} {state.label.en}" for state in State]
    lines.append("    [*] --> reported")
    for row in TRANSITIONS:
        lines += [
            f"    {state.value} --> {row.after(state).value} : {row.label.zh} {row.label.en}"
            for state in row.from_states
        ]
    lines += [f"    {state.value} --> [*]" for state in State if state in FINAL]
    return "\n".join([*lines, "```"])


def _steps() -> str:
    lines = ["| step | 步骤 | states |", "| --- | --- | --- |"]
    for step in Step:
        states = ", ".join(f"`{state}`" for state in State if step_of(state) is step)
        lines.append(f"| {step.position}. {step.label.en} | {step.label.zh} | {states} |")
    return "\n".join(lines)


def _owners() -> str:
    def said(states: Iterable[State]) -> str:
        return ", ".join(f"`{state}`" for state in State if state in states)

    with_unit = [*WITH_UNIT, State.RESOLVED, State.VERIFIED, State.SUSPENDED, State.CLOSED]
    lines = [
        "| who | 谁 | states | clock |",
        "| --- | --- | --- | --- |",
        f"| the desk | 派遣员 | {said(AT_THE_DESK)} | none yet |",
        f"| the unit | 责任单位 | {said(with_unit)} | runs; stands while suspended, and from the "
        "moment the work is reported done |",
        f"| the units of its parts | 子案各单位 | `{State.SPLIT}` | each part's own |",
        f"| nobody | 无 | {said(FINAL - {State.CLOSED})} | none |",
    ]
    return "\n".join(lines)


def _table() -> str:
    lines = [
        "| code | 名称 | from | to | who may | needs | conditions | can be taken back |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in TRANSITIONS:
        needs = ", ".join(row.needs) or "–"
        if row.approved_by:
            needs += f" (by {', '.join(row.approved_by)})"
        conditions = ", ".join(one.label.en for one in row.conditions) or "–"
        to_state = f"`{row.to_state}`" if row.to_state else "stays"
        states = ", ".join(f"`{state}`" for state in row.from_states)
        who = ", ".join(row.roles)
        back = "for a moment" if row.undoable else "–"
        said = (f"`{row.code}`", row.label.zh, states, to_state, who, needs, conditions, back)
        lines.append(f"| {' | '.join(said)} |")
    return "\n".join(lines)
