"""The roles of the workflow's table are those of the matrix of permissions."""

from __future__ import annotations

import pytest

from meicheng.engine.workflow import TRANSITIONS, Role
from meicheng.organisation.matrix import table
from meicheng.organisation.permissions import MATRIX
from tools import ROOT

GUARDED = [step for step in TRANSITIONS if f"cases.{step.code}" in MATRIX]


def test_nearly_every_step_is_guarded_by_the_matrix():
    assert len(GUARDED) >= 16


@pytest.mark.parametrize("step", GUARDED, ids=lambda step: step.code)
def test_staff_may_do_what_the_workflow_lets_their_role_do(step):
    in_matrix = {str(role.value) for role in MATRIX[f"cases.{step.code}"]}
    assert in_matrix == {role.value for role in step.roles} - {Role.CITIZEN.value}


def test_the_page_prints_the_matrix_as_it_is():
    page = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    assert table() in page, "docs/access.md is behind; print the table by: meicheng permissions"
