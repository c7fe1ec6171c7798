"""Whoever may not do something is told who may, or where her own roles let her."""

from __future__ import annotations

import pytest
from django.utils import translation

from meicheng.organisation.permissions import NotAllowed, allow


@pytest.mark.parametrize(
    ("role", "action", "said"),
    [
        ("dispatcher", "lists.make", "it is for: District lead, City lead, Creation office"),
        ("unit-worker", "cases.see", "her roles for it are held in Urban management"),
    ],
)
def test_a_refusal_says_who_may_or_where(city, role, action, said):
    with translation.override("en"), pytest.raises(NotAllowed, match=said):
        allow(city.user(role), action, division=city.division("XC"))
