"""The workflow as a page with its diagram, made from the table."""

from __future__ import annotations

from .states import FINAL, State, Step, step_of
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


def _table() -> str:
    lines = [
        "| code | 名称 | from | to | who may | needs |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in TRANSITIONS:
        needs = ", ".join(row.needs) or "–"
        if row.approved_by:
            needs += f" (by {', '.join(row.approved_by)})"
        to_state = f"`{row.to_state}`" if row.to_state else "stays"
        states = ", ".join(f"`{state}`" for state in row.from_states)
        who = ", ".join(row.roles)
        lines.append(f"| `{row.code}` | {row.label.zh} | {states} | {to_state} | {who} | {needs} |")
    return "\n".join(lines)
