"""The roles of the workflow's table are those of the matrix of permissions."""

from __future__ import annotations

import pytest

from meicheng.engine.workflow.table import TRANSITIONS, Role
from meicheng.organisation.permissions import MATRIX

GUARDED = [step for step in TRANSITIONS if f"cases.{step.code}" in MATRIX]


def test_nearly_every_step_is_guarded_by_the_matrix():
    assert len(GUARDED) >= 16


@pytest.mark.parametrize("step", GUARDED, ids=lambda step: step.code)
def test_staff_may_do_what_the_workflow_lets_their_role_do(step):
    in_matrix = {str(role.value) for role in MATRIX[f"cases.{step.code}"]}
    assert in_matrix == {role.value for role in step.roles} - {Role.CITIZEN.value}
